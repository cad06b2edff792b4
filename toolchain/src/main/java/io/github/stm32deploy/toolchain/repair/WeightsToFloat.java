// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Weights stored as integers under float activations (dynamic range, hybrid, "weight quantized") become float constants of the
 * same values, so that the network can be quantized as a whole. A graph with integer activations stays: there the integers are
 * what the NPU computes with.
 */
final class WeightsToFloat implements Repair {
    @Override
    public String id() {
        return "weights-to-float32";
    }

    @Override
    public String effect() {
        return "Integer weights of a network with float activations become float32, to be quantized with the activations.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("QUANT-WEIGHT-ONLY", "NUM-WEIGHT-ONLY");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        if (QuantizationNodes.onActivations(graph)) {
            return Optional.empty();
        }
        ModelGraph.Builder builder = graph.toBuilder();
        List<String> places = new ArrayList<>();
        Set<Node> removed = new HashSet<>();
        for (Node node : graph.nodes()) {
            Optional<TensorData> codes =
                    node.is("DequantizeLinear") || isMicrosoft(node) ? graph.constant(node.input(0)) : Optional.empty();
            Optional<CodeScale> scale = codes.flatMap(any -> CodeScale.of(graph, node));
            if (scale.isPresent() && scale.get().fits(codes.get().shape()) && !graph.isOutput(node.output(0))) {
                builder.constant(node.output(0), scale.get().reals(codes.get()));
                removed.add(node);
                places.add(node.input(0));
            }
        }
        if (removed.isEmpty()) {
            return Optional.empty();
        }
        builder.replaceNodes(
                graph.nodes().stream().filter(node -> !removed.contains(node)).toList());
        return Optional.of(Change.of(
                builder.build(),
                places,
                removed.size()
                        + (removed.size() == 1 ? " tensor of weights is" : " tensors of weights are")
                        + " stored as integers while all activations are float",
                // The values are the same; ONNX Runtime adds in another order where a matrix is constant.
                Tolerance.ROUNDING));
    }

    private static boolean isMicrosoft(Node node) {
        return node.domain().equals("com.microsoft") && node.operator().equals("DequantizeLinear");
    }
}
