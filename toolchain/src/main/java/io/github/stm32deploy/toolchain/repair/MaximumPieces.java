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
 * The larger, or smaller, of two maps by sums that the NPU has: max(a, b) = b + Relu(a - b).
 *
 * <p>Between int8 tensors of one scale s the difference a - b is a whole number of s from -255 to 255. Quantized with scale s
 * and zero point -128 the positive ones are held exactly and the negative ones become 0: the quantization is the Relu, and no
 * code of the result differs.
 */
final class MaximumPieces extends NodeRepair {
    MaximumPieces() {
        super(
                "maximum-pieces",
                "Max and Min of two maps become a difference and a sum, of a map and a number Clip, where that is predicted faster.",
                Tolerance.ROUNDING,
                "TFL-MAXIMUM",
                "TFL-MINIMUM",
                "OP-MAX",
                "OP-MIN");
    }

    @Override
    String reason(int places) {
        return count(places, "Max or Min node") + (places == 1 ? " runs" : " run")
                + " on the CPU in float; b + Relu(a - b), or Clip at a number, is the same on the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        boolean larger = node.is("Max");
        if (!larger && !node.is("Min") || node.inputs().size() != 2) {
            return false;
        }
        if (bounded(node, larger, rewrite)) {
            return true;
        }
        Optional<Shape> one = shape(graph, node.input(0));
        Optional<Shape> other = shape(graph, node.input(1));
        boolean maps = one.isPresent()
                && one.equals(other)
                && one.get().rank() <= 4
                && !graph.isConstant(node.input(0))
                && !graph.isConstant(node.input(1))
                && graph.type(node.input(0)).get().element() == ElementType.FLOAT32;
        if (!maps) {
            return false;
        }
        Node first = QuantizedPairs.dequantizer(graph, node.input(0)).orElse(null);
        Node second = QuantizedPairs.dequantizer(graph, node.input(1)).orElse(null);
        if (first == null && second == null) {
            return inFloat(node, larger, rewrite);
        }
        return first != null
                && second != null
                && isBetweenQuantizers(graph, node)
                && QuantizedPairs.sameParameters(graph, first, second)
                && isInt8(graph, first)
                && quantized(node, larger, first, rewrite);
    }

    /** Against one number: Clip, which the NPU has. */
    private static boolean bounded(Node node, boolean larger, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        for (int index = 0; index < 2; index++) {
            Optional<Float> bound = number(graph, node.input(index));
            String map = node.input(1 - index);
            boolean floats = graph.type(map)
                    .filter(type -> type.element() == ElementType.FLOAT32)
                    .isPresent();
            // A bound of more dimensions than the map would give the result more, too.
            boolean same = shape(graph, map).equals(shape(graph, node.output(0)));
            if (bound.isPresent() && floats && same && !graph.isConstant(map) && graph.opset() >= 11) {
                String limit =
                        rewrite.constant(node.name() + "/bound", TensorData.ofFloats(Shape.scalar(), bound.get()));
                List<String> inputs = larger ? List.of(map, limit) : List.of(map, "", limit);
                rewrite.replace(node, List.of(GraphRewrite.turned(node, "Clip", inputs, Map.of())));
                return true;
            }
        }
        return false;
    }

    /** The only value of a constant, behind DequantizeLinear where there is one. */
    private static Optional<Float> number(ModelGraph graph, String tensor) {
        Optional<TensorData> plain = graph.constant(tensor).filter(value -> value.elements() == 1);
        if (plain.isPresent()) {
            return plain.map(value -> value.floatAt(0));
        }
        return graph.producer(tensor)
                .filter(node -> node.is("DequantizeLinear"))
                .flatMap(node -> {
                    Optional<TensorData> code = graph.constant(node.input(0)).filter(value -> value.elements() == 1);
                    Optional<TensorData> scale = graph.constant(node.input(1)).filter(value -> value.elements() == 1);
                    float zero = graph.constant(node.input(2))
                            .map(value -> value.floatAt(0))
                            .orElse(0f);
                    return code.isPresent() && scale.isPresent()
                            ? Optional.of(
                                    (code.get().floatAt(0) - zero) * scale.get().floatAt(0))
                            : Optional.empty();
                });
    }

    /** max(a, b) = b + Relu(a - b); min(a, b) = b - Relu(b - a). */
    private static boolean inFloat(Node node, boolean larger, GraphRewrite rewrite) {
        Node difference = rewrite.made(node, "difference", "Sub", operands(node, larger), "", Map.of());
        Node relu = rewrite.made(node, "positive", "Relu", List.of(difference.output(0)), "", Map.of());
        Node sum = GraphRewrite.turned(node, larger ? "Add" : "Sub", List.of(node.input(1), relu.output(0)), Map.of());
        rewrite.replace(node, List.of(difference, relu, sum));
        return true;
    }

    private static List<String> operands(Node node, boolean larger) {
        return larger ? node.inputs() : List.of(node.input(1), node.input(0));
    }

    private static boolean isInt8(ModelGraph graph, Node scale) {
        return graph.type(scale.input(0))
                        .filter(type -> type.element() == ElementType.INT8)
                        .isPresent()
                && graph.constant(scale.input(1))
                        .filter(step -> step.elements() == 1)
                        .isPresent();
    }

    private static boolean quantized(Node node, boolean larger, Node scale, GraphRewrite rewrite) {
        List<Node> made = new ArrayList<>();
        Node difference = rewrite.made(node, "difference", "Sub", operands(node, larger), "", Map.of());
        made.add(difference);
        String lowest = rewrite.constant(
                node.name() + "/zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) -128));
        Node quantize = rewrite.made(
                node,
                "positive",
                "QuantizeLinear",
                List.of(difference.output(0), scale.input(1), lowest),
                "",
                Map.of());
        Node dequantize = rewrite.made(
                node,
                "positive",
                "DequantizeLinear",
                List.of(quantize.output(0), scale.input(1), lowest),
                "",
                Map.of());
        made.add(quantize);
        made.add(dequantize);
        made.add(GraphRewrite.turned(
                node, larger ? "Add" : "Sub", List.of(node.input(1), dequantize.output(0)), Map.of()));
        rewrite.replace(node, made);
        return true;
    }
}
