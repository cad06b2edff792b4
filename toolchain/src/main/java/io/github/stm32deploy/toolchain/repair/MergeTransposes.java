// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.GraphCapture;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A Transpose behind another becomes one; one that keeps the order disappears; one of a constant is carried out.
 */
final class MergeTransposes extends NodeRepair {
    MergeTransposes() {
        super(
                "merge-transposes",
                "A Transpose behind a Transpose, of a constant or of no axes is merged, carried out or removed.",
                Tolerance.EXACT,
                "LAYOUT-TRANSPOSES",
                "OP-TRANSPOSE-ORDER");
    }

    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "Transpose") + (places == 1 ? " stands" : " stand")
                + " behind another, moves a constant, or moves nothing";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        if (!node.is("Transpose")) {
            return false;
        }
        Optional<AxisOrder> order = AxisOrder.of(node, graph.type(node.input(0)));
        if (order.isEmpty()) {
            return false;
        }
        if (order.get().isIdentity()) {
            return remove(node, node.input(0), rewrite);
        }
        Optional<Node> before = graph.producer(node.input(0));
        if (before.isPresent() && before.get().is("Transpose") && !rewrite.isReplaced(before.get())) {
            Optional<AxisOrder> first =
                    AxisOrder.of(before.get(), graph.type(before.get().input(0)));
            if (first.isPresent() && first.get().rank() == order.get().rank()) {
                AxisOrder both = first.get().then(order.get());
                if (both.isIdentity()) {
                    return remove(node, before.get().input(0), rewrite);
                }
                Node merged =
                        node.withInput(0, before.get().input(0)).withAttribute("perm", Attribute.ofInts(both.order()));
                rewrite.replace(node, List.of(merged));
                return true;
            }
        }
        return constant(node, order.get(), rewrite);
    }

    private static boolean remove(Node node, String source, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Set<String> captured = GraphCapture.of(graph);
        if (graph.isOutput(node.output(0)) || captured.contains(node.output(0))) {
            rewrite.replace(node, List.of(GraphRewrite.turned(node, "Identity", List.of(source), Map.of())));
        } else {
            rewrite.redirect(node.output(0), source);
            rewrite.replace(node, List.of());
        }
        return true;
    }

    /** Of a constant, or of one behind DequantizeLinear: then its axis moves too. */
    private static boolean constant(Node node, AxisOrder order, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        if (graph.isOutput(node.output(0))) {
            return false;
        }
        Optional<TensorData> value = graph.constant(node.input(0)).filter(one -> isMovable(one, order));
        if (value.isPresent()) {
            rewrite.redirect(node.output(0), rewrite.constant(node.output(0), order.apply(value.get())));
            rewrite.replace(node, List.of());
            return true;
        }
        Node scale = graph.producer(node.input(0))
                .filter(producer -> producer.is("DequantizeLinear"))
                .orElse(null);
        Optional<TensorData> codes = scale == null
                ? Optional.empty()
                : graph.constant(scale.input(0)).filter(one -> isMovable(one, order));
        if (codes.isEmpty()) {
            return false;
        }
        List<String> inputs = new ArrayList<>(scale.inputs());
        inputs.set(0, rewrite.constant(scale.input(0), order.apply(codes.get())));
        long axis = scale.intAttribute("axis", 1);
        long from = axis < 0 ? axis + order.rank() : axis;
        boolean single = graph.constant(scale.input(1))
                .filter(step -> step.elements() == 1)
                .isPresent();
        Map<String, Attribute> attributes = single ? Map.of() : Map.of("axis", Attribute.of(order.place((int) from)));
        rewrite.replace(node, List.of(GraphRewrite.turned(node, "DequantizeLinear", inputs, attributes)));
        return true;
    }

    private static boolean isMovable(TensorData constant, AxisOrder order) {
        return constant.shape().rank() == order.rank() && constant.element().bits() >= 8;
    }
}
