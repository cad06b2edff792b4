// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** Writes a recipe as {@link RecipeReader} reads it. What is empty is left out. */
final class RecipeWriter {
    private static final YAMLMapper YAML = YAMLMapper.builder()
            .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
            .disable(YAMLGenerator.Feature.SPLIT_LINES)
            .enable(YAMLGenerator.Feature.MINIMIZE_QUOTES)
            // A version "1.0" or a name "on" stays a text.
            .enable(YAMLGenerator.Feature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
            .build();

    private RecipeWriter() {}

    /** Of figures of others, sources and known files nothing is written: they belong to the file that they were seen with. */
    static String yaml(Recipe recipe) {
        Map<String, Object> fields = new LinkedHashMap<>();
        put(fields, "id", recipe.id());
        put(fields, "title", recipe.title());
        put(fields, "task", recipe.task());
        put(fields, "format", recipe.format());
        recipe.file().ifPresent(file -> fields.put("file", file));
        put(fields, "sha256", recipe.sha256());
        put(fields, "licence", recipe.licence());
        put(fields, "origin", recipe.origin());
        put(fields, "knows", recipe.knows());
        recipe.input().ifPresent(input -> fields.put("input", input(input)));
        if (!recipe.decoder().isEmpty()) {
            fields.put("decoder", recipe.decoder());
        }
        put(fields, "outputs", recipe.outputs());
        if (recipe.landmarks() > 0) {
            fields.put("landmarks", recipe.landmarks());
        }
        if (!recipe.notes().isEmpty()) {
            fields.put("notes", recipe.notes());
        }
        try {
            return YAML.writeValueAsString(fields);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("texts, numbers, lists and maps are YAML", impossible);
        }
    }

    private static Map<String, Object> input(Recipe.Input input) {
        Map<String, Object> fields = new LinkedHashMap<>();
        put(fields, "name", input.name());
        put(fields, "layout", input.layout());
        put(fields, "colour", input.colour());
        if (input.width() > 0) {
            fields.put("width", input.width());
        }
        if (input.height() > 0) {
            fields.put("height", input.height());
        }
        if (!input.mean().isEmpty()) {
            fields.put("mean", input.mean());
            fields.put("scale", input.scale());
        }
        put(fields, "resize", input.resize());
        if (input.padding() > 0) {
            fields.put("padding", input.padding());
        }
        put(fields, "crop", input.crop());
        put(fields, "source", input.source());
        input.usual().ifPresent(usual -> {
            Map<String, Object> sizes = new LinkedHashMap<>();
            sizes.put("width", usual.width());
            sizes.put("height", usual.height());
            sizes.put("source", usual.source());
            fields.put("usual", sizes);
        });
        return fields;
    }

    private static void put(Map<String, Object> fields, String name, String text) {
        if (!text.isEmpty()) {
            fields.put(name, text);
        }
    }
}
