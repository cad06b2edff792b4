// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** QuantizeLinear and DequantizeLinear around a tensor. */
final class QuantizedPairs {
    private QuantizedPairs() {}

    /** The DequantizeLinear of an activation that makes {@code tensor}. */
    static Optional<Node> dequantizer(ModelGraph graph, String tensor) {
        return graph.producer(tensor).filter(node -> node.is("DequantizeLinear") && !graph.isConstant(node.input(0)));
    }

    /** True where all that reads {@code tensor} is a QuantizeLinear. */
    static boolean isQuantized(ModelGraph graph, String tensor) {
        List<Node> readers = graph.consumers(tensor);
        return !readers.isEmpty()
                && !graph.isOutput(tensor)
                && readers.stream().allMatch(reader -> reader.is("QuantizeLinear"));
    }

    /** True for the same scale and zero point, one value each. */
    static boolean sameParameters(ModelGraph graph, Node one, Node other) {
        return same(graph, one.input(1), other.input(1)) && same(graph, one.input(2), other.input(2));
    }

    private static boolean same(ModelGraph graph, String one, String other) {
        if (one.equals(other)) {
            return true;
        }
        Optional<TensorData> first = graph.constant(one);
        Optional<TensorData> second = graph.constant(other);
        return first.isPresent()
                && second.isPresent()
                && first.get().elements() == 1
                && second.get().elements() == 1
                && first.get().element() == second.get().element()
                && first.get().floatAt(0) == second.get().floatAt(0);
    }

    /**
     * The tensor behind {@code tensor} and behind pairs of QuantizeLinear and DequantizeLinear that do not change it, because
     * it holds values of {@code scale}'s codes already. Nothing else reads the tensors between.
     *
     * @param scale the DequantizeLinear that the values come from, null in a float graph: then there is nothing to pass
     */
    static String behind(ModelGraph graph, String tensor, Node scale) {
        String current = tensor;
        while (scale != null) {
            Optional<Node> quantize = NodeRepair.onlyReader(graph, current).filter(node -> node.is("QuantizeLinear"));
            Optional<Node> dequantize = quantize.flatMap(node -> NodeRepair.onlyReader(graph, node.output(0)))
                    .filter(node -> node.is("DequantizeLinear"));
            boolean neutral = dequantize.isPresent()
                    && sameParameters(graph, quantize.get(), dequantize.get())
                    && sameParameters(graph, quantize.get(), scale);
            if (!neutral) {
                return current;
            }
            current = dequantize.get().output(0);
        }
        return current;
    }

    /** A pair with the parameters of {@code scale}, from {@code from} to {@code to}; "" for a new tensor. */
    static List<Node> pair(GraphRewrite rewrite, Node like, Node scale, String from, String to) {
        List<String> parameters = scale.inputs().subList(1, scale.inputs().size());
        List<String> quantized = new ArrayList<>(List.of(from));
        quantized.addAll(parameters);
        Node quantize = rewrite.made(like, "QuantizeLinear", "QuantizeLinear", quantized, "", Map.of());
        List<String> back = new ArrayList<>(List.of(quantize.output(0)));
        back.addAll(parameters);
        return List.of(quantize, rewrite.made(like, "DequantizeLinear", "DequantizeLinear", back, to, Map.of()));
    }
}
