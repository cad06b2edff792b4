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
 * Where with a condition that is the same at every run: one operand where it always chooses the same, else a sum of both, each
 * times a mask of 0 and 1. A value times 1 plus another times 0 is that value, bit for bit where both are finite.
 */
final class ConstantChoice extends NodeRepair {
    ConstantChoice() {
        super(
                "constant-choice",
                "Where with a constant condition becomes one of its operands, or products with masks of 0 and 1, where that is"
                        + " predicted faster.",
                Tolerance.quanta(1),
                "OP-WHERE");
    }

    @Override
    String reason(int places) {
        return count(places, "Where node") + (places == 1 ? " chooses" : " choose")
                + " on the CPU by a condition that never changes; masks of 0 and 1 choose on the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<TensorData> condition = node.is("Where") ? graph.constant(node.input(0)) : Optional.empty();
        Optional<Shape> out = shape(graph, node.output(0));
        boolean floats = condition.isPresent()
                && out.isPresent()
                && graph.type(node.output(0)).orElseThrow().element() == ElementType.FLOAT32;
        if (!floats) {
            return false;
        }
        int chosen = 0;
        float[] mask = new float[Math.toIntExact(condition.get().elements())];
        for (int index = 0; index < mask.length; index++) {
            mask[index] = condition.get().integerAt(index) != 0 ? 1 : 0;
            chosen += (int) mask[index];
        }
        if (chosen == 0 || chosen == mask.length) {
            String only = node.input(chosen == 0 ? 2 : 1);
            boolean whole = shape(graph, only).filter(out.get()::equals).isPresent();
            if (whole) {
                rewrite.replace(node, List.of(GraphRewrite.turned(node, "Identity", List.of(only), Map.of())));
            }
            return whole;
        }
        return sum(node, mask, condition.get().shape(), rewrite);
    }

    private static boolean sum(Node node, float[] mask, Shape shape, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        float[] rest = new float[mask.length];
        for (int index = 0; index < mask.length; index++) {
            rest[index] = 1 - mask[index];
        }
        boolean quantized = QuantizedPairs.dequantizer(graph, node.input(1)).isPresent()
                || QuantizedPairs.dequantizer(graph, node.input(2)).isPresent();
        List<Node> made = new ArrayList<>();
        Optional<String> first = term(node, 1, TensorData.ofFloats(shape, mask), quantized, rewrite, made);
        Optional<String> second = term(node, 2, TensorData.ofFloats(shape, rest), quantized, rewrite, made);
        if (first.isEmpty() || second.isEmpty()) {
            return false;
        }
        boolean one = first.get().isEmpty() || second.get().isEmpty();
        String kept = node.input(first.get().isEmpty() ? 2 : 1);
        if (one && !shape(graph, kept).equals(shape(graph, node.output(0)))) {
            return false;
        }
        made.add(
                one
                        ? GraphRewrite.turned(
                                node, "Identity", List.of(first.get().isEmpty() ? second.get() : first.get()), Map.of())
                        : GraphRewrite.turned(node, "Add", List.of(first.get(), second.get()), Map.of()));
        rewrite.replace(node, made);
        return true;
    }

    /** An operand times its mask: a tensor, "" for one that is 0 everywhere, nothing where it has no such form. */
    private static Optional<String> term(
            Node node, int input, TensorData mask, boolean quantized, GraphRewrite rewrite, List<Node> made) {
        ModelGraph graph = rewrite.graph();
        String operand = node.input(input);
        Optional<TensorData> constant = graph.constant(operand);
        if (constant.isPresent()) {
            boolean single = constant.get().elements() == 1;
            if (!single && !constant.get().shape().equals(mask.shape())) {
                return Optional.empty();
            }
            float[] values = mask.toFloats();
            boolean zero = true;
            for (int index = 0; index < values.length; index++) {
                float value = constant.get().floatAt(single ? 0 : index);
                if (!Float.isFinite(value)) {
                    return Optional.empty();
                }
                values[index] *= value;
                zero &= values[index] == 0;
            }
            return Optional.of(
                    zero
                            ? ""
                            : rewrite.weights(
                                    node,
                                    "chosen" + input,
                                    TensorData.ofFloats(mask.shape(), values),
                                    quantized,
                                    made));
        }
        Node scale = QuantizedPairs.dequantizer(graph, operand).orElse(null);
        if (quantized && scale == null) {
            return Optional.empty();
        }
        String weights = rewrite.weights(node, "mask" + input, mask, quantized, made);
        Node product = rewrite.made(node, "masked" + input, "Mul", List.of(operand, weights), "", Map.of());
        made.add(product);
        if (scale == null) {
            return Optional.of(product.output(0));
        }
        // 0 is a value of every scale, so the product has that of the operand.
        List<Node> pair = QuantizedPairs.pair(rewrite, node, scale, product.output(0), "");
        made.addAll(pair);
        return Optional.of(pair.get(1).output(0));
    }
}
