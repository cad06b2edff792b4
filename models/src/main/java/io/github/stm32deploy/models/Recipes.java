// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads recipes: those that ship with the program, and files of the user. */
public final class Recipes {
    private static final List<String> BUNDLED = List.of("demo/drawn-faces");

    private static final ObjectMapper YAML =
            new ObjectMapper(new YAMLFactory()).enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    private Recipes() {}

    /** Recipes that ship with the program, by id. */
    public static List<Recipe> bundled() {
        List<Recipe> recipes = new ArrayList<>();
        for (String resource : BUNDLED) {
            try (InputStream stream = open(resource + ".yaml")) {
                recipes.add(parse(resource, new String(stream.readAllBytes(), StandardCharsets.UTF_8)));
            } catch (IOException | InvalidRecipeException damaged) {
                throw new IllegalStateException("bundled recipe " + resource + " cannot be read", damaged);
            }
        }
        return recipes;
    }

    /**
     * Reads a recipe of the user.
     *
     * @throws IOException where the file cannot be read
     * @throws InvalidRecipeException where it is no recipe
     */
    public static Recipe read(Path file) throws IOException, InvalidRecipeException {
        return parse(file.toString(), Files.readString(file, StandardCharsets.UTF_8));
    }

    /** Writes the demo's model, calibration images and scenes into a folder, so that every command can work on them. */
    public static void extractDemo(Path folder) throws IOException {
        try (InputStream list = open("demo/files.txt")) {
            String names = new String(list.readAllBytes(), StandardCharsets.UTF_8);
            for (String name : names.lines().filter(line -> !line.isBlank()).toList()) {
                Path target = folder.resolve(name);
                Files.createDirectories(target.getParent());
                try (InputStream content = open("demo/" + name)) {
                    Files.write(target, content.readAllBytes());
                }
            }
        }
    }

    private static Recipe parse(String name, String text) throws InvalidRecipeException {
        try {
            Recipe recipe = YAML.readValue(text, Recipe.class);
            if (recipe == null || recipe.id() == null || recipe.file() == null) {
                throw new InvalidRecipeException(name, "a recipe needs the keys id and file");
            }
            return recipe;
        } catch (JsonProcessingException malformed) {
            String line = malformed.getLocation() == null
                    ? ""
                    : "line " + malformed.getLocation().getLineNr() + ": ";
            throw new InvalidRecipeException(name, line + malformed.getOriginalMessage());
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
