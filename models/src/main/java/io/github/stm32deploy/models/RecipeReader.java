// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.models;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reads a recipe. Every problem is reported with the path of its field, not only the first. */
final class RecipeReader {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}");
    private static final Pattern REPOSITORY = Pattern.compile("[A-Za-z0-9-]+/[A-Za-z0-9._-]+");
    private static final Pattern ADDRESS = Pattern.compile("https?://\\S+");
    private static final int MOST_PIXELS = 1 << 16;

    /** Names that thousands of unrelated files have: alone they say nothing. */
    private static final Set<String> COMMON_NAMES = Set.of(
            "model.onnx",
            "model.tflite",
            "model_float32.onnx",
            "model_float32.tflite",
            "model_float16_quant.tflite",
            "model_weight_quant.tflite",
            "model_integer_quant.tflite",
            "model_full_integer_quant.tflite");

    private static final YAMLMapper YAML = new YAMLMapper();

    private RecipeReader() {}

    /**
     * @param name file or resource, for messages
     * @throws InvalidRecipeException with every problem
     */
    static Recipe read(String name, String text) throws InvalidRecipeException {
        JsonNode root;
        try {
            root = YAML.readTree(text);
        } catch (JsonProcessingException malformed) {
            String line = malformed.getLocation() == null
                    ? ""
                    : "line " + malformed.getLocation().getLineNr() + ": ";
            throw new InvalidRecipeException(name, List.of(line + malformed.getOriginalMessage()));
        }
        List<String> problems = new ArrayList<>();
        Recipe recipe = recipe(new RecipeFields("", root, problems));
        if (!problems.isEmpty()) {
            throw new InvalidRecipeException(name, problems);
        }
        return recipe;
    }

    /** The same fields as JSON. */
    static byte[] json(String text) {
        try {
            byte[] json = JsonMapper.builder()
                    .enable(SerializationFeature.INDENT_OUTPUT)
                    .build()
                    .writeValueAsBytes(YAML.readTree(text));
            byte[] line = Arrays.copyOf(json, json.length + 1);
            line[json.length] = '\n';
            return line;
        } catch (JsonProcessingException malformed) {
            throw new IllegalStateException("a recipe that ships is no YAML", malformed);
        }
    }

    private static Recipe recipe(RecipeFields fields) {
        fields.allow(
                "id",
                "title",
                "task",
                "format",
                "file",
                "sha256",
                "licence",
                "origin",
                "knows",
                "source",
                "files",
                "aliases",
                "input",
                "decoder",
                "outputs",
                "landmarks",
                "figures",
                "expected",
                "notes",
                "instead",
                "see");
        fields.required("id");
        Optional<String> file = Optional.of(fields.text("file")).filter(text -> !text.isEmpty());
        Optional<Recipe.Source> source = fields.object("source").map(RecipeReader::source);
        Optional<Recipe.Instead> instead = fields.object("instead").map(RecipeReader::instead);
        if (file.isEmpty() && source.isEmpty() && instead.isEmpty()) {
            fields.problem(
                    "file",
                    "is missing, and so are source and instead: a recipe names a file or says where to get one");
        }
        Optional<RecipeFields> figures = fields.object("figures");
        figures.ifPresent(group -> group.allow("user", "published"));
        return new Recipe(
                fields.matching("id", ID, "letters, digits, dots, hyphens and underscores"),
                fields.text("title"),
                fields.choice("task", "", Recipe.TASKS),
                fields.text("format"),
                file,
                fields.matching("sha256", SHA256, "64 hexadecimal digits"),
                fields.text("licence"),
                fields.text("origin"),
                fields.text("knows"),
                source,
                fields.objects("files").stream().map(RecipeReader::file).toList(),
                aliases(fields),
                fields.object("input").map(RecipeReader::input),
                fields.free("decoder"),
                fields.text("outputs"),
                fields.small("landmarks", 10_000),
                figures.flatMap(group -> group.object("user")).map(RecipeReader::user),
                figures.map(group -> group.free("published")).orElse(Map.of()),
                fields.free("expected"),
                fields.texts("notes"),
                instead,
                fields.texts("see"));
    }

    private static List<String> aliases(RecipeFields fields) {
        List<String> aliases = fields.texts("aliases");
        for (String alias : aliases) {
            if (alias.contains("|") || alias.contains("\t") || alias.contains("\\")) {
                fields.problem(
                        "aliases", alias + " has a character that no alias may have; folders are separated by /");
            } else if (COMMON_NAMES.contains(alias)) {
                fields.problem("aliases", alias + " is the name of many models; put the folder before it");
            }
        }
        return aliases;
    }

    private static Recipe.Source source(RecipeFields fields) {
        fields.allow("repository", "commit", "path", "url", "upstream", "paper");
        return new Recipe.Source(
                fields.matching("repository", REPOSITORY, "owner/name"),
                fields.matching("commit", COMMIT, "a commit of 40 hexadecimal digits"),
                fields.text("path"),
                fields.matching("url", ADDRESS, "a web address"),
                fields.text("upstream"),
                fields.text("paper"));
    }

    private static Recipe.KnownFile file(RecipeFields fields) {
        fields.allow("name", "sha256", "bytes", "repository", "commit", "path", "licence", "note");
        return new Recipe.KnownFile(
                fields.required("name"),
                fields.matching("sha256", SHA256, "64 hexadecimal digits"),
                fields.count("bytes").orElse(0),
                fields.matching("repository", REPOSITORY, "owner/name"),
                fields.matching("commit", COMMIT, "a commit of 40 hexadecimal digits"),
                fields.text("path"),
                fields.text("licence"),
                fields.text("note"));
    }

    private static Recipe.Input input(RecipeFields fields) {
        fields.allow(
                "name", "layout", "colour", "width", "height", "mean", "scale", "resize", "padding", "crop", "source",
                "usual");
        List<Float> mean = fields.numbers("mean");
        List<Float> scale = fields.numbers("scale");
        if (mean.size() != scale.size()) {
            fields.problem(
                    fields.within("scale"),
                    scale.size() + " values, while mean has " + mean.size() + "; one a channel");
        }
        if (scale.contains(0f)) {
            fields.problem(fields.within("scale"), "0 cannot be divided by");
        }
        return new Recipe.Input(
                fields.text("name"),
                fields.choice("layout", Recipe.UNKNOWN, List.of("NCHW", "NHWC", "none", Recipe.UNKNOWN)),
                fields.choice("colour", Recipe.UNKNOWN, List.of("RGB", "BGR", "GRAY", "none", Recipe.UNKNOWN)),
                fields.small("width", MOST_PIXELS),
                fields.small("height", MOST_PIXELS),
                mean,
                scale,
                fields.choice(
                        "resize",
                        Recipe.UNKNOWN,
                        List.of(
                                "stretch",
                                "letterbox-centre",
                                "letterbox-top-left",
                                "centre-crop",
                                "face-crop",
                                "none",
                                Recipe.UNKNOWN)),
                fields.small("padding", 255),
                fields.text("crop"),
                fields.text("source"),
                fields.object("usual").map(RecipeReader::usual));
    }

    private static Recipe.Input.Usual usual(RecipeFields fields) {
        fields.allow("width", "height", "source");
        return new Recipe.Input.Usual(
                fields.small("width", MOST_PIXELS), fields.small("height", MOST_PIXELS), fields.required("source"));
    }

    private static Recipe.UserFigures user(RecipeFields fields) {
        fields.allow(
                "row",
                "macc",
                "flashBytes",
                "ramBytes",
                "inferenceMillis",
                "asWritten",
                "note",
                "worked",
                "diagnoses",
                "cause",
                "fix",
                "doubts");
        Map<String, String> asWritten = new LinkedHashMap<>();
        fields.free("asWritten").forEach((column, cell) -> asWritten.put(column, String.valueOf(cell)));
        return new Recipe.UserFigures(
                fields.text("row"),
                fields.count("macc"),
                fields.count("flashBytes"),
                fields.count("ramBytes"),
                fields.positive("inferenceMillis"),
                java.util.Collections.unmodifiableMap(asWritten),
                fields.text("note"),
                fields.flag("worked"),
                fields.texts("diagnoses"),
                fields.text("cause"),
                fields.text("fix"),
                fields.objects("doubts").stream().map(RecipeReader::doubt).toList());
    }

    private static Recipe.Doubt doubt(RecipeFields fields) {
        fields.allow("figure", "degree", "reason");
        fields.required("figure");
        fields.required("degree");
        return new Recipe.Doubt(
                fields.choice("figure", "text", List.of("macc", "flash", "ram", "time", "input", "landmarks", "text")),
                fields.choice("degree", "unlikely", List.of("impossible", "unlikely")),
                fields.required("reason"));
    }

    private static Recipe.Instead instead(RecipeFields fields) {
        fields.allow("what", "bring", "recipes");
        return new Recipe.Instead(fields.required("what"), fields.required("bring"), fields.texts("recipes"));
    }
}
