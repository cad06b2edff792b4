// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A convolution with a window larger than the NPU's as the sum of convolutions with parts of the window, each over the map shifted
 * by the place of its part: convolution is linear in its weights.
 *
 * <p>Of float graphs only, and only when it is asked for: behind {@code quantize} every partial sum is rounded to int8. The
 * vendor's compiler decomposes such windows itself, with sums of more bits; this is for releases on which that stalls.
 */
final class SplitLargeKernels extends NodeRepair {
    private static final int NATIVE_ROWS = 3;
    private static final int NATIVE_COLUMNS = 6;
    private static final int NATIVE_COLUMNS_STRIDED = 12;

    SplitLargeKernels() {
        super(
                "split-large-kernels",
                "A convolution with a window beyond the NPU's becomes a sum of convolutions with parts of the window.",
                Tolerance.ROUNDING,
                "NPU-LARGE-KERNEL");
    }

    @Override
    public boolean onRequest() {
        return true;
    }

    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "convolution") + (places == 1 ? " has" : " have")
                + " a window more than 3 high or 6 wide (12 with strides); parts of it fit, and their sum is the same";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<TensorData> weights = node.is("Conv") ? graph.constant(node.input(1)) : Optional.empty();
        Optional<Shape> in = shape(graph, node.input(0));
        Optional<Shape> out = shape(graph, node.output(0));
        boolean plain = weights.isPresent()
                && weights.get().element() == ElementType.FLOAT32
                && weights.get().shape().rank() == 4
                && in.isPresent()
                && out.isPresent()
                && graph.opset() >= 11
                && node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET")
                && node.intsAttribute("dilations")
                        .filter(one -> one[0] * one[1] != 1)
                        .isEmpty();
        if (!plain) {
            return false;
        }
        long[] strides = node.intsAttribute("strides").orElse(new long[] {1, 1});
        int rows = (int) weights.get().shape().size(2);
        int columns = (int) weights.get().shape().size(3);
        int widest = strides[1] >= 2 ? NATIVE_COLUMNS_STRIDED : NATIVE_COLUMNS;
        boolean fits = rows <= NATIVE_ROWS && columns <= widest;
        if (fits || rows * columns == in.get().size(2) * in.get().size(3) || PlacedCost.isQuantized(graph)) {
            return false;
        }
        List<Node> made = new ArrayList<>();
        String padded = padded(node, rewrite, made);
        long high = in.get().size(2) + pads(node)[0] + pads(node)[2];
        long wide = in.get().size(3) + pads(node)[1] + pads(node)[3];
        String sum = "";
        for (int row = 0; row < rows; row += NATIVE_ROWS) {
            int height = Math.min(NATIVE_ROWS, rows - row);
            for (int column = 0; column < columns; column += widest) {
                int width = Math.min(widest, columns - column);
                // Pads of a negative size would cut; the shifted map is cut by Slice instead.
                long bottom = row + (out.get().size(2) - 1) * strides[0] + height;
                long right = column + (out.get().size(3) - 1) * strides[1] + width;
                String shifted = cut(
                        node,
                        padded,
                        new long[] {row, column},
                        new long[] {bottom, right},
                        new long[] {high, wide},
                        rewrite,
                        made);
                boolean last = row + height == rows && column + width == columns;
                Node part = part(
                        node,
                        shifted,
                        weights.get(),
                        new int[] {row, height, column, width},
                        strides,
                        sum.isEmpty(),
                        rewrite);
                made.add(part);
                if (sum.isEmpty()) {
                    sum = part.output(0);
                } else if (last) {
                    made.add(GraphRewrite.turned(node, "Add", List.of(sum, part.output(0)), Map.of()));
                } else {
                    Node both = rewrite.made(node, "sum", "Add", List.of(sum, part.output(0)), "", Map.of());
                    made.add(both);
                    sum = both.output(0);
                }
            }
        }
        rewrite.replace(node, made);
        return true;
    }

    private static long[] pads(Node node) {
        return node.intsAttribute("pads").orElse(new long[4]);
    }

    private static String padded(Node node, GraphRewrite rewrite, List<Node> made) {
        long[] pads = pads(node);
        if (pads[0] + pads[1] + pads[2] + pads[3] == 0) {
            return node.input(0);
        }
        String sizes = rewrite.constant(
                node.name() + "/pads", TensorData.ofLongs(Shape.of(8), 0, 0, pads[0], pads[1], 0, 0, pads[2], pads[3]));
        Node pad = rewrite.made(node, "padded", "Pad", List.of(node.input(0), sizes), "", Map.of());
        made.add(pad);
        return pad.output(0);
    }

    private static String cut(
            Node node, String map, long[] from, long[] to, long[] whole, GraphRewrite rewrite, List<Node> made) {
        if (from[0] == 0 && from[1] == 0 && to[0] == whole[0] && to[1] == whole[1]) {
            return map;
        }
        Node slice = rewrite.made(
                node,
                "shifted",
                "Slice",
                List.of(
                        map,
                        rewrite.constant(node.name() + "/from", TensorData.ofLongs(Shape.of(2), from)),
                        rewrite.constant(node.name() + "/to", TensorData.ofLongs(Shape.of(2), to)),
                        rewrite.constant(node.name() + "/axes", TensorData.ofLongs(Shape.of(2), 2, 3))),
                "",
                Map.of());
        made.add(slice);
        return slice.output(0);
    }

    private static Node part(
            Node node,
            String map,
            TensorData weights,
            int[] window,
            long[] strides,
            boolean first,
            GraphRewrite rewrite) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(window[1], window[3]));
        attributes.put("strides", Attribute.ofInts(strides));
        attributes.put("group", Attribute.of(node.intAttribute("group", 1)));
        List<String> inputs =
                new ArrayList<>(List.of(map, rewrite.constant(node.input(1) + "/part", part(weights, window))));
        // The bias once.
        if (first && node.hasInput(2)) {
            inputs.add(node.input(2));
        }
        return rewrite.made(node, "part", "Conv", inputs, "", attributes);
    }

    private static TensorData part(TensorData weights, int[] window) {
        Shape shape = weights.shape();
        Shape small = Shape.of(shape.size(0), shape.size(1), window[1], window[3]);
        ByteBuffer values =
                ByteBuffer.allocate(Math.toIntExact(small.elements() * 4)).order(ByteOrder.LITTLE_ENDIAN);
        int planes = Math.toIntExact(shape.size(0) * shape.size(1));
        int rows = (int) shape.size(2);
        int columns = (int) shape.size(3);
        for (int plane = 0; plane < planes; plane++) {
            for (int row = window[0]; row < window[0] + window[1]; row++) {
                for (int column = window[2]; column < window[2] + window[3]; column++) {
                    values.putFloat(weights.floatAt((plane * rows + row) * columns + column));
                }
            }
        }
        return TensorData.of(new TensorType(ElementType.FLOAT32, small), values.flip());
    }
}
