// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.DecoderSpec;
import io.github.stm32deploy.toolchain.postprocess.ImageInput;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput;
import io.github.stm32deploy.toolchain.postprocess.Quantization;
import io.github.stm32deploy.toolchain.postprocess.Recognised;
import java.util.List;
import java.util.Locale;
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
     * @param asked decoder family that the user named; {@code none} leaves the outputs as they are
     * @return empty where the outputs are plain tensors
     * @throws DiagnosedException where the outputs are not those of the family that was asked for
     */
    static Optional<OutputReading> of(ModelSource source, ModelGraph graph, Optional<String> asked) {
        Optional<String> wanted = asked.or(() ->
                source.recipe().map(recipe -> recipe.decoder().get("family")).map(Object::toString));
        if (wanted.isPresent() && wanted.get().equalsIgnoreCase(NONE)) {
            return Optional.empty();
        }
        Optional<Recognised> recognised = DecoderRecognition.recognise(outputs(graph), imageInput(graph));
        if (wanted.isPresent()
                && recognised
                        .filter(found -> plain(found.spec().family()).equals(plain(wanted.get())))
                        .isEmpty()) {
            throw otherFamily(source, graph, wanted.get(), recognised);
        }
        return recognised.map(found ->
                new OutputReading(withRecipeThreshold(found.spec(), source), found.evidence(), found.contract()));
    }

    private static DecoderSpec withRecipeThreshold(DecoderSpec spec, ModelSource source) {
        Object threshold = source.recipe()
                .map(recipe -> recipe.decoder().get("scoreThreshold"))
                .orElse(null);
        return threshold instanceof Number number ? spec.withScoreThreshold(number.floatValue()) : spec;
    }

    private static List<ModelOutput> outputs(ModelGraph graph) {
        return graph.outputs().stream()
                .map(output -> new ModelOutput(output.name(), output.type(), writtenWith(graph, output.name())))
                .toList();
    }

    private static Optional<ImageInput> imageInput(ModelGraph graph) {
        if (graph.inputs().size() != 1) {
            return Optional.empty();
        }
        GraphValue input = graph.inputs().get(0);
        return ImageInput.of(input.type(), readWith(graph, input.name()));
    }

    private static Optional<Quantization> writtenWith(ModelGraph graph, String tensor) {
        return graph.producer(tensor)
                .filter(node -> node.is("QuantizeLinear"))
                .flatMap(node -> parameters(graph, node));
    }

    private static Optional<Quantization> readWith(ModelGraph graph, String tensor) {
        return graph.consumers(tensor).stream()
                .filter(node -> node.is("DequantizeLinear"))
                .findFirst()
                .flatMap(node -> parameters(graph, node));
    }

    private static Optional<Quantization> parameters(ModelGraph graph, Node node) {
        Optional<TensorData> scale = graph.constant(node.input(1)).filter(value -> value.elements() == 1);
        Optional<TensorData> zeroPoint = graph.constant(node.input(2)).filter(value -> value.elements() == 1);
        return scale.map(value -> new Quantization(
                value.floatAt(0), zeroPoint.map(zero -> (int) zero.integerAt(0)).orElse(0)));
    }

    private static String plain(String family) {
        return family.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
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
                        .rule("families: BlazeFace, CenterFace, YuNet v1, YuNet v2, classifier, none")
                        .effect("nothing was built")
                        .fix("leave --decoder out to take what is recognised, or --decoder none for plain tensors")
                        .build());
    }
}
