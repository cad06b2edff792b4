// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** docs/reference/known-models.md is what the recipes say; {@code -DupdateReference=true} writes it anew. */
class KnownModelsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "reference", "known-models.md");

    private final List<Recipe> recipes = Recipes.bundled();
    private final StringBuilder page = new StringBuilder();

    @Test
    void the_page_is_what_the_recipes_say() throws IOException {
        String generated = generate();
        if (Boolean.getBoolean("updateReference")) {
            Files.writeString(PAGE, generated);
        }
        assertThat(Files.readString(PAGE).replace("\r\n", "\n")).isEqualTo(generated);
    }

    private String generate() {
        page.append(
                        "# Known models\n\nGenerated from the recipes (models/src/main/resources); `-DupdateReference=true` on ")
                .append(
                        "KnownModelsPageTest writes it anew. `stm32-deploy models show ID` prints everything that is known of one.\n\n")
                .append(recipes.size())
                .append(" models. *Files*: how many files are recognised by their content.\n");
        for (String task : Recipe.TASKS) {
            task(task);
        }
        measured();
        doubts();
        instead();
        return page.toString();
    }

    private void task(String task) {
        List<Recipe> found = recipes.stream()
                .filter(recipe -> recipe.task().equals(task) && recipe.instead().isEmpty())
                .toList();
        if (found.isEmpty()) {
            return;
        }
        page.append("\n## ")
                .append(task)
                .append("\n\n| Id | Model | Format | Points | Input | Decoder | Files | Licence | Source |\n");
        page.append("|---|---|---|---|---|---|---|---|---|\n");
        for (Recipe recipe : found) {
            row(
                    "`" + recipe.id() + "`",
                    recipe.title(),
                    recipe.format(),
                    recipe.landmarks() == 0 ? "" : Integer.toString(recipe.landmarks()),
                    recipe.input().map(KnownModelsPageTest::size).orElse(""),
                    decoder(recipe),
                    recipe.files().isEmpty()
                            ? ""
                            : Integer.toString(recipe.files().size()),
                    recipe.licence(),
                    recipe.source().map(KnownModelsPageTest::place).orElse(recipe.origin()));
        }
    }

    private static String size(Recipe.Input input) {
        if (input.layout().equals("none")) {
            return "no image";
        }
        return (input.width() == 0 ? "open" : input.width() + "x" + input.height()) + " " + input.colour();
    }

    private static String decoder(Recipe recipe) {
        Object needs = recipe.decoder().get("needs");
        Object family = recipe.decoder().get("family");
        return needs != null ? "(" + needs + ")" : family == null || family.equals("none") ? "" : family.toString();
    }

    private static String place(Recipe.Source source) {
        return source.repository().isEmpty()
                ? source.url().isEmpty() ? source.paper() : source.url()
                : source.repository() + (source.path().isEmpty() ? "" : ": " + source.path());
    }

    private void measured() {
        page.append(
                "\n## Measured by hand on ST's developer cloud\n\nThe cells are as the user wrote them; the cause and the fix are ours.\n\n");
        page.append(
                "| Row | MACC | Flash | RAM | Time | What the tool said | Diagnosis | Cause | Fix |\n|---|---|---|---|---|---|---|---|---|\n");
        for (Recipe recipe : recipes) {
            recipe.user()
                    .filter(user -> !user.row().isEmpty())
                    .ifPresent(user -> row(
                            user.row(),
                            cell(user, "macc"),
                            cell(user, "flash"),
                            cell(user, "ram"),
                            cell(user, "time"),
                            user.note(),
                            String.join(" ", user.diagnoses()),
                            user.cause(),
                            user.fix()));
        }
    }

    private static String cell(Recipe.UserFigures user, String column) {
        return user.asWritten().getOrDefault(column, "");
    }

    private void doubts() {
        page.append(
                "\n## Figures that cannot be right, or are hard to believe\n\n| Model | Figure | Degree | Why |\n|---|---|---|---|\n");
        for (Recipe recipe : recipes) {
            recipe.user()
                    .ifPresent(user -> user.doubts()
                            .forEach(doubt ->
                                    row("`" + recipe.id() + "`", doubt.figure(), doubt.degree(), doubt.reason())));
        }
    }

    private void instead() {
        page.append(
                "\n## No network, or no file that can be read\n\n| Id | What it is | What to bring | Such as |\n|---|---|---|---|\n");
        for (Recipe recipe : recipes) {
            recipe.instead()
                    .ifPresent(instead -> row(
                            "`" + recipe.id() + "`",
                            recipe.title() + ": " + instead.what(),
                            instead.bring(),
                            String.join(", ", instead.recipes())));
        }
    }

    private void row(String... cells) {
        page.append('|');
        for (String cell : cells) {
            page.append(' ')
                    .append(cell.replace("|", "\\|").replace("<", "&lt;"))
                    .append(" |");
        }
        page.append('\n');
    }
}
