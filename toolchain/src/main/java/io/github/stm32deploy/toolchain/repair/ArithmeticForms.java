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
 * Arithmetic that the NPU knows in another form: small powers as products, a constant minus a map as the negated map plus the
 * constant.
 *
 * <p>Between int8 tensors the negated map has the scale of the map and zero point -z - 1: code q becomes -q - 1, which is one of
 * -128..127 for every q, so nothing is rounded.
 */
final class ArithmeticForms extends NodeRepair {
    ArithmeticForms() {
        super(
                "arithmetic-forms",
                "Powers become products, and a constant minus a map becomes a sum, where that is predicted faster.",
                Tolerance.ROUNDING,
                "OP-POW",
                "OP-SUB-CONSTANT-FIRST");
    }

    @Override
    String reason(int places) {
        return count(places, "node") + (places == 1 ? " computes" : " compute")
                + " on the CPU what a product or a sum does on the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        return switch (node.domain().isEmpty() ? node.operator() : "") {
            case "Pow" -> power(node, rewrite);
            case "Sub" -> difference(node, rewrite);
            default -> false;
        };
    }

    private static boolean power(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<TensorData> exponent = graph.constant(node.input(1))
                .filter(value -> value.elements() == 1 && value.shape().rank() <= 1);
        boolean floats = graph.type(node.input(0))
                .filter(type -> type.element() == ElementType.FLOAT32)
                .isPresent();
        if (exponent.isEmpty() || !floats || graph.isConstant(node.input(0))) {
            return false;
        }
        float value = exponent.get().floatAt(0);
        String base = node.input(0);
        if (value == 2) {
            rewrite.replace(node, List.of(GraphRewrite.turned(node, "Mul", List.of(base, base), Map.of())));
        } else if (value == 0.5f) {
            rewrite.replace(node, List.of(GraphRewrite.turned(node, "Sqrt", List.of(base), Map.of())));
        } else {
            return false;
        }
        return true;
    }

    private static boolean difference(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        String map = node.input(1);
        boolean fixed = graph.isConstant(node.input(0))
                || graph.producer(node.input(0))
                        .filter(one -> one.is("DequantizeLinear") && graph.isConstant(one.input(0)))
                        .isPresent();
        boolean floats = graph.type(map)
                .filter(type -> type.element() == ElementType.FLOAT32)
                .isPresent();
        if (!fixed || graph.isConstant(map) || !floats) {
            return false;
        }
        List<Node> made = new ArrayList<>();
        Node negated = rewrite.made(node, "negated", "Neg", List.of(map), "", Map.of());
        made.add(negated);
        String term = negated.output(0);
        Node scale = QuantizedPairs.dequantizer(graph, map).orElse(null);
        if (scale != null) {
            Optional<TensorData> zero = graph.constant(scale.input(2)).filter(value -> value.elements() == 1);
            if (zero.isEmpty() || zero.get().element() != ElementType.INT8) {
                return false;
            }
            String mirrored =
                    rewrite.constant(node.name() + "/zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte)
                            (-zero.get().integerAt(0) - 1)));
            Node quantize = rewrite.made(
                    node, "negated", "QuantizeLinear", List.of(term, scale.input(1), mirrored), "", Map.of());
            Node back = rewrite.made(
                    node,
                    "negated",
                    "DequantizeLinear",
                    List.of(quantize.output(0), scale.input(1), mirrored),
                    "",
                    Map.of());
            made.add(quantize);
            made.add(back);
            term = back.output(0);
        }
        made.add(GraphRewrite.turned(node, "Add", List.of(term, node.input(0)), Map.of()));
        rewrite.replace(node, made);
        return true;
    }
}
