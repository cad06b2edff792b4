// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
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
 * Means and sums in forms that stay on the NPU: a large pool as a depthwise convolution with equal weights, a mean over a whole map
 * of an awkward size as one over a larger map padded with zeros, a mean or sum along the last axis as a product with a column of
 * equal weights, a mean that is quantized only behind a change of shape as one that is quantized at once.
 */
final class MeanOnNpu extends NodeRepair {
    /** Windows over a whole map of such sizes run on the NPU with every release. */
    private static final List<Integer> SMOOTH = List.of(2, 3, 5);

    MeanOnNpu() {
        super(
                "mean-on-npu",
                "Means over large windows, whole maps or the last axis, sums and norms of rows take a form that runs on the NPU"
                        + " where that is predicted faster.",
                Tolerance.quanta(1),
                "OP-AVERAGEPOOL-WINDOW",
                "OP-GLOBALPOOL-WINDOW",
                "OP-REDUCE-AXES",
                "OP-REDUCESUM",
                "OP-REDUCEL1",
                "OP-REDUCEL2",
                "OP-REDUCESUMSQUARE");
    }

    @Override
    String reason(int places) {
        return count(places, "mean or sum") + (places == 1 ? " runs" : " run")
                + " on the CPU in this form; the NPU has the same one as a convolution, a product or a pool of another size";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        return switch (node.domain().isEmpty() ? node.operator() : "") {
            case "AveragePool" -> pool(node, rewrite);
            case "GlobalAveragePool" -> wholeMap(node, rewrite);
            case "ReduceMean" -> quantizedLate(node, rewrite) || wholeMap(node, rewrite) || lastAxis(node, rewrite);
            case "ReduceSum", "ReduceL1", "ReduceL2", "ReduceSumSquare" -> lastAxis(node, rewrite);
            default -> false;
        };
    }

    /** Every output pixel is the sum of a window times one weight. */
    private static boolean pool(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<Shape> in = shape(graph, node.input(0));
        long[] kernel = node.intsAttribute("kernel_shape").orElse(new long[0]);
        long[] pads = node.intsAttribute("pads").orElse(new long[4]);
        boolean padded = Arrays.stream(pads).anyMatch(pad -> pad != 0);
        boolean plain = in.isPresent()
                && in.get().rank() == 4
                && kernel.length == 2
                && kernel[0] * kernel[1] > 9
                && node.intAttribute("ceil_mode", 0) == 0
                && node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET")
                && all(node.intsAttribute("dilations"))
                && (!padded || node.intAttribute("count_include_pad", 0) != 0);
        if (!plain) {
            return false;
        }
        int channels = (int) in.get().size(1);
        float[] weights = new float[Math.toIntExact(channels * kernel[0] * kernel[1])];
        Arrays.fill(weights, (float) (1.0 / (kernel[0] * kernel[1])));
        List<Node> made = new ArrayList<>();
        boolean quantized = QuantizedPairs.dequantizer(graph, node.input(0)).isPresent();
        String constant = rewrite.weights(
                node,
                "weights",
                TensorData.ofFloats(Shape.of(channels, 1, kernel[0], kernel[1]), weights),
                quantized,
                made);
        made.add(GraphRewrite.turned(
                node,
                "Conv",
                List.of(node.input(0), constant),
                Map.of(
                        "kernel_shape", Attribute.ofInts(kernel),
                        "strides",
                                Attribute.ofInts(node.intsAttribute("strides").orElse(new long[] {1, 1})),
                        "pads", Attribute.ofInts(pads),
                        "group", Attribute.of(channels))));
        rewrite.replace(node, made);
        return true;
    }

    private static boolean all(Optional<long[]> values) {
        return values.isEmpty() || Arrays.stream(values.get()).allMatch(value -> value == 1);
    }

    /** The axes of a reduction, counted from the first; empty where they are computed or all of them. */
    private static Optional<long[]> axes(ModelGraph graph, Node node, int rank) {
        Optional<long[]> stated =
                node.hasInput(1) ? graph.constant(node.input(1)).map(TensorData::toLongs) : node.intsAttribute("axes");
        return stated.filter(axes -> axes.length > 0)
                .map(axes -> Arrays.stream(axes)
                        .map(axis -> axis < 0 ? axis + rank : axis)
                        .sorted()
                        .toArray());
    }

    /** Quantization commutes with a change of shape: the same pair once more, in front of it. */
    private static boolean quantizedLate(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<Node> view = onlyReader(graph, node.output(0))
                .filter(reader -> reader.is("Reshape") || reader.is("Flatten") || reader.is("Squeeze"));
        Optional<Node> quantize = view.flatMap(reader -> onlyReader(graph, reader.output(0)))
                .filter(reader -> reader.is("QuantizeLinear"));
        boolean single = quantize.flatMap(one -> graph.constant(one.input(1)))
                .filter(scale -> scale.elements() == 1)
                .isPresent();
        if (!single || QuantizedPairs.dequantizer(graph, node.input(0)).isEmpty()) {
            return false;
        }
        String mean = rewrite.tensor(node.output(0) + "/mean");
        List<Node> made = new ArrayList<>(List.of(node.withOutputs(List.of(mean))));
        made.addAll(QuantizedPairs.pair(rewrite, node, quantize.get(), mean, node.output(0)));
        rewrite.replace(node, made);
        return true;
    }

