// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import java.util.List;
import java.util.Optional;

/**
 * Finds the decoder of a model from the names, types and shapes of its outputs: positions are never trusted, because
 * converters reorder outputs. The rules are what the published exporters of each family give their outputs.
 */
public final class DecoderRecognition {
    /** Candidates a frame of faces makes at most in practice; more set the truncation flag. */
    static final Capacity FACES = new Capacity(256, 32);

    /** Where two families could fit, the one whose evidence is stronger comes first. */
    private static final List<Family> DETECTORS = List.of(
            BlazeFaceRecognition::recognise,
            CenterFaceRecognition::recognise,
            DbFaceRecognition::recognise,
            CenterNetRecognition::recognise,
            ScrfdRecognition::recognise,
            YoloV8Recognition::recognise,
            YoloRecognition::recognise,
            YuNetRecognition::recogniseV2,
            YuNetRecognition::recogniseV1,
            UltraFaceRecognition::recognise,
            RetinaFaceRecognition::recognise,
            FaceBoxesRecognition::recognise,
            DsfdRecognition::recognise,
            SsdRecognition::recognise,
            DetectionOutputRecognition::recognise,
            FaceNetworkRecognition::mesh,
            FaceNetworkRecognition::pfld,
            FaceNetworkRecognition::pose);

    /** The recognition of one family. */
    private interface Family {
        Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput image);
    }

    private DecoderRecognition() {}

    /** Recognises the family of a graph with known types; see {@link #recognise(List, Optional)}. */
    public static Optional<Recognised> recognise(ModelGraph graph) {
        List<ModelOutput> outputs = outputs(graph);
        Optional<ImageInput> input = GraphEnds.image(graph);
        return detector(outputs, input)
                .or(() -> ClassifierRecognition.recognise(outputs, input, GraphEnds.softmaxLast(graph)));
    }

    /**
     * The outputs of a graph read as those of a classifier because somebody says that they are.
     *
     * @param because who says so, as the end of a sentence
     * @return empty where there is more than one output, or more than one row
     */
    public static Optional<Recognised> classifier(ModelGraph graph, String because) {
        return ClassifierRecognition.read(outputs(graph), GraphEnds.image(graph), because);
    }

    /**
     * Whether the family that reads the outputs of a graph reads those of another too, in which an activation behind scores is
     * left out, and applies it itself.
     */
    public static boolean takesOver(ModelGraph before, ModelGraph after) {
        ModelGraph known = ShapeInference.infer(after);
        Optional<Recognised> with = recognise(before).filter(found -> !(found.spec() instanceof ClassifierSpec));
        Optional<Recognised> without = recognise(known);
        return with.isPresent()
                && without.isPresent()
                && with.get().spec().family().equals(without.get().spec().family())
                && !rules(with.get(), before).equals(rules(without.get(), known));
    }

    /** How scores are read: the rule without its threshold, and whether it is for a difference. */
    private static List<String> rules(Recognised recognised, ModelGraph graph) {
        return recognised.spec().scoreReads(outputs(graph)).stream()
                .map(read -> read.rule().activation() + " " + read.difference())
                .toList();
    }

    /** The input of a graph that takes one image, with its quantization where it is integer. */
    public static Optional<ImageInput> image(ModelGraph graph) {
        return GraphEnds.image(graph);
    }

    /** The outputs of a graph, integer ones with their quantization. */
    public static List<ModelOutput> outputs(ModelGraph graph) {
        return GraphEnds.outputs(graph);
    }

    /**
     * Recognises a family.
     *
     * @param outputs in the model's order
     * @param input the image input; empty where the model has none
     * @return empty where no family fits
     */
    public static Optional<Recognised> recognise(List<ModelOutput> outputs, Optional<ImageInput> input) {
        return detector(outputs, input).or(() -> ClassifierRecognition.recognise(outputs, input, Optional.empty()));
    }

    private static Optional<Recognised> detector(List<ModelOutput> outputs, Optional<ImageInput> input) {
        return input.flatMap(image -> DETECTORS.stream()
                .flatMap(family -> family.recognise(outputs, image).stream())
                .findFirst());
    }
}
