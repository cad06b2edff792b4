// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Linear resizing by any factor with any coordinates as two products with constant matrices: every row of the result is a sum of
 * two rows of the operand with fixed weights, and every column as well (ONNX operator specification, Resize-19, mode linear).
 *
 * <p>A product over rows is a 1x1 convolution where rows are the channels. Three times the same change of layout, from channels
 * first to channels last, brings rows, then columns, then channels to that axis: N x C x H x W to N x H x W x C, to
 * N x W x C x H, and back.
 */
final class ResizeAsProducts extends NodeRepair {
    private static final int HEIGHT = 0;
    private static final int WIDTH = 1;

    ResizeAsProducts() {
        super(
                "resize-products",
                "Linear resizing by other factors, or between aligned corners, becomes 1x1 convolutions over rows and over columns"
                        + " where that is predicted faster.",
                // Two more roundings, and weights in steps of 1/127.
                Tolerance.quanta(3),
                "OP-RESIZE-LINEAR");
    }

    @Override
    String reason(int places) {
        return "pixels are interpolated on the CPU in " + count(places, "Resize node")
                + "; 1x1 convolutions with constant weights, over rows and over columns, make the same pixels on the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<ResizeForm> form = ResizeForm.of(graph, node);
        boolean plain = form.isPresent()
                && form.get().mode().equals("linear")
                && form.get().in().size(0) == 1
                && node.intAttribute("exclude_outside", 0) == 0
                && !Double.isNaN(form.get().source(HEIGHT, 0))
                && !(form.get().in().equals(form.get().out()));
        if (!plain) {
            return false;
        }
        new Products(node, form.get(), rewrite).write();
        return true;
    }

    /** Weights of the pixels along an axis, output x input; pixels beyond the border are those at the border. */
    static float[] weights(ResizeForm form, int axis) {
        int from = Math.toIntExact(form.in().size(axis + 2));
        int to = Math.toIntExact(form.out().size(axis + 2));
        float[] weights = new float[to * from];
        for (int index = 0; index < to; index++) {
            double at = Math.max(0, Math.min(from - 1.0, form.source(axis, index)));
            int low = (int) Math.floor(at);
            weights[index * from + low] += (float) (1 - (at - low));
            weights[index * from + Math.min(low + 1, from - 1)] += (float) (at - low);
        }
        return weights;
    }

    /** The nodes of one place. */
    private static final class Products {
        private final Node node;
        private final ResizeForm form;
        private final GraphRewrite rewrite;
        private final Node scale;
        private final List<Node> made = new ArrayList<>();

        Products(Node node, ResizeForm form, GraphRewrite rewrite) {
            this.node = node;
            this.form = form;
            this.rewrite = rewrite;
            this.scale =
                    QuantizedPairs.dequantizer(rewrite.graph(), node.input(0)).orElse(null);
        }

        void write() {
            boolean rows = form.in().size(2) != form.out().size(2);
            boolean columns = form.in().size(3) != form.out().size(3);
            String tensor = node.input(0);
            if (rows) {
                tensor = product(transposed(tensor, 0, 2, 3, 1), HEIGHT, !columns);
            }
            if (columns) {
                tensor = product(rows ? transposed(tensor, 0, 2, 3, 1) : transposed(tensor, 0, 3, 1, 2), WIDTH, true);
            }
            last(tensor, columns ? new int[] {0, 2, 3, 1} : new int[] {0, 3, 1, 2});
            rewrite.replace(node, made);
        }

        private String transposed(String tensor, int... order) {
            Node moved = rewrite.made(
                    node,
                    "transposed",
                    "Transpose",
                    List.of(tensor),
                    "",
                    Map.of("perm", Attribute.ofInts(order[0], order[1], order[2], order[3])));
            made.add(moved);
            return paired(moved.output(0));
        }

        /**
         * @param named whether this is the node that keeps the name
         */
        private String product(String tensor, int axis, boolean named) {
            int from = Math.toIntExact(form.in().size(axis + 2));
            int to = Math.toIntExact(form.out().size(axis + 2));
            String weights = rewrite.weights(
                    node,
                    axis == HEIGHT ? "rows" : "columns",
                    TensorData.ofFloats(Shape.of(to, from, 1, 1), ResizeAsProducts.weights(form, axis)),
                    scale != null,
                    made);
            Map<String, Attribute> attributes = Map.of("kernel_shape", Attribute.ofInts(1, 1));
            String output = rewrite.tensor(node.name() + "/resized");
            Node product = named
                    ? new Node(
                            node.name(),
                            "Conv",
                            "",
                            List.of(tensor, weights),
                            List.of(output),
                            attributes,
                            node.origin())
                    : rewrite.made(node, "rows", "Conv", List.of(tensor, weights), output, attributes);
            made.add(product);
            return paired(product.output(0));
        }

        /** Interpolated values lie between those of the operand: its scale holds them. */
        private String paired(String tensor) {
            if (scale == null) {
                return tensor;
            }
            List<Node> pair = QuantizedPairs.pair(rewrite, node, scale, tensor, "");
            made.addAll(pair);
            return pair.get(1).output(0);
        }

        private void last(String tensor, int[] order) {
            boolean paired = scale != null && !QuantizedPairs.isQuantized(rewrite.graph(), node.output(0));
            Node back = rewrite.made(
                    node,
                    "transposed",
                    "Transpose",
                    List.of(tensor),
                    paired ? "" : node.output(0),
                    Map.of("perm", Attribute.ofInts(order[0], order[1], order[2], order[3])));
            made.add(back);
            if (paired) {
                made.addAll(QuantizedPairs.pair(rewrite, node, scale, back.output(0), node.output(0)));
            }
        }
    }
}
