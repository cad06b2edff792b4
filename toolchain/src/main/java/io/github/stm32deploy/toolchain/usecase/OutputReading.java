// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.models.Recipe;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.postprocess.Capacity;
import io.github.stm32deploy.toolchain.postprocess.ClassifierSpec;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.DecoderSpec;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput;
import io.github.stm32deploy.toolchain.postprocess.Recognised;
import io.github.stm32deploy.toolchain.postprocess.ScoreCodes;
import io.github.stm32deploy.toolchain.postprocess.ScoreRule;
import io.github.stm32deploy.toolchain.quantize.ValueRange;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a model's outputs mean, and how that is known.
 *
 * @param evidence one sentence
 * @param contract input contract that the decoder's family publishes
 */
record OutputReading(DecoderSpec decoder, String evidence, Optional<InputContract> contract) {
    private static final String NONE = "none";

    /**
     * @param choice what the user says of the decoder; {@code none} leaves the outputs as they are
     * @return empty where the outputs are plain tensors
     * @throws DiagnosedException where the outputs are not those of the family that was asked for
     */
    static Optional<OutputReading> of(ModelSource source, ModelGraph graph, DecoderChoice choice) {
        Optional<String> asked = choice.family();
        Optional<String> wanted = asked.or(() -> source.recipe().flatMap(OutputReading::family));
        if (wanted.isPresent() && wanted.get().equalsIgnoreCase(NONE)) {
            return Optional.empty();
        }
        Optional<Recognised> recognised = recognised(source, graph, asked);
        if (wanted.isPresent()
                && recognised
                        .filter(found ->
                                DecoderChoice.plain(found.spec().family()).equals(DecoderChoice.plain(wanted.get())))
                        .isEmpty()) {
            throw otherFamily(source, graph, wanted.get(), recognised);
        }
        return recognised.map(
                found -> new OutputReading(adjusted(found.spec(), source, choice), found.evidence(), found.contract()));
    }

    /** A recipe that knows the file says whether it is a classifier; whether it is a detector the outputs say. */
    private static Optional<Recognised> recognised(ModelSource source, ModelGraph graph, Optional<String> asked) {
        if (asked.filter(OutputReading::isClassifier).isPresent()) {
            return DecoderRecognition.classifier(graph, "because --decoder says so");
        }
        Optional<Recipe> recipe = source.recipe().or(source::known);
        if (asked.isEmpty()
                && recipe.flatMap(OutputReading::family)
                        .filter(OutputReading::isClassifier)
                        .isPresent()) {
            return DecoderRecognition.classifier(
                    graph, "because recipe " + recipe.get().id() + " says so");
        }
        Optional<Recognised> stated = asked.isPresent() ? Optional.empty() : stated(source, graph);
        return stated.or(() -> DecoderRecognition.recognise(graph))
                .filter(found -> !(found.spec() instanceof ClassifierSpec)
                        || source.known().isEmpty());
    }

    /** A recipe of the user that states anchors and codings needs no recognition. */
    private static Optional<Recognised> stated(ModelSource source, ModelGraph graph) {
        Path model = source.model().file();
        try {
            return source.recipe()
                    .flatMap(recipe -> GridRecipe.of(recipe.decoder(), graph)
                            .or(() -> SsdRecipe.of(
                                    recipe.decoder(), graph, name -> AnchorFile.read(model.resolveSibling(name)))));
        } catch (IllegalArgumentException contradiction) {
            throw ModelSource.invalid(model, "decoder: " + contradiction.getMessage());
        }
    }

    private static Optional<String> family(Recipe recipe) {
        return Optional.ofNullable(recipe.decoder().get("family")).map(Object::toString);
    }

    private static boolean isClassifier(String family) {
        return DecoderChoice.plain(family).equals("classifier");
    }

    private static DecoderSpec adjusted(DecoderSpec spec, ModelSource source, DecoderChoice choice) {
        return withSuppression(withCapacity(withThreshold(spec, source, choice), source), source);
    }

