// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A map that is transposed, flattened and multiplied with a constant matrix: the rows of the matrix are put into the order of the
 * map instead. The same products, summed up in another order.
 */
final class FlattenOrder extends NodeRepair {
    FlattenOrder() {
        super(
                "flatten-order",
                "A Transpose in front of a flattened map and a constant matrix goes into the rows of the matrix.",
                Tolerance.quanta(1),
                "LAYOUT-TRANSPOSES",
                "OP-TRANSPOSE-ORDER");
    }

    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "map") + (places == 1 ? " is" : " are")
                + " copied into another order only to be flattened; the weights behind can have the order instead";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        if (!node.is("Transpose") || graph.isOutput(node.output(0))) {
            return false;
        }
        Optional<Shape> in = shape(graph, node.input(0));
        Optional<AxisOrder> order = AxisOrder.of(node, graph.type(node.input(0)));
        Node scale = QuantizedPairs.dequantizer(graph, node.input(0)).orElse(null);
        // A transpose of the codes is followed by the DequantizeLinear.
        String moved = QuantizedPairs.behind(graph, node.output(0), scale);
        Optional<Node> next = onlyReader(graph, moved);
        if (scale == null) {
            Optional<Node> dequantize = next.filter(one -> one.is("DequantizeLinear"));
            if (dequantize.isPresent()) {
                moved = dequantize.get().output(0);
                scale = dequantize.get();
                moved = QuantizedPairs.behind(graph, moved, scale);
                next = onlyReader(graph, moved);
            }
        }
        Optional<Node> flatten = next.filter(one -> one.is("Reshape") || one.is("Flatten"));
        Optional<Shape> flat = flatten.flatMap(one -> shape(graph, one.output(0)));
        boolean row = in.isPresent()
                && order.isPresent()
                && order.get().order()[0] == 0
                && in.get().size(0) == 1
                && flat.isPresent()
                && flat.get().rank() == 2
                && flat.get().size(0) == 1;
        if (!row) {
            return false;
        }
        String features = QuantizedPairs.behind(graph, flatten.get().output(0), scale);
        Optional<Node> product = onlyReader(graph, features)
                .filter(one -> one.is("MatMul") || one.is("Gemm"))
                .filter(one -> one.input(0).equals(features) && one.intAttribute("transA", 0) == 0);
        if (product.isEmpty()) {
            return false;
        }
        boolean turned = product.get().is("Gemm") && product.get().intAttribute("transB", 0) != 0;
        List<Node> made = new ArrayList<>();
        Optional<String> weights =
                weights(product.get(), turned, order.get(), order.get().apply(in.get()), rewrite, made);
        if (weights.isEmpty()) {
            return false;
        }
        made.add(product.get().withInput(1, weights.get()));
        rewrite.replace(product.get(), made);
        rewrite.replace(node, List.of());
        rewrite.redirect(node.output(0), node.input(0));
        for (String tensor = node.output(0); !tensor.equals(moved); ) {
            tensor = graph.consumers(tensor).get(0).output(0);
            rewrite.forget(tensor);
        }
        return true;
    }

    private static Optional<String> weights(
            Node product, boolean turned, AxisOrder order, Shape flattened, GraphRewrite rewrite, List<Node> made) {
        ModelGraph graph = rewrite.graph();
        String tensor = product.input(1);
        if (graph.isConstant(tensor)) {
            return reordered(graph.constant(tensor).orElseThrow(), turned, order, flattened)
                    .map(value -> rewrite.constant(tensor + "/ordered", value));
        }
        Node scale =
                graph.producer(tensor).filter(one -> one.is("DequantizeLinear")).orElse(null);
        if (scale == null) {
            return Optional.empty();
        }
        // Scales of each output stay where they are; those of each input would move.
        long axis = scale.intAttribute("axis", 1);
        boolean outputs = graph.constant(scale.input(1))
                .filter(step -> step.elements() == 1 || (axis < 0 ? axis + 2 : axis) == (turned ? 0 : 1))
                .isPresent();
        Optional<TensorData> codes = graph.constant(scale.input(0)).filter(value -> outputs);
        return codes.flatMap(value -> reordered(value, turned, order, flattened))
                .map(value -> {
                    List<String> inputs = new ArrayList<>(scale.inputs());
                    inputs.set(0, rewrite.constant(scale.input(0) + "/ordered", value));
                    Node copy = rewrite.made(scale, "ordered", "DequantizeLinear", inputs, "", scale.attributes());
                    made.add(copy);
                    return copy.output(0);
                });
    }

    /** Row i of the new matrix is the row that the transposed map had element i at. */
    private static Optional<TensorData> reordered(
            TensorData weights, boolean turned, AxisOrder order, Shape flattened) {
        boolean matrix = weights.shape().rank() == 2
                && weights.element().bits() >= 8
                && weights.shape().size(turned ? 1 : 0) == flattened.elements();
        if (!matrix) {
            return Optional.empty();
        }
        AxisOrder back = order.inverse();
        int rank = flattened.rank();
        long[] sizes = new long[rank + 1];
        long[] whole = new long[rank + 1];
        int outputs = turned ? 0 : rank;
        sizes[outputs] = weights.shape().size(turned ? 0 : 1);
        whole[outputs] = outputs;
        for (int axis = 0; axis < rank; axis++) {
            int to = turned ? axis + 1 : axis;
            sizes[to] = flattened.size(axis);
            whole[to] = back.order()[axis] + (turned ? 1 : 0);
        }
        return Optional.of(
                new AxisOrder(whole).apply(weights.reshaped(Shape.of(sizes))).reshaped(weights.shape()));
    }
}
