// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The squashing function of capsules, |s|^2 / (1 + |s|^2) * s / |s| (Sabour, Frosst, Hinton: Dynamic Routing Between Capsules,
 * NIPS 2017), as s * |s| / (1 + |s|^2).
 *
 * <p>As exporters write it a small number stands in the denominator: |s| is the root of |s|^2, and 256 codes that hold the largest
 * |s|^2 leave none for a vector of a tenth of its length. Here the length itself is a tensor, and nothing small divides.
 */
final class ComposedSquash extends NodeRepair {
    private static final float LARGEST_EPSILON = 1e-6f;

    ComposedSquash() {
        super(
                "composed-squash",
                "The squashing function of capsules divides by 1 plus the square of a length, no longer by the length.",
                Tolerance.ROUNDING);
    }

    /** For the numbers, not for time: in int8 the root of a squared length keeps nothing of a short vector. */
    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "vector") + (places == 1 ? " is" : "s are")
                + " divided by the root of a squared length; int8 codes for squares leave none for short vectors";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        if (!node.is("Div")) {
            return false;
        }
        Optional<String> square = squareUnderRoot(graph, node.input(1));
        Optional<Node> product = graph.producer(node.input(0)).filter(before -> before.is("Mul"));
        if (square.isEmpty() || product.isEmpty()) {
            return false;
        }
        for (int index = 0; index < 2; index++) {
            String vector = product.get().input(1 - index);
            Optional<Node> sum = graph.producer(square.get()).filter(before -> sumsSquares(graph, before, vector));
            if (sum.isPresent() && saturates(graph, product.get().input(index), square.get())) {
                rewrite.replace(node, squashed(graph, node, sum.get(), vector, rewrite));
                return true;
            }
        }
        return false;
    }

    private static List<Node> squashed(ModelGraph graph, Node node, Node sum, String vector, GraphRewrite rewrite) {
        boolean named = sum.hasInput(1) && graph.opset() >= 18;
        Node length = rewrite.made(
                node,
                "length",
                "ReduceL2",
                named ? List.of(vector, sum.input(1)) : List.of(vector),
                "",
                named
                        ? Map.of("keepdims", Attribute.of(1L))
                        : Map.of("axes", Attribute.ofInts(axes(graph, sum)), "keepdims", Attribute.of(1L)));
        String n = length.output(0);
        Node squared = rewrite.made(node, "square", "Mul", List.of(n, n), "", Map.of());
        String one = rewrite.constant(node.name() + "/one", TensorData.ofFloats(Shape.scalar(), 1));
        Node above = rewrite.made(node, "above", "Add", List.of(squared.output(0), one), "", Map.of());
        Node factor = rewrite.made(node, "factor", "Div", List.of(n, above.output(0)), "", Map.of());
        return List.of(
                length,
                squared,
                above,
                factor,
                GraphRewrite.turned(node, "Mul", List.of(vector, factor.output(0)), Map.of()));
    }

    private static long[] axes(ModelGraph graph, Node sum) {
        return sum.hasInput(1)
                ? graph.constant(sum.input(1)).orElseThrow().toLongs()
                : sum.intsAttribute("axes").orElseThrow();
    }

    /** q of sqrt(q) or sqrt(q) + a number too small to matter. */
    private static Optional<String> squareUnderRoot(ModelGraph graph, String tensor) {
        Optional<Node> root = graph.producer(tensor);
        if (root.isPresent() && root.get().is("Add") && below(graph, root.get().input(1), LARGEST_EPSILON)) {
            root = graph.producer(root.get().input(0));
        }
        return root.filter(node -> node.is("Sqrt")).map(node -> node.input(0));
    }

    private static boolean sumsSquares(ModelGraph graph, Node sum, String vector) {
        boolean known = sum.hasInput(1)
                ? graph.constant(sum.input(1)).isPresent()
                : sum.intsAttribute("axes").isPresent();
        if (!sum.is("ReduceSum") || sum.intAttribute("keepdims", 1) != 1 || !known) {
            return false;
        }
        return graph.producer(sum.input(0))
                .filter(square -> square.is("Mul")
                                && square.input(0).equals(vector)
                                && square.input(1).equals(vector)
                        || square.is("Pow")
                                && square.input(0).equals(vector)
                                && number(graph, square.input(1))
                                        .filter(power -> power == 2)
                                        .isPresent())
                .isPresent();
    }

    /** Whether the tensor is q / (q + 1). */
    private static boolean saturates(ModelGraph graph, String tensor, String square) {
        return graph.producer(tensor)
                .filter(node -> node.is("Div") && node.input(0).equals(square))
                .flatMap(node -> graph.producer(node.input(1)))
                .filter(node -> node.is("Add"))
                .filter(node -> node.input(0).equals(square) && isOne(graph, node.input(1))
                        || node.input(1).equals(square) && isOne(graph, node.input(0)))
                .isPresent();
    }

    private static boolean isOne(ModelGraph graph, String tensor) {
        return number(graph, tensor).filter(value -> value == 1).isPresent();
    }

    private static boolean below(ModelGraph graph, String tensor, float limit) {
        return number(graph, tensor)
                .filter(value -> value >= 0 && value < limit)
                .isPresent();
    }

    private static Optional<Float> number(ModelGraph graph, String tensor) {
        return graph.constant(tensor)
                .filter(value -> value.elements() == 1 && value.element() == ElementType.FLOAT32)
                .map(value -> value.floatAt(0));
    }
}