    /** Over 7x7: padded with zeros to 8x8, and 64/49 times its mean. */
    private static boolean wholeMap(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<Shape> in = shape(graph, node.input(0));
        boolean maps = in.isPresent()
                && in.get().rank() == 4
                && graph.opset() >= 11
                && graph.type(node.input(0)).orElseThrow().element() == ElementType.FLOAT32
                && (node.is("GlobalAveragePool")
                        || axes(graph, node, 4)
                                .filter(axes -> Arrays.equals(axes, new long[] {2, 3}))
                                .isPresent());
        if (!maps || QuantizedPairs.dequantizer(graph, node.input(0)).isPresent()) {
            return false;
        }
        long rows = smooth(in.get().size(2));
        long columns = smooth(in.get().size(3));
        if (rows == in.get().size(2) && columns == in.get().size(3)) {
            return false;
        }
        String pads = rewrite.constant(
                node.name() + "/pads",
                TensorData.ofLongs(
                        Shape.of(8),
                        0,
                        0,
                        0,
                        0,
                        0,
                        0,
                        rows - in.get().size(2),
                        columns - in.get().size(3)));
        Node pad = rewrite.made(node, "padded", "Pad", List.of(node.input(0), pads), "", Map.of());
        String mean = rewrite.tensor(node.output(0) + "/mean");
        Node pool = node.withInput(0, pad.output(0)).withOutputs(List.of(mean));
        float share =
                (float) ((double) rows * columns / (in.get().size(2) * in.get().size(3)));
        String factor = rewrite.constant(node.name() + "/share", TensorData.ofFloats(Shape.scalar(), share));
        Node scaled = rewrite.made(node, "scaled", "Mul", List.of(mean, factor), node.output(0), Map.of());
        rewrite.replace(node, List.of(pad, pool, scaled));
        return true;
    }

    private static long smooth(long size) {
        for (long larger = size; ; larger++) {
            long rest = larger;
            for (int factor : SMOOTH) {
                while (rest > 1 && rest % factor == 0) {
                    rest /= factor;
                }
            }
            if (rest == 1) {
                return larger;
            }
        }
    }

    /** A product with a column of ones, or of one over the length. */
    private static boolean lastAxis(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<Shape> in = shape(graph, node.input(0));
        Optional<Shape> out = shape(graph, node.output(0));
        boolean row = in.isPresent()
                && out.isPresent()
                && in.get().rank() >= 2
                && in.get().rank() <= 3
                && graph.type(node.input(0)).orElseThrow().element() == ElementType.FLOAT32
                && QuantizedPairs.dequantizer(graph, node.input(0)).isEmpty()
                && axes(graph, node, in.get().rank())
                        .filter(axes -> axes.length == 1 && axes[0] == in.get().rank() - 1)
                        .isPresent();
        if (!row) {
            return false;
        }
        int length = (int) in.get().size(-1);
        float[] column = new float[length];
        Arrays.fill(column, node.is("ReduceMean") ? (float) (1.0 / length) : 1);
        String weights = rewrite.constant(node.name() + "/column", TensorData.ofFloats(Shape.of(length, 1), column));
        List<Node> made = new ArrayList<>();
        String summed = node.input(0);
        if (node.is("ReduceL2") || node.is("ReduceSumSquare")) {
            summed = piece(node, "squared", "Mul", List.of(summed, summed), rewrite, made);
        } else if (node.is("ReduceL1")) {
            summed = piece(node, "absolute", "Abs", List.of(summed), rewrite, made);
        }
        String operator = "MatMul";
        List<String> inputs = List.of(summed, weights);
        if (node.is("ReduceL2")) {
            inputs = List.of(piece(node, "summed", operator, inputs, rewrite, made));
            operator = "Sqrt";
        }
        if (out.get().rank() != in.get().rank()) {
            String product = piece(node, "product", operator, inputs, rewrite, made);
            String target = rewrite.constant(
                    node.name() + "/shape",
                    TensorData.ofLongs(Shape.of(out.get().rank()), out.get().toArray()));
            operator = "Reshape";
            inputs = List.of(product, target);
        }
        made.add(GraphRewrite.turned(node, operator, inputs, Map.of()));
        rewrite.replace(node, made);
        return true;
    }

    private static String piece(
            Node node, String suffix, String operator, List<String> inputs, GraphRewrite rewrite, List<Node> made) {
        Node piece = rewrite.made(node, suffix, operator, inputs, "", Map.of());
        made.add(piece);
        return piece.output(0);
    }
}
