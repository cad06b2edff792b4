// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Recipes: those that ship with the program, and files of the user.
 *
 * <p>A class path cannot be listed, and a hundred YAML files take longer to read than most models: the recipes that ship
 * stand in an index of one line each, and a recipe is read when it is asked for.
 */
public final class Recipes {
    private static final String INDEX = "recipes/index.tsv";

    private Recipes() {}

    /** The index, read when it is first asked for. */
    private static final class Index {
        private static final List<RecipeSummary> SUMMARIES = text(INDEX)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(RecipeSummary::parse)
                .toList();
    }

    /** The recipes that ship with the program, in the order in which they are listed, without reading them. */
    public static List<RecipeSummary> summaries() {
        return Index.SUMMARIES;
    }

    /** Every recipe that ships with the program. Reads them all; {@link #summaries()} is enough for most purposes. */
    public static List<Recipe> bundled() {
        return summaries().stream().map(Recipes::load).toList();
    }

    /** The recipe of that id among those that ship with the program; a file name or a name in the table does as well. */
    public static Optional<Recipe> byId(String id) {
        return first(summary -> summary.id().equalsIgnoreCase(id))
                .or(() -> first(summary -> summary.row().equalsIgnoreCase(id)))
                .or(() -> first(summary -> summary.isNamed(id)))
                .map(Recipes::load);
    }

    /** A recipe as YAML text that {@link #read} reads back; figures of others, sources and known files are left out. */
    public static String yaml(Recipe recipe) {
        return RecipeWriter.yaml(recipe);
    }

    /** A recipe that ships with the program as JSON, UTF-8, with the fields of {@link #schema()}. */
    public static byte[] json(String id) {
        RecipeSummary summary = first(candidate -> candidate.id().equals(id))
                .orElseThrow(() -> new IllegalArgumentException("there is no recipe " + id));
        return RecipeReader.json(text(summary.resource() + ".yaml"));
    }

    /**
     * The recipe that fits a file best: by its content, else by its name, else by what its ending says of its format.
     *
     * @param path of the file, as the user typed it; the folder helps where the name is a common one
     * @param sha256 its digest, hexadecimal; "" where it was not computed
     */
    public static Optional<RecipeMatch> matching(String path, String sha256) {
        String digest = sha256.toLowerCase(Locale.ROOT);
        Optional<RecipeSummary> same = first(summary -> summary.digests().contains(digest));
        if (same.isPresent()) {
            return same.map(summary -> new RecipeMatch(load(summary), RecipeMatch.By.DIGEST));
        }
        String plain = path.replace('\\', '/');
        Optional<RecipeSummary> named = first(summary -> summary.isNamed(plain));
        if (named.isPresent()) {
            boolean contradicted = !digest.isEmpty() && !named.get().digests().isEmpty();
            RecipeMatch.By by = contradicted ? RecipeMatch.By.NAME_OTHER_CONTENT : RecipeMatch.By.NAME;
            return named.map(summary -> new RecipeMatch(load(summary), by));
        }
        return first(summary -> summary.isFormatOf(plain))
                .map(summary -> new RecipeMatch(load(summary), RecipeMatch.By.FORMAT));
    }

    private static Optional<RecipeSummary> first(Predicate<RecipeSummary> wanted) {
        return summaries().stream().filter(wanted).findFirst();
    }

    /**
     * Reads a recipe of the user.
     *
     * @throws IOException where the file cannot be read
     * @throws InvalidRecipeException where it is no recipe
     */
    public static Recipe read(Path file) throws IOException, InvalidRecipeException {
        return RecipeReader.read(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
    }

    /** The JSON Schema of a recipe. */
    public static String schema() {
        return text("recipe.schema.json");
    }

    /** Writes the demo's model, calibration images and scenes into a folder, so that every command can work on them. */
    public static void extractDemo(Path folder) throws IOException {
        for (String name :
                text("demo/files.txt").lines().filter(line -> !line.isBlank()).toList()) {
            Path target = folder.resolve(name);
            Files.createDirectories(target.getParent());
            try (InputStream content = open("demo/" + name)) {
                Files.write(target, content.readAllBytes());
            }
        }
    }

    private static Recipe load(RecipeSummary summary) {
        try {
            return RecipeReader.read(summary.resource(), text(summary.resource() + ".yaml"));
        } catch (InvalidRecipeException damaged) {
            throw new IllegalStateException("bundled recipe " + summary.resource() + " cannot be read", damaged);
        }
    }

    private static String text(String resource) {
        try (InputStream stream = open(resource)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static InputStream open(String resource) {
        InputStream stream = Recipes.class.getResourceAsStream(resource);
        if (stream == null) {
            throw new UncheckedIOException(new IOException("resource " + resource + " is missing"));
        }
        return stream;
    }
}
