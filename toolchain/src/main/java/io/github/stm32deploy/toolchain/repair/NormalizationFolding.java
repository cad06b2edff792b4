// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Moves a BatchNormalization that directly follows a convolution (or Gemm) into its weights and bias, in binary64:
 * w' = w * gamma / sqrt(variance + epsilon), b' = (b - mean) * gamma / sqrt(variance + epsilon) + beta.
 */
public final class NormalizationFolding {
    private final ModelGraph graph;
    private final Set<String> excluded;
    private final Map<String, TensorData> constants = new LinkedHashMap<>();

    private NormalizationFolding(ModelGraph graph, Set<String> excluded) {
        this.graph = graph;
        this.excluded = excluded;
    }

    public static ModelGraph fold(ModelGraph graph, Set<String> excluded) {
        return new NormalizationFolding(graph, excluded).folded();
    }

    private ModelGraph folded() {
        Map<String, Node> replacements = new HashMap<>();
        for (Node normalization : graph.nodes()) {
            if (normalization.is("BatchNormalization")) {
                foldInto(normalization).ifPresent(folded -> {
                    replacements.put(folded.name(), folded);
                    replacements.put(normalization.name(), null);
                });
            }
        }
        if (replacements.isEmpty()) {
            return graph;
        }
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            Node kept = replacements.containsKey(node.name()) ? replacements.get(node.name()) : node;
            if (kept != null) {
                nodes.add(kept);
            }
        }
        ModelGraph.Builder builder = graph.toBuilder().replaceNodes(nodes);
        constants.forEach(builder::constant);
        return GraphPart.live(builder.build());
    }

    private Optional<Node> foldInto(Node normalization) {
        String between = normalization.input(0);
        Node producer = graph.producer(between).orElse(null);
        boolean direct = producer != null
                && !excluded.contains(producer.name())
                && !excluded.contains(normalization.name())
                && graph.consumers(between).size() == 1
                && !graph.isOutput(between)
                && normalization.outputs().stream()
                                .filter(output -> !output.isEmpty())
                                .count()
                        == 1;
        if (!direct || !(producer.is("Conv") || producer.is("ConvTranspose") || producer.is("Gemm"))) {
            return Optional.empty();
        }
        if (producer.is("Gemm")
                && (producer.floatAttribute("alpha", 1) != 1 || producer.floatAttribute("beta", 1) != 1)) {
            return Optional.empty();
        }
        TensorData weight = graph.constants().get(producer.input(1));
        TensorData bias = producer.hasInput(2) ? graph.constants().get(producer.input(2)) : null;
        if (weight == null || producer.hasInput(2) && bias == null) {
            return Optional.empty();
        }
        List<float[]> statistics = new ArrayList<>();
        for (int input = 1; input <= 4; input++) {
            TensorData values = graph.constants().get(normalization.input(input));
            if (values == null) {
                return Optional.empty();
            }
            statistics.add(values.toFloats());
        }
        int channels = statistics.get(0).length;
        if (bias != null && bias.elements() != channels) {
            return Optional.empty();
        }
        double epsilon = normalization.floatAttribute("epsilon", 1e-5f);
        double[] factor = new double[channels];
        float[] newBias = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            factor[channel] = statistics.get(0)[channel] / Math.sqrt(statistics.get(3)[channel] + epsilon);
            double old = bias == null ? 0 : bias.floatAt(channel);
            newBias[channel] = (float) ((old - statistics.get(2)[channel]) * factor[channel]
                    + statistics.get(1)[channel]);
        }
        String weightName = producer.input(1) + "/" + normalization.name();
        String biasName = (bias == null ? producer.input(1) + "/bias" : producer.input(2)) + "/" + normalization.name();
        constants.put(weightName, scaled(producer, weight, factor));
        constants.put(biasName, TensorData.ofFloats(Shape.of(channels), newBias));
        return Optional.of(producer.withInputs(List.of(producer.input(0), weightName, biasName))
                .withOutputs(List.of(normalization.output(0))));
    }

    private static TensorData scaled(Node producer, TensorData weight, double[] factor) {
        float[] values = weight.toFloats();
        Shape shape = weight.shape();
        boolean transposed = producer.is("ConvTranspose");
        boolean outputsFirst = producer.is("Conv") || producer.is("Gemm") && producer.intAttribute("transB", 0) != 0;
        int first = Math.toIntExact(shape.size(0));
        int second = Math.toIntExact(shape.size(1));
        int inner = values.length / (first * second);
        int inputsPerGroup = transposed ? first / Math.toIntExact(producer.intAttribute("group", 1)) : first;
        for (int index = 0; index < values.length; index++) {
            int row = index / (second * inner);
            int column = index / inner % second;
            // ConvTranspose stores input channels first; each group of them has its own output channels.
            int channel = outputsFirst ? row : transposed ? row / inputsPerGroup * second + column : column;
            values[index] = (float) (values[index] * factor[channel]);
        }
        return TensorData.ofFloats(shape, values);
    }
}
