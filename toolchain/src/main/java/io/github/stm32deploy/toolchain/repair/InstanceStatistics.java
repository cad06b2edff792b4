// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * InstanceNormalization of float graphs as its formula, scale * (x - mean) / sqrt(variance + epsilon) + bias (ONNX operator
 * specification, InstanceNormalization-6): whole maps are averaged and multiplied by operators of the NPU, and what the CPU
 * still divides is one number a channel.
 *
 * <p>On request only: the variance of all channels gets one int8 scale, and channels of small variance lose more than the
 * operator in float does.
 */
final class InstanceStatistics extends NodeRepair {
    InstanceStatistics() {
        super(
                "instance-statistics",
                "InstanceNormalization becomes means, products and one quotient a channel where that is predicted faster; int8"
                        + " may lose where variances of channels differ much.",
                Tolerance.ROUNDING,
                "OP-INSTANCENORMALIZATION");
    }

    @Override
    public boolean onRequest() {
        return true;
    }

    @Override
    String reason(int places) {
        return count(places, "InstanceNormalization node") + (places == 1 ? " runs" : " run")
                + " on the CPU over whole maps; means and products run on the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<Shape> in = node.is("InstanceNormalization") ? shape(graph, node.input(0)) : Optional.empty();
        Optional<TensorData> scale = graph.constant(node.input(1));
        Optional<TensorData> bias = graph.constant(node.input(2));
        boolean plain = in.isPresent()
                && in.get().rank() == 4
                && scale.isPresent()
                && bias.isPresent()
                && graph.type(node.input(0)).orElseThrow().element() == ElementType.FLOAT32
                && QuantizedPairs.dequantizer(graph, node.input(0)).isEmpty();
        if (!plain) {
            return false;
        }
        Shape channels = Shape.of(1, in.get().size(1), 1, 1);
        List<Node> made = new ArrayList<>();
        String x = node.input(0);
        String mean = piece(node, "mean", "GlobalAveragePool", List.of(x), rewrite, made);
        String centred = piece(node, "centred", "Sub", List.of(x, mean), rewrite, made);
        String squared = piece(node, "squared", "Mul", List.of(centred, centred), rewrite, made);
        String variance = piece(node, "variance", "GlobalAveragePool", List.of(squared), rewrite, made);
        String epsilon = rewrite.constant(
                node.name() + "/epsilon",
                TensorData.ofFloats(Shape.of(1, 1, 1, 1), node.floatAttribute("epsilon", 1e-5f)));
        String widened = piece(node, "widened", "Add", List.of(variance, epsilon), rewrite, made);
        String deviation = piece(node, "deviation", "Sqrt", List.of(widened), rewrite, made);
        String factors = rewrite.constant(node.name() + "/scale", scale.get().reshaped(channels));
        String gain = piece(node, "gain", "Div", List.of(factors, deviation), rewrite, made);
        String scaled = piece(node, "scaled", "Mul", List.of(centred, gain), rewrite, made);
        String shift = rewrite.constant(node.name() + "/bias", bias.get().reshaped(channels));
        made.add(GraphRewrite.turned(node, "Add", List.of(scaled, shift), Map.of()));
        rewrite.replace(node, made);
        return true;
    }

    private static String piece(
            Node node, String suffix, String operator, List<String> inputs, GraphRewrite rewrite, List<Node> made) {
        Node piece = rewrite.made(node, suffix, operator, inputs, "", Map.of());
        made.add(piece);
        return piece.output(0);
    }
}
