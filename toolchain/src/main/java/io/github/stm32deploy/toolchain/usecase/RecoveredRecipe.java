// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.models.RecipeMatch;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.postprocess.ClassifierSpec;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.Recognised;
import io.github.stm32deploy.toolchain.repair.AnchorTable;
import io.github.stm32deploy.toolchain.repair.AppliedRepair;
import io.github.stm32deploy.toolchain.repair.RecoveredDecoder;
import io.github.stm32deploy.toolchain.repair.RepairedGraph;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The recipe beside a repaired model: how outputs are decoded that the network decoded itself before.
 *
 * @param output the model file
 * @param anchors table of anchors that does not fit into a recipe
 * @param decodes false where it only follows the user's own recipe
 */
record RecoveredRecipe(Path output, Recipe recipe, Optional<AnchorTable> anchors, boolean decodes) {
    /**
     * Empty where no repair took a part away that a decoder has to know of, and no recipe of the user's speaks of the model: theirs
     * is written anew for the repaired file, whose input may have another layout.
     */
    static Optional<RecoveredRecipe> of(ModelSource source, RepairedGraph repaired, Path output) {
        List<RecoveredDecoder> recovered = repaired.repairs().stream()
                .filter(AppliedRepair::kept)
                .flatMap(repair -> repair.recovered().stream())
                .toList();
        if (recovered.isEmpty()) {
            return source.recipe()
                    .map(theirs -> new RecoveredRecipe(
                            output, followed(theirs, source, repaired.graph(), output), Optional.empty(), false));
        }
        Optional<AnchorTable> anchors = recovered.stream()
                .flatMap(decoder -> decoder.anchorFile().stream())
                .findFirst();
        return Optional.of(new RecoveredRecipe(output, recipe(source, repaired, recovered, output), anchors, true));
    }

    private static Recipe followed(Recipe theirs, ModelSource source, ModelGraph graph, Path output) {
        return new Recipe(
                id(output),
                theirs.title(),
                theirs.task(),
                "onnx",
                Optional.of(output.getFileName().toString()),
                "",
                theirs.licence(),
                source.model().file().getFileName() + ", repaired",
                theirs.knows(),
                Optional.empty(),
                List.of(),
                List.of(),
                input(graph, theirs.input()),
                theirs.decoder(),
                theirs.outputs(),
                theirs.landmarks(),
                Optional.empty(),
                Map.of(),
                Map.of(),
                theirs.notes(),
                Optional.empty(),
                List.of());
    }

    private static Recipe recipe(
            ModelSource source, RepairedGraph repaired, List<RecoveredDecoder> recovered, Path output) {
        ModelGraph graph = repaired.graph();
        Optional<Recipe> known = source.recipe()
                .or(() -> KnownModel.match(source.model().file(), source.sha256())
                        .filter(match -> match.by() == RecipeMatch.By.DIGEST)
                        .map(RecipeMatch::recipe));
        Optional<Recognised> recognised =
                DecoderRecognition.recognise(graph).filter(found -> !(found.spec() instanceof ClassifierSpec));
        Map<String, Object> decoder = new LinkedHashMap<>();
        List<String> notes = new ArrayList<>();
        if (recognised.isPresent()) {
            decoder.put("family", DecoderChoice.plain(recognised.get().spec().family()));
        } else if (isStated(graph, recovered)) {
            decoder.put("family", "ssd");
        } else {
            String needs = needs(known, recovered);
            decoder.put("family", "none");
            decoder.put("needs", needs);
            notes.add("The program has no decoder for such outputs (" + needs
                    + "): the application gets them as they are. What their decoder needs stands above.");
        }
        recovered.forEach(part -> merge(decoder, part.fields(anchorFile(output))));
        List<String> contract = repaired.repairs().stream()
                .filter(repair -> repair.kept() && repair.recovered().isPresent())
                .flatMap(repair -> repair.contract().stream())
                .toList();
        return new Recipe(
                id(output),
                known.map(Recipe::title)
                        .filter(title -> !title.isEmpty())
                        .map(title -> title + ", repaired")
                        .orElse(""),
                known.map(Recipe::task).orElse(""),
                "onnx",
                Optional.of(output.getFileName().toString()),
                "",
                known.map(Recipe::licence).orElse(""),
                source.model().file().getFileName() + ", repaired",
                known.map(Recipe::knows).orElse(""),
                Optional.empty(),
                List.of(),
                List.of(),
                input(graph, known.flatMap(Recipe::input)),
                decoder,
                String.join("; ", contract),
                known.map(Recipe::landmarks).orElse(0),
                Optional.empty(),
                Map.of(),
                Map.of(),
                notes,
                Optional.empty(),
                List.of());
    }