    /** The user's threshold, else the recipe's, else the family's. */
    private static DecoderSpec withThreshold(DecoderSpec spec, ModelSource source, DecoderChoice choice) {
        if (choice.scoreThreshold().isPresent()) {
            return spec.withScoreThreshold(choice.scoreThreshold().get());
        }
        return said(source, spec, "scoreThreshold")
                .map(threshold -> spec.withScoreThreshold(threshold.floatValue()))
                .orElse(spec);
    }

    /** The user's words on overlapping boxes; of a recipe that knows the file the threshold alone. */
    private static DecoderSpec withSuppression(DecoderSpec spec, ModelSource source) {
        try {
            return source.recipe()
                    .map(recipe -> RecipeSuppression.applied(spec, recipe.decoder(), true))
                    .or(() ->
                            meant(source, spec).map(recipe -> RecipeSuppression.applied(spec, recipe.decoder(), false)))
                    .orElse(spec);
        } catch (IllegalArgumentException wrong) {
            throw ModelSource.invalid(source.model().file(), "decoder: " + wrong.getMessage());
        }
    }

    /** Room for candidates and detections: the recipe's, else the family's. */
    private static DecoderSpec withCapacity(DecoderSpec spec, ModelSource source) {
        Optional<Number> candidates = said(source, spec, "capacity");
        Optional<Number> detections = said(source, spec, "maxDetections");
        if (candidates.isEmpty() && detections.isEmpty()) {
            return spec;
        }
        int room = candidates.map(Number::intValue).orElse(spec.capacity().candidates());
        int answers = detections.map(Number::intValue).orElse(spec.capacity().detections());
        try {
            return spec.withCapacity(new Capacity(room, answers));
        } catch (IllegalArgumentException tooMuch) {
            throw ModelSource.invalid(source.model().file(), "decoder: " + tooMuch.getMessage());
        }
    }

    /** Of the user's recipe; else of the one that knows the file, as long as both mean the same family. */
    private static Optional<Number> said(ModelSource source, DecoderSpec spec, String key) {
        return meant(source, spec)
                .map(recipe -> recipe.decoder().get(key))
                .filter(Number.class::isInstance)
                .map(Number.class::cast);
    }

    private static Optional<Recipe> meant(ModelSource source, DecoderSpec spec) {
        return source.recipe()
                .or(() -> source.known()
                        .filter(recipe -> DecoderChoice.plain(
                                        String.valueOf(recipe.decoder().get("family")))
                                .equals(DecoderChoice.plain(spec.family()))));
    }

    /**
     * Outputs that the decoder puts through a sigmoid. A logit beyond 8 is as good as certain; without that bound one
     * outlier among the calibration images takes the codes away from the scores that matter.
     */
    Map<String, ValueRange> logitRanges(ModelGraph graph) {
        List<ModelOutput> outputs = DecoderRecognition.outputs(graph);
        Map<String, ValueRange> ranges = new LinkedHashMap<>();
        for (ScoreCodes.Entry entry : ScoreCodes.of(decoder, outputs)) {
            // Two logits may both be large, and only their difference tell something.
            if (entry.rule().activation() == ScoreRule.Activation.SIGMOID && !entry.difference()) {
                ranges.put(outputs.get(entry.output()).name(), ValueRange.SIGMOID_LOGITS);
            }
        }
        return ranges;
    }

    private static DiagnosedException otherFamily(
            ModelSource source, ModelGraph graph, String wanted, Optional<Recognised> recognised) {
        String outputs = String.join(
                ", ",
                graph.outputs().stream()
                        .map(output -> output.name() + " " + output.type().shape())
                        .toList());
        return new DiagnosedException(
                Kind.FINDING,
                Diagnosis.error("OUT-DECODER-MISMATCH", Stage.GENERATE, "the outputs are not those of " + wanted)
                        .where(source.model().file().toString())
                        .observed("outputs " + outputs
                                + recognised
                                        .map(found -> "; recognised as "
                                                + found.spec().family() + ": " + found.evidence())
                                        .orElse("; no family recognised"))
                        .rule("families: " + String.join(", ", DecoderChoice.NAMES))
                        .effect("nothing was built")
                        .fix("leave --decoder out to take what is recognised, or --decoder none for plain tensors")
                        .build());
    }
}
