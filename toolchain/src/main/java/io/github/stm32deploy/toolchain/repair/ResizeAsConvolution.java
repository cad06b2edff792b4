// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Resizing by whole factors as a transposed convolution of each channel with itself: a window of ones repeats pixels, a
 * triangle interpolates between them.
 *
 * <p>Interpolation with half-pixel coordinates by a factor f weighs pixels with a triangle over 2f positions (the kernel of
 * Long, Shelhamer and Darrell, CVPR 2015); at the border it reads the outermost pixel twice, which is repeated in front of the
 * convolution by Slice and Concat.
 */
final class ResizeAsConvolution extends NodeRepair {
    private final boolean nearest;

    private ResizeAsConvolution(boolean nearest, String id, String effect, String... answers) {
        super(id, effect, Tolerance.quanta(1), answers);
        this.nearest = nearest;
    }

    /** Interpolation, which runs on the CPU. */
    static ResizeAsConvolution linear() {
        return new ResizeAsConvolution(
                false,
                "resize-linear",
                "Linear resizing by a whole factor becomes a transposed convolution of each channel where that is predicted"
                        + " faster.",
                "OP-RESIZE-LINEAR");
    }

    /** Repetition, which the CPU assists. */
    static ResizeAsConvolution nearest() {
        return new ResizeAsConvolution(
                true,
                "resize-nearest",
                "Nearest resizing by a whole factor becomes a transposed convolution of each channel where that is predicted"
                        + " faster.",
                "OP-RESIZE-NEAREST",
                "OP-RESIZE-NEAREST-OLD");
    }

    /** Reports of compiled networks show nearest resizing; a transposed convolution of that form is predicted only. */
    @Override
    public boolean onRequest() {
        return nearest;
    }

    @Override
    String reason(int places) {
        String what = nearest ? "repeated with the help of the CPU" : "interpolated on the CPU";
        return "pixels are " + what + " in " + count(places, "Resize node")
                + "; a transposed convolution with constant weights makes the same pixels on the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<ResizeForm> form = ResizeForm.of(graph, node);
        if (form.isEmpty() || form.get().factor(0) == 0 || form.get().factor(1) == 0) {
            return false;
        }
        int high = form.get().factor(0);
        int wide = form.get().factor(1);
        if (high * wide == 1 || form.get().isNearest() != nearest) {
            return false;
        }
        if (nearest) {
            return form.get().readsAsymmetric() && repeat(node, high, wide, form.get(), rewrite);
        }
        boolean halves = form.get().mode().equals("linear")
                && (form.get().coordinates().equals("half_pixel")
                        || form.get().coordinates().equals("pytorch_half_pixel"))
                && form.get().in().size(2) > 1
                && form.get().in().size(3) > 1;
        return halves && interpolate(node, high, wide, form.get(), rewrite);
    }

    private static boolean repeat(Node node, int high, int wide, ResizeForm form, GraphRewrite rewrite) {
        float[] ones = new float[high * wide];
        Arrays.fill(ones, 1);
        List<Node> made = new ArrayList<>();
        convolve(node, node.input(0), form, ones, new int[] {high, wide}, new int[] {high, wide}, 0, 0, rewrite, made);
        rewrite.replace(node, made);
        return true;
    }

    private static boolean interpolate(Node node, int high, int wide, ResizeForm form, GraphRewrite rewrite) {
        float[] rows = triangle(high);
        float[] columns = triangle(wide);
        float[] window = new float[rows.length * columns.length];
        for (int row = 0; row < rows.length; row++) {
            for (int column = 0; column < columns.length; column++) {
                window[row * columns.length + column] = rows[row] * columns[column];
            }
        }
        List<Node> made = new ArrayList<>();
        String wider = node.input(0);
        if (high > 1) {
            wider = bordered(node, wider, 2, (int) form.in().size(2), rewrite, made);
        }
        if (wide > 1) {
            wider = bordered(node, wider, 3, (int) form.in().size(3), rewrite, made);
        }
        // One pixel more on each side: f positions that are cut off again, and half of the window.
        convolve(
                node,
                wider,
                form,
                window,
                new int[] {rows.length, columns.length},
                new int[] {high, wide},
                high > 1 ? high + (rows.length - high) / 2 : 0,
                wide > 1 ? wide + (columns.length - wide) / 2 : 0,
                rewrite,
                made);
        rewrite.replace(node, made);
        return true;
    }