    /** Whether what was recovered is all that the decoder for anchors has to know. */
    private static boolean isStated(ModelGraph graph, List<RecoveredDecoder> recovered) {
        Map<String, Object> decoder = new LinkedHashMap<>(Map.of("family", "ssd"));
        recovered.forEach(part -> merge(decoder, part.fields("")));
        try {
            return SsdRecipe.of(
                            decoder,
                            graph,
                            name -> recovered.stream()
                                    .flatMap(part -> part.anchorFile().stream())
                                    .findFirst()
                                    .map(RecoveredRecipe::rows)
                                    .orElse(List.of()))
                    .isPresent();
        } catch (IllegalArgumentException notAll) {
            return false;
        }
    }

    private static List<float[]> rows(AnchorTable table) {
        List<float[]> rows = new ArrayList<>();
        for (int row = 0; row < table.count(); row++) {
            rows.add(new float[] {
                table.rows().floatAt(row * 4),
                table.rows().floatAt(row * 4 + 1),
                table.rows().floatAt(row * 4 + 2),
                table.rows().floatAt(row * 4 + 3)
            });
        }
        return rows;
    }

    /** The family in the recipe that ships, else what the boxes are. */
    private static String needs(Optional<Recipe> known, List<RecoveredDecoder> recovered) {
        return known.map(recipe -> recipe.decoder().get("needs"))
                .map(Object::toString)
                .orElseGet(() -> recovered.stream()
                        .filter(decoder ->
                                decoder.boxes().isPresent() || decoder.grid().isPresent())
                        .findFirst()
                        .orElse(recovered.get(0))
                        .family());
    }

    /** Later parts add to earlier ones, and know better what they both speak of. */
    @SuppressWarnings("unchecked")
    private static void merge(Map<String, Object> into, Map<String, Object> part) {
        part.forEach((name, value) -> {
            if (into.get(name) instanceof Map<?, ?> inner && value instanceof Map<?, ?> more) {
                Map<String, Object> merged = new LinkedHashMap<>((Map<String, Object>) inner);
                merged.putAll((Map<String, Object>) more);
                into.put(name, merged);
            } else {
                into.put(name, value);
            }
        });
    }

    /** Sizes of an image input are those of the graph; colours and numbers are known from elsewhere or not at all. */
    private static Optional<Recipe.Input> input(ModelGraph graph, Optional<Recipe.Input> known) {
        if (graph.inputs().size() != 1) {
            return known;
        }
        GraphValue input = graph.inputs().get(0);
        Shape shape = input.type().shape();
        if (shape.rank() != 4) {
            return known;
        }
        boolean channelsFirst = shape.size(1) == 1 || shape.size(1) == 3;
        int high = channelsFirst ? 2 : 1;
        return Optional.of(new Recipe.Input(
                input.name(),
                channelsFirst ? "NCHW" : "NHWC",
                known.map(Recipe.Input::colour).orElse(Recipe.UNKNOWN),
                (int) Math.max(0, shape.size(high + 1)),
                (int) Math.max(0, shape.size(high)),
                known.map(Recipe.Input::mean).orElse(List.of()),
                known.map(Recipe.Input::scale).orElse(List.of()),
                known.map(Recipe.Input::resize).orElse(Recipe.UNKNOWN),
                known.map(Recipe.Input::padding).orElse(0),
                known.map(Recipe.Input::crop).orElse(""),
                known.map(Recipe.Input::source).orElse(""),
                Optional.empty()));
    }

    /** Fields of a report: the family and what the recipe has. */
    static Map<String, Object> fields(RecoveredDecoder decoder, Optional<Path> output) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("from", decoder.from());
        fields.put("needs", decoder.family());
        fields.putAll(decoder.fields(output.map(RecoveredRecipe::anchorFile).orElse("anchors.csv")));
        return fields;
    }

    private static String stem(Path output) {
        String name = output.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return dot > 0 ? name.substring(0, dot) : name;
    }

    private static String id(Path output) {
        String id = stem(output).replaceAll("[^A-Za-z0-9._-]", "-").replaceAll("^[^A-Za-z0-9]+", "");
        return id.isEmpty() ? "model" : id;
    }

    private static String anchorFile(Path output) {
        return stem(output) + ".anchors.csv";
    }

    /**
     * The recipe's file, beside the model.
     *
     * @param model what the user gave: a recipe of theirs is never written over
     */
    Path file(Path model) {
        Path beside = output.toAbsolutePath().resolveSibling(stem(output) + ".yaml");
        boolean theirs = beside.normalize().equals(model.toAbsolutePath().normalize());
        return output.resolveSibling(stem(output) + (theirs ? ".repaired.yaml" : ".yaml"));
    }

    void write(Path model) {
        anchors.ifPresent(table -> WholeFile.write(
                output.resolveSibling(anchorFile(output)), csv(table).getBytes(StandardCharsets.UTF_8)));
        WholeFile.write(file(model), Recipes.yaml(recipe).getBytes(StandardCharsets.UTF_8));
    }

    private static String csv(AnchorTable table) {
        StringBuilder lines = new StringBuilder("x,y,w,h\n");
        for (int row = 0; row < table.count(); row++) {
            for (int column = 0; column < 4; column++) {
                lines.append(table.rows().floatAt(row * 4 + column)).append(column < 3 ? ',' : '\n');
            }
        }
        return lines.toString();
    }
}
