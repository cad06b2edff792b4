// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.toolchain.diagnose.Catalogue;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A recipe for a terminal: one labelled line a fact, long ones folded. */
final class RecipeText {
    private static final int WIDTH = 100;
    private static final int LABEL = 12;

    private final List<String> lines = new ArrayList<>();

    private RecipeText() {}

    static List<String> lines(Recipe recipe) {
        RecipeText text = new RecipeText();
        text.lines.add(recipe.title() + "  [" + recipe.id() + "]");
        text.line("task", recipe.task());
        text.line("format", recipe.format());
        text.line("knows", recipe.knows());
        recipe.instead().ifPresent(instead -> {
            text.line("is", instead.what());
            text.line("bring", instead.bring());
            text.line("such as", String.join(", ", instead.recipes()));
        });
        text.line("licence", recipe.licence());
        text.line("origin", recipe.origin());
        recipe.source().ifPresent(text::source);
        text.line("sha256", recipe.sha256());
        recipe.files().forEach(text::file);
        recipe.input().ifPresent(text::input);
        text.line("outputs", recipe.outputs());
        text.line("points", recipe.landmarks() == 0 ? "" : Integer.toString(recipe.landmarks()));
        text.line("decoder", decoder(recipe.decoder()));
        recipe.user().ifPresent(text::user);
        text.map("published", recipe.published());
        text.map("expected", recipe.expected());
        recipe.notes().forEach(note -> text.line("note", note));
        text.line("see", String.join(", ", recipe.see()));
        return text.lines;
    }

    private void source(Recipe.Source source) {
        line(
                "source",
                source.repository().isEmpty()
                        ? source.url()
                        : place(source.repository(), source.commit(), source.path()));
        line("upstream", source.upstream());
        line("paper", source.paper());
    }

    private static String place(String repository, String commit, String path) {
        return "https://github.com/" + repository + (path.isEmpty() ? "" : ", " + path)
                + (commit.isEmpty() ? "" : ", commit " + commit);
    }

    private void file(Recipe.KnownFile file) {
        line("file", file.name() + (file.bytes() == 0 ? "" : String.format(Locale.ROOT, ", %,d bytes", file.bytes())));
        line("", file.sha256().isEmpty() ? "" : "sha256 " + file.sha256());
        line("", file.note());
    }

    private void input(Recipe.Input input) {
        String size = input.width() == 0
                ? "size left open by the file"
                : input.width() + "x" + input.height() + " (width x height)";
        String pixels = input.mean().isEmpty()
                ? "scaling of the pixels unknown"
                : "t = (p - " + input.mean() + ") / " + input.scale();
        line(
                "input",
                (input.name().isEmpty() ? "" : input.name() + ": ") + size + ", " + input.colour() + ", "
                        + input.layout() + ", " + pixels + ", " + input.resize());
        line("", input.crop());
        line("", input.source().isEmpty() ? "" : "after " + input.source());
    }

    private static String decoder(Map<String, Object> decoder) {
        Object needs = decoder.get("needs");
        if (needs == null) {
            return decoder.isEmpty() ? "" : String.valueOf(decoder.get("family"));
        }
        return "none yet; the outputs are those of " + needs;
    }

    private void user(Recipe.UserFigures user) {
        List<String> cells = new ArrayList<>();
        user.asWritten().forEach((column, cell) -> cells.add(column + " " + cell));
        line(
                "table",
                (user.row().isEmpty() ? "no row of its own" : user.row())
                        + (user.worked() ? ", marked as usable" : ""));
        line("", String.join(" · ", cells));
        line("", user.note().isEmpty() ? "" : "\"" + user.note() + "\"");
        Catalogue.shipped()
                .explaining(user.note())
                .forEach(page -> line("explains", "stm32-deploy explain " + page.code() + ": " + page.title()));
        line("diagnosis", String.join(", ", user.diagnoses()));
        line("cause", user.cause());
        line("fix", user.fix());
        user.doubts().forEach(doubt -> line("doubt", doubt.figure() + " (" + doubt.degree() + "): " + doubt.reason()));
    }

    private void map(String label, Map<String, Object> figures) {
        figures.forEach(
                (name, value) -> line(label, name + ": " + String.valueOf(value).strip()));
    }

    /** Adds a line where there is something to say; what does not fit goes on below it. */
    private void line(String label, String text) {
        if (text.isBlank()) {
            return;
        }
        StringBuilder line = new StringBuilder();
        String head = label;
        for (String word : text.split("\\s+")) {
            if (line.length() > 0 && line.length() + 1 + word.length() > WIDTH) {
                add(head, line);
                head = "";
                line.setLength(0);
            }
            line.append(line.length() == 0 ? "" : " ").append(word);
        }
        add(head, line);
    }

    private void add(String label, CharSequence text) {
        lines.add(String.format(Locale.ROOT, "  %-" + (LABEL - 2) + "s%s", label, text));
    }
}