    /** Weights of linear interpolation around a pixel, for a whole factor: an even number of positions, or an odd one. */
    private static float[] triangle(int factor) {
        if (factor == 1) {
            return new float[] {1};
        }
        int size = 2 * factor - factor % 2;
        double centre = (size - 1) / 2.0;
        float[] weights = new float[size];
        for (int index = 0; index < size; index++) {
            weights[index] = (float) (1 - Math.abs(index - centre) / factor);
        }
        return weights;
    }

    /** The map with its outermost rows (axis 2) or columns (axis 3) once more on each side. */
    private static String bordered(Node node, String map, int axis, int size, GraphRewrite rewrite, List<Node> made) {
        Node scale = QuantizedPairs.dequantizer(rewrite.graph(), node.input(0)).orElse(null);
        String axes = rewrite.constant(node.name() + "/axis", TensorData.ofLongs(Shape.of(1), axis));
        List<String> parts = new ArrayList<>();
        for (int from : new int[] {0, size - 1}) {
            String start = rewrite.constant(node.name() + "/start", TensorData.ofLongs(Shape.of(1), from));
            String end = rewrite.constant(node.name() + "/end", TensorData.ofLongs(Shape.of(1), from + 1));
            Node slice = rewrite.made(node, "border" + axis, "Slice", List.of(map, start, end, axes), "", Map.of());
            made.add(slice);
            parts.add(paired(slice.output(0), node, scale, rewrite, made));
        }
        Node joined = rewrite.made(
                node,
                "bordered" + axis,
                "Concat",
                List.of(parts.get(0), map, parts.get(1)),
                "",
                Map.of("axis", Attribute.of(axis)));
        made.add(joined);
        return paired(joined.output(0), node, scale, rewrite, made);
    }

    /** Moved values keep their scale. */
    private static String paired(String tensor, Node node, Node scale, GraphRewrite rewrite, List<Node> made) {
        if (scale == null) {
            return tensor;
        }
        List<Node> pair = QuantizedPairs.pair(rewrite, node, scale, tensor, "");
        made.addAll(pair);
        return pair.get(1).output(0);
    }

    private static void convolve(
            Node node,
            String map,
            ResizeForm form,
            float[] window,
            int[] kernel,
            int[] strides,
            int cutRows,
            int cutColumns,
            GraphRewrite rewrite,
            List<Node> made) {
        ModelGraph graph = rewrite.graph();
        int channels = (int) form.in().size(1);
        float[] weights = new float[channels * window.length];
        for (int channel = 0; channel < channels; channel++) {
            System.arraycopy(window, 0, weights, channel * window.length, window.length);
        }
        Node scale = QuantizedPairs.dequantizer(graph, node.input(0)).orElse(null);
        String constant = rewrite.weights(
                node,
                "weights",
                TensorData.ofFloats(Shape.of(channels, 1, kernel[0], kernel[1]), weights),
                scale != null,
                made);
        boolean paired = scale != null && !QuantizedPairs.isQuantized(graph, node.output(0));
        String output = paired ? rewrite.tensor(node.name() + "/resized") : node.output(0);
        made.add(new Node(
                node.name(),
                "ConvTranspose",
                "",
                List.of(map, constant),
                List.of(output),
                Map.of(
                        "kernel_shape", Attribute.ofInts(kernel[0], kernel[1]),
                        "strides", Attribute.ofInts(strides[0], strides[1]),
                        "pads", Attribute.ofInts(cutRows, cutColumns, cutRows, cutColumns),
                        "group", Attribute.of(channels)),
                node.origin()));
        if (paired) {
            made.addAll(QuantizedPairs.pair(rewrite, node, scale, output, node.output(0)));
        }
    }
}
