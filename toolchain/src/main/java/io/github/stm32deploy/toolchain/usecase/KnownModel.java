// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.RecipeMatch;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.report.Table;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What the recipes that ship know of a file, and what the user wrote down of it, in the words of a report. */
final class KnownModel {
    /** Columns of the user's table as a recipe names them. */
    private static final List<String> CELLS = List.of("flash", "ram", "input", "landmarks");

    private KnownModel() {}

    static Optional<RecipeMatch> match(Path file, String sha256) {
        return Recipes.matching(file.toString(), sha256).filter(match -> match.by() != RecipeMatch.By.FORMAT);
    }

    static Report.Known section(RecipeMatch match) {
        Recipe recipe = match.recipe();
        String words = words(match.by());
        return new Report.Known(
                recipe.id(),
                recipe.title(),
                words,
                recipe.licence(),
                theirs(recipe, words).orElse(null));
    }

    private static String words(RecipeMatch.By by) {
        return switch (by) {
            case DIGEST -> "same file";
            case NAME -> "same name";
            case NAME_OTHER_CONTENT -> "same name, other content";
            case FORMAT -> "same format";
        };
    }

    /** The user's row; empty where the network has none in their table. */
    static Optional<Table.Theirs> theirs(Recipe recipe, String match) {
        return recipe.user().filter(user -> !user.row().isEmpty()).map(user -> {
            Map<String, String> cells = user.asWritten();
            return new Table.Theirs(
                    user.row(),
                    match,
                    user.macc().isPresent() ? user.macc().getAsLong() : null,
                    known(cells.get(CELLS.get(0))),
                    known(cells.get(CELLS.get(1))),
                    user.inferenceMillis().isPresent() ? user.inferenceMillis().getAsDouble() : null,
                    known(cells.get(CELLS.get(2))),
                    known(cells.get(CELLS.get(3))),
                    known(user.note()),
                    user.diagnoses(),
                    known(user.cause()),
                    known(user.fix()),
                    known(doubts(user.doubts())));
        });
    }

    private static String doubts(List<Recipe.Doubt> doubts) {
        return doubts.stream()
                .map(doubt -> doubt.figure()
                        + (doubt.degree().equals("impossible") ? " cannot be right: " : " is unlikely: ")
                        + doubt.reason())
                .collect(Collectors.joining("; "));
    }

    private static String known(String text) {
        return text == null || text.isBlank() || text.equals("?") ? null : text.strip();
    }
}
