// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import java.util.List;
import java.util.Locale;

/**
 * A recipe as it stands in the index: enough to list it and to recognise a file, without reading the recipe.
 *
 * @param resource path of the YAML file among the resources, without its ending
 * @param row name in the table of models tried by hand; "" where it has none
 * @param digests SHA-256 of files that are this model
 * @param names file names under which it is met, as in {@link Recipe#aliases()}
 */
public record RecipeSummary(
        String resource,
        String id,
        String task,
        String format,
        int landmarks,
        String row,
        String title,
        List<String> digests,
        List<String> names) {
    private static final String COLUMN = "\t";
    private static final String ITEM = "|";

    /** Summary of a recipe that lies at {@code resource}. */
    static RecipeSummary of(String resource, Recipe recipe) {
        List<String> digests = new java.util.ArrayList<>();
        if (!recipe.sha256().isEmpty()) {
            digests.add(recipe.sha256());
        }
        recipe.files().stream()
                .map(Recipe.KnownFile::sha256)
                .filter(digest -> !digest.isEmpty())
                .forEach(digests::add);
        return new RecipeSummary(
                resource,
                recipe.id(),
                recipe.task(),
                recipe.format(),
                recipe.landmarks(),
                recipe.user().map(Recipe.UserFigures::row).orElse(""),
                recipe.title(),
                List.copyOf(digests),
                recipe.aliases());
    }

    /** One line of the index. */
    String line() {
        return String.join(
                COLUMN,
                resource,
                id,
                task,
                format,
                Integer.toString(landmarks),
                row,
                title,
                String.join(ITEM, digests),
                String.join(ITEM, names));
    }

    /** The summary that {@link #line()} wrote. */
    static RecipeSummary parse(String line) {
        String[] columns = line.split(COLUMN, -1);
        return new RecipeSummary(
                columns[0],
                columns[1],
                columns[2],
                columns[3],
                Integer.parseInt(columns[4]),
                columns[5],
                columns[6],
                items(columns[7]),
                items(columns[8]));
    }

    private static List<String> items(String column) {
        return column.isEmpty() ? List.of() : List.of(column.split("\\" + ITEM));
    }

    /** Whether a path with {@code /} between folders ends in one of the names; endings such as {@code *.mnn} are not looked at. */
    boolean isNamed(String path) {
        String lower = "/" + path.toLowerCase(Locale.ROOT);
        return names.stream()
                .filter(name -> !name.startsWith("*"))
                .anyMatch(name -> lower.endsWith("/" + name.toLowerCase(Locale.ROOT)));
    }

    /** Whether the ending of the path stands for a format that this recipe is about. */
    boolean isFormatOf(String path) {
        String lower = path.toLowerCase(Locale.ROOT);
        return names.stream()
                .filter(name -> name.startsWith("*"))
                .anyMatch(name -> lower.endsWith(name.substring(1).toLowerCase(Locale.ROOT)));
    }

    /** Whether {@code words} stand in id, task, format, title, row or names; case does not matter. */
    public boolean mentions(String words) {
        String all = String.join(" ", id, task, format, title, row, String.join(" ", names))
                .toLowerCase(Locale.ROOT);
        return List.of(words.toLowerCase(Locale.ROOT).strip().split("\\s+")).stream()
                .allMatch(all::contains);
    }
}
