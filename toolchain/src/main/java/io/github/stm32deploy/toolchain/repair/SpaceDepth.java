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
 * Blocks of pixels as channels and back (DepthToSpace in both modes, SpaceToDepth, both as Reshape and Transpose of six
 * dimensions, the four slices and Concat of YOLOv5's Focus) as convolutions with weights of 0 and 1 and the block as stride: each sum has one term, so no value changes. Orders of channels as
 * in the ONNX operator specification (DepthToSpace-13: DCR, CRD).
 */
final class SpaceDepth extends NodeRepair {
    SpaceDepth() {
        super(
                "space-depth",
                "DepthToSpace, SpaceToDepth and Focus slices become convolutions with weights of 0 and 1 where that is predicted"
                        + " faster.",
                Tolerance.EXACT,
                "OP-DEPTHTOSPACE-MODE",
                "OP-DEPTHTOSPACE-STREAMS",
                "OP-SPACETODEPTH");
    }

    @Override
    String reason(int places) {
        return count(places, "exchange") + " of pixels and channels " + (places == 1 ? "needs" : "need")
                + " the CPU or is refused; a convolution with one weight of 1 for each channel does the same on the NPU";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        return switch (node.domain().isEmpty() ? node.operator() : "") {
            case "DepthToSpace" -> toSpace(node, rewrite);
            case "SpaceToDepth" -> toDepth(node, rewrite);
            case "Concat" -> focus(node, rewrite);
            case "Transpose" -> shuffle(node, rewrite);
            default -> false;
        };
    }

    private static boolean toSpace(Node node, GraphRewrite rewrite) {
        Optional<Shape> in = shape(rewrite.graph(), node.input(0)).filter(shape -> shape.rank() == 4);
        int block = (int) node.intAttribute("blocksize", 0);
        if (in.isEmpty() || block < 2) {
            return false;
        }
        int channels = (int) in.get().size(1);
        int left = channels / (block * block);
        boolean columnsFirst = node.stringAttribute("mode", "DCR").equals("DCR");
        float[] weights = new float[channels * left * block * block];
        for (int channel = 0; channel < left; channel++) {
            for (int row = 0; row < block; row++) {
                for (int column = 0; column < block; column++) {
                    int place = row * block + column;
                    int from = columnsFirst ? place * left + channel : channel * block * block + place;
                    weights[((from * left + channel) * block + row) * block + column] = 1;
                }
            }
        }
        return convolve(node, "ConvTranspose", node.input(0), Shape.of(channels, left, block, block), weights, rewrite);
    }

    private static boolean toDepth(Node node, GraphRewrite rewrite) {
        Optional<Shape> in = shape(rewrite.graph(), node.input(0)).filter(shape -> shape.rank() == 4);
        int block = (int) node.intAttribute("blocksize", 0);
        if (in.isEmpty() || block < 2) {
            return false;
        }
        int[][] places = new int[block * block][];
        for (int place = 0; place < places.length; place++) {
            places[place] = new int[] {place / block, place % block};
        }
        return gather(node, node.input(0), (int) in.get().size(1), block, places, rewrite);
    }

    /** Output block {@code k} of channels is the pixel at {@code places[k]} of every block of pixels. */
    private static boolean gather(
            Node node, String map, int channels, int block, int[][] places, GraphRewrite rewrite) {
        float[] weights = new float[places.length * channels * channels * block * block];
        for (int place = 0; place < places.length; place++) {
            for (int channel = 0; channel < channels; channel++) {
                int to = place * channels + channel;
                weights[((to * channels + channel) * block + places[place][0]) * block + places[place][1]] = 1;
            }
        }
        Shape shape = Shape.of((long) places.length * channels, channels, block, block);
        return convolve(node, "Conv", map, shape, weights, rewrite);
    }

    /** Reshape to six dimensions, Transpose, Reshape: how frameworks export pixel shuffles. */
    private static boolean shuffle(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        long[] order = node.intsAttribute("perm").orElse(new long[0]);
        Optional<Node> apart = graph.producer(node.input(0)).filter(one -> one.is("Reshape"));
        Optional<Node> joined = onlyReader(graph, node.output(0)).filter(one -> one.is("Reshape"));
        Optional<Shape> six = shape(graph, node.input(0));
        boolean views = order.length == 6
                && six.isPresent()
                && apart.isPresent()
                && joined.isPresent()
                && onlyReader(graph, node.input(0)).isPresent();
        if (!views) {
            return false;
        }
        String map = apart.get().input(0);
        Optional<Shape> in = shape(graph, map).filter(shape -> shape.rank() == 4 && shape.size(0) == 1);
        Optional<Shape> out = shape(graph, joined.get().output(0)).filter(shape -> shape.rank() == 4);
        if (in.isEmpty() || out.isEmpty()) {
            return false;
        }
        boolean columnsFirst = Arrays.equals(order, new long[] {0, 3, 4, 1, 5, 2});
        boolean channelsFirst = Arrays.equals(order, new long[] {0, 1, 4, 2, 5, 3});
        boolean back = Arrays.equals(order, new long[] {0, 3, 5, 1, 2, 4});
        long block = six.get().size(columnsFirst ? 1 : channelsFirst ? 2 : 3);
        long[] wanted = columnsFirst
                ? new long[] {
                    1,
                    block,
                    block,
                    in.get().size(1) / (block * block),
                    in.get().size(2),
                    in.get().size(3)
                }
                : channelsFirst
                        ? new long[] {
                            1,
                            in.get().size(1) / (block * block),
                            block,
                            block,
                            in.get().size(2),
                            in.get().size(3)
                        }
                        : new long[] {
                            1,
                            in.get().size(1),
                            in.get().size(2) / block,
                            block,
                            in.get().size(3) / block,
                            block
                        };
        boolean toSpace = columnsFirst || channelsFirst;
        long scale = block * block;
        Shape result = toSpace
                ? Shape.of(
                        1,
                        in.get().size(1) / scale,
                        in.get().size(2) * block,
                        in.get().size(3) * block)
                : Shape.of(
                        1,
                        in.get().size(1) * scale,
                        in.get().size(2) / block,
                        in.get().size(3) / block);
        if (!toSpace && !back || block < 2 || !Shape.of(wanted).equals(six.get()) || !result.equals(out.get())) {
            return false;
        }
        Node whole = new Node(
                node.name(),
                toSpace ? "DepthToSpace" : "SpaceToDepth",
                "",
                List.of(map),
                joined.get().outputs(),
                Map.of(
                        "blocksize", Attribute.of(block),
                        "mode", Attribute.of(channelsFirst ? "CRD" : "DCR")),
                node.origin());
        boolean done = toSpace ? toSpace(whole, rewrite) : toDepth(whole, rewrite);
        if (done) {
            rewrite.replace(joined.get(), List.of());
        }
        return done;
    }

    private static boolean convolve(
            Node node, String operator, String map, Shape shape, float[] weights, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Node scale = QuantizedPairs.dequantizer(graph, map).orElse(null);
        List<Node> made = new ArrayList<>();
        String constant = rewrite.weights(node, "weights", TensorData.ofFloats(shape, weights), scale != null, made);
        boolean paired = scale != null && !QuantizedPairs.isQuantized(graph, node.output(0));
        String output = paired ? rewrite.tensor(node.name() + "/moved") : node.output(0);
        made.add(new Node(
                node.name(),
                operator,
                "",
                List.of(map, constant),
                List.of(output),
                Map.of(
                        "kernel_shape", Attribute.ofInts(shape.size(2), shape.size(3)),
                        "strides", Attribute.ofInts(shape.size(2), shape.size(3))),
                node.origin()));
        if (paired) {
            made.addAll(QuantizedPairs.pair(rewrite, node, scale, output, node.output(0)));
        }
        rewrite.replace(node, made);
        return true;
    }

    /** Every second row and column, from 0 and from 1, joined along the channels. */
    private static boolean focus(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        long axis = node.intAttribute("axis", 0);
        if (node.inputs().size() != 4 || axis != 1 && axis != -3) {
            return false;
        }
        String map = "";
        int[][] places = new int[4][];
        for (int part = 0; part < 4; part++) {
            int[] place = {-1, -1};
            String tensor = node.input(part);
            // One Slice of both axes, or one behind the other; rounded to the same codes between.
            for (int steps = 0; steps < 2; steps++) {
                tensor = unpaired(graph, tensor);
                Optional<Node> slice = graph.producer(tensor).filter(one -> one.is("Slice"));
                if (slice.isEmpty() || !steps(graph, slice.get(), place)) {
                    break;
                }
                tensor = slice.get().input(0);
            }
            tensor = place[0] < 0 || place[1] < 0 ? "" : tensor;
            if (tensor.isEmpty() || part > 0 && !tensor.equals(map)) {
                return false;
            }
            map = tensor;
            places[part] = place;
        }
        Optional<Shape> in = shape(graph, map).filter(shape -> shape.rank() == 4);
        boolean even = in.isPresent() && in.get().size(2) % 2 == 0 && in.get().size(3) % 2 == 0;
        return even && gather(node, map, (int) in.get().size(1), 2, places, rewrite);
    }

    /** The tensor in front of a pair that rounds values to the codes that they have. */
    private static String unpaired(ModelGraph graph, String tensor) {
        Optional<Node> dequantize = QuantizedPairs.dequantizer(graph, tensor);
        Optional<Node> slice = dequantize
                .flatMap(node -> graph.producer(node.input(0)))
                .filter(node -> node.is("QuantizeLinear"))
                .flatMap(node -> graph.producer(node.input(0)))
                .filter(node -> node.is("Slice"));
        Optional<Node> source = slice.flatMap(node -> QuantizedPairs.dequantizer(graph, node.input(0)));
        boolean same = source.isPresent() && QuantizedPairs.sameParameters(graph, source.get(), dequantize.get());
        return same ? slice.get().output(0) : tensor;
    }

    /** Notes where a Slice with step 2 along height or width starts; false where it does anything else. */
    private static boolean steps(ModelGraph graph, Node slice, int[] place) {
        Optional<TensorData> starts = graph.constant(slice.input(1));
        Optional<TensorData> ends = graph.constant(slice.input(2));
        Optional<TensorData> axes = graph.constant(slice.input(3));
        Optional<TensorData> steps = graph.constant(slice.input(4));
        Optional<Shape> in = shape(graph, slice.input(0));
        if (starts.isEmpty() || ends.isEmpty() || axes.isEmpty() || steps.isEmpty() || in.isEmpty()) {
            return false;
        }
        for (int index = 0; index < starts.get().elements(); index++) {
            long axis = axes.get().integerAt(index);
            axis = axis < 0 ? axis + in.get().rank() : axis;
            long start = starts.get().integerAt(index);
            boolean every = (axis == 2 || axis == 3)
                    && steps.get().integerAt(index) == 2
                    && (start == 0 || start == 1)
                    && ends.get().integerAt(index) >= in.get().size((int) axis)
                    && place[(int) axis - 2] < 0;
            if (!every) {
                return false;
            }
            place[(int) axis - 2] = (int) start;
        }
        return true;
    }
}
