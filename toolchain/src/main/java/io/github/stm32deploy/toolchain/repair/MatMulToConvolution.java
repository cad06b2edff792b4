// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Products with constant matrices, of float graphs, as 1x1 convolutions, where features are transposed to the end and back for them. */
final class MatMulToConvolution extends NodeRepair {
    MatMulToConvolution() {
        super(
                "matmul-to-conv",
                "MatMul with a constant matrix between Transposes becomes a 1x1 convolution where that is predicted faster.",
                Tolerance.ROUNDING,
                "OP-TRANSPOSE-ORDER");
    }

    @Override
    String reason(int places) {
        return count(places, "MatMul node") + (places == 1 ? " multiplies" : " multiply")
                + " with constant matrices between changes of layout; a 1x1 convolution computes the same in the layout that is"
                + " there";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<TensorData> weights = node.is("MatMul") ? graph.constant(node.input(1)) : Optional.empty();
        boolean floats = weights.isPresent()
                && weights.get().element().isFloatingPoint()
                && QuantizedPairs.dequantizer(graph, node.input(0)).isEmpty();
        if (!floats) {
            return false;
        }
        return weights.get().shape().rank() == 2 && between(node, weights.get(), rewrite);
    }

    /** Transpose, MatMul, with or without a sum of constants, Transpose back. */
    private static boolean between(Node node, TensorData weights, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<Node> before = graph.producer(node.input(0)).filter(one -> one.is("Transpose"));
        Optional<Node> next = onlyReader(graph, node.output(0));
        Optional<Node> sum = next.filter(one -> one.is("Add"));
        String bias = "";
        if (sum.isPresent()) {
            bias = sum.get().input(sum.get().input(0).equals(node.output(0)) ? 1 : 0);
            boolean features = graph.constant(bias)
                    .filter(value -> value.shape().rank() == 1
                            && value.elements() == weights.shape().size(1))
                    .isPresent();
            if (!features) {
                return false;
            }
            next = onlyReader(graph, sum.get().output(0));
        }
        Optional<Node> after = next.filter(one -> one.is("Transpose"));
        if (before.isEmpty() || after.isEmpty()) {
            return false;
        }
        Optional<AxisOrder> order =
                AxisOrder.of(before.get(), graph.type(before.get().input(0)));
        Optional<AxisOrder> back =
                AxisOrder.of(after.get(), graph.type(after.get().input(0)));
        int rank = order.map(AxisOrder::rank).orElse(0);
        long[] last = rank == 3 ? new long[] {0, 2, 1} : new long[] {0, 2, 3, 1};
        boolean features = rank >= 3
                && rank <= 4
                && Arrays.equals(order.get().order(), last)
                && back.filter(order.get().inverse()::equals).isPresent();
        Optional<Shape> map = shape(graph, before.get().input(0));
        Optional<Shape> result = shape(graph, after.get().output(0));
        if (!features || map.isEmpty() || result.isEmpty()) {
            return false;
        }
        TensorData kernel = new AxisOrder(new long[] {1, 0}).apply(weights);
        List<Node> made = new ArrayList<>();
        String name = after.get().output(0);
        convolution(node, before.get().input(0), kernel, bias, map.get(), result.get(), name, rewrite, made);
        sum.ifPresent(one -> rewrite.replace(one, List.of()));
        rewrite.replace(after.get(), List.of());
        rewrite.replace(node, made);
        return true;
    }

    /**
     * @param map N x C x L or N x C x H x W; the operand is reshaped to it where it has another shape
     * @param kernel outputs x inputs
     */
    private static void convolution(
            Node node,
            String tensor,
            TensorData kernel,
            String bias,
            Shape map,
            Shape result,
            String output,
            GraphRewrite rewrite,
            List<Node> made) {
        boolean four = map.rank() == 4;
        String operand = tensor;
        if (!four) {
            operand = reshaped(node, tensor, Shape.of(map.size(0), map.size(1), 1, map.size(2)), "", rewrite, made);
        }
        TensorData weights =
                kernel.reshaped(Shape.of(kernel.shape().size(0), kernel.shape().size(1), 1, 1));
        List<String> inputs = new ArrayList<>(List.of(operand, rewrite.constant(node.input(1) + "/kernel", weights)));
        if (!bias.isEmpty()) {
            inputs.add(bias);
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(1, 1));
        String written = four ? output : rewrite.tensor(node.output(0) + "/convolved");
        made.add(new Node(node.name(), "Conv", "", inputs, List.of(written), attributes, node.origin()));
        if (!four) {
            reshaped(node, written, result, output, rewrite, made);
        }
    }

    private static String reshaped(
            Node node, String tensor, Shape shape, String output, GraphRewrite rewrite, List<Node> made) {
        String target =
                rewrite.constant(node.name() + "/shape", TensorData.ofLongs(Shape.of(shape.rank()), shape.toArray()));
        Node view = rewrite.made(node, "reshaped", "Reshape", List.of(tensor, target), output, Map.of());
        made.add(view);
        return view.output(0);
    }
}
