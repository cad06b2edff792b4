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

/**
 * A dilated convolution as TensorFlow exports it: SPACE_TO_BATCH_ND takes every b-th pixel into images of their own, an
 * undilated convolution runs on all of them, BATCH_TO_SPACE_ND puts them together. One Conv with dilation b does the same
 * (TensorFlow, tf.nn.convolution: "atrous convolution ... equivalent").
 */
final class SpaceToBatch extends NodeRepair {
    private static final long[] TO_LAST = {0, 2, 3, 1};
    private static final long[] TO_FIRST = {0, 3, 1, 2};
    private static final long[] APART = {2, 4, 0, 1, 3, 5};
    private static final long[] TOGETHER = {2, 3, 0, 4, 1, 5};

    SpaceToBatch() {
        super(
                "space-to-batch",
                "A convolution between SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND becomes a dilated one.",
                Tolerance.quanta(1),
                "TFL-SPACE-TO-BATCH-ND",
                "TFL-BATCH-TO-SPACE-ND",
                "OP-TRANSPOSE-BATCH",
                "SHAPE-RANK-OVER-4");
    }

    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        return count(places, "convolution")
                + " over interleaved images is a dilated convolution; moving pixels into a batch and back is refused or copied";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        boolean plain = node.is("Conv")
                && all(node.intsAttribute("strides"), 1)
                && all(node.intsAttribute("dilations"), 1)
                && all(node.intsAttribute("pads"), 0);
        if (!plain) {
            return false;
        }
        Optional<Path> before = before(graph, node.input(0));
        Optional<Path> after = before.flatMap(path -> after(graph, node.output(0), path));
        if (after.isEmpty()) {
            return false;
        }
        Shape map = shape(graph, before.get().tensor()).orElseThrow();
        Shape result = shape(graph, after.get().tensor()).orElseThrow();
        Shape weights = shape(graph, node.input(1)).orElse(Shape.scalar());
        if (weights.rank() != 4) {
            return false;
        }
        // Both are N x H x W x C here. Rows cut off in front are rows of padding that nothing reads.
        long[] pads = new long[4];
        for (int axis = 0; axis < 2; axis++) {
            long reach = before.get().block()[axis] * (weights.size(axis + 2) - 1);
            pads[axis] = before.get().first()[axis] - after.get().first()[axis];
            pads[axis + 2] = result.size(axis + 1) + reach - map.size(axis + 1) - pads[axis];
            if (pads[axis] < 0 || pads[axis + 2] < 0) {
                return false;
            }
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
        attributes.put("pads", Attribute.ofInts(pads));
        attributes.put("dilations", Attribute.ofInts(before.get().block()));
        attributes.remove("auto_pad");
        Node first = before.get().layout();
        Node in = copy(rewrite, first, List.of(before.get().tensor()), "");
        String entering = in.output(0);
        List<Node> made = new ArrayList<>(List.of(in));
        if (before.get().scale() != null) {
            Node scale = rewrite.made(
                    before.get().scale(),
                    "joined",
                    "DequantizeLinear",
                    with(before.get().scale().inputs(), entering),
                    "",
                    before.get().scale().attributes());
            made.add(scale);
            entering = scale.output(0);
        }
        String leaving = rewrite.tensor(node.output(0) + "/joined");
        made.add(new Node(
                node.name(), "Conv", "", with(node.inputs(), entering), List.of(leaving), attributes, node.origin()));
        String last = leaving;
        if (after.get().scale() != null) {
            Node scale = rewrite.made(
                    after.get().scale(),
                    "joined",
                    "QuantizeLinear",
                    with(after.get().scale().inputs(), leaving),
                    "",
                    after.get().scale().attributes());
            made.add(scale);
            last = scale.output(0);
        }
        made.add(copy(rewrite, after.get().layout(), List.of(last), after.get().tensor()));
        rewrite.replace(node, made);
        rewrite.replace(after.get().end(), List.of());
        return true;
    }

    private static List<String> with(List<String> inputs, String first) {
        List<String> changed = new ArrayList<>(inputs);
        changed.set(0, first);
        return changed;
    }

    /** A layout move keeps the origin of the one that it takes the place of: its kind decides how the graph is read. */
    private static Node copy(GraphRewrite rewrite, Node layout, List<String> inputs, String output) {
        String name = rewrite.node(layout.name() + "/joined");
        return new Node(
                name,
                "Transpose",
                "",
                inputs,
                List.of(output.isEmpty() ? rewrite.tensor(name) : output),
                layout.attributes(),
                layout.origin());
    }

    /**
     * One side of the convolution.
     *
     * @param tensor N x H x W x C, outside of the pattern
     * @param layout the Transpose next to the convolution
     * @param scale DequantizeLinear or QuantizeLinear next to the convolution, null where there is none
     * @param block rows and columns between pixels of one image
     * @param first padding in front, or what is cut off in front
     * @param end the last node of the pattern on this side
     */
    private record Path(String tensor, Node layout, Node scale, long[] block, long[] first, Node end) {}

    private static Optional<Path> before(ModelGraph graph, String tensor) {
        Optional<Node> scale = graph.producer(tensor).filter(node -> node.is("DequantizeLinear"));
        String moved = scale.map(node -> node.input(0)).orElse(tensor);
        Optional<Node> layout = transpose(graph.producer(moved), TO_FIRST);
        Optional<Node> joined =
                layout.flatMap(node -> graph.producer(node.input(0))).filter(node -> node.is("Reshape"));
        Optional<Node> apart = transpose(joined.flatMap(node -> graph.producer(node.input(0))), APART);
        Optional<Node> blocks =
                apart.flatMap(node -> graph.producer(node.input(0))).filter(node -> node.is("Reshape"));
        Optional<Shape> six = blocks.flatMap(node -> shape(graph, node.output(0)));
        if (six.isEmpty() || six.get().rank() != 6) {
            return Optional.empty();
        }
        long[] block = {six.get().size(2), six.get().size(4)};
        Node end = blocks.get();
        Optional<Node> pad = graph.producer(end.input(0)).filter(node -> node.is("Pad"));
        if (pad.isEmpty()) {
            return Optional.of(new Path(end.input(0), layout.get(), scale.orElse(null), block, new long[2], end));
        }
        Optional<TensorData> pads = graph.constant(pad.get().input(1));
        boolean known = pads.isPresent()
                && pads.get().elements() == 8
                && pad.get().stringAttribute("mode", "constant").equals("constant")
                && zeros(graph, pad.get(), scale.orElse(null))
                && pads.get().integerAt(0)
                                + pads.get().integerAt(4)
                                + pads.get().integerAt(3)
                                + pads.get().integerAt(7)
                        == 0;
        return known
                ? Optional.of(new Path(
                        pad.get().input(0),
                        layout.get(),
                        scale.orElse(null),
                        block,
                        new long[] {pads.get().integerAt(1), pads.get().integerAt(2)},
                        pad.get()))
                : Optional.empty();
    }

    /** True where what is padded with stands for 0. */
    private static boolean zeros(ModelGraph graph, Node pad, Node scale) {
        double value = pad.hasInput(2)
                ? graph.constant(pad.input(2))
                        .map(one -> (double) one.floatAt(0))
                        .orElse(Double.NaN)
                : 0;
        double zero = scale == null || !scale.hasInput(2)
                ? 0
                : graph.constant(scale.input(2))
                        .map(one -> (double) one.floatAt(0))
                        .orElse(Double.NaN);
        return value == zero;
    }

    private static Optional<Path> after(ModelGraph graph, String tensor, Path before) {
        Optional<Node> scale = onlyReader(graph, tensor).filter(node -> node.is("QuantizeLinear"));
        String made = scale.map(node -> node.output(0)).orElse(tensor);
        Optional<Node> layout = transpose(onlyReader(graph, made), TO_LAST);
        Optional<Node> blocks =
                layout.flatMap(node -> onlyReader(graph, node.output(0))).filter(node -> node.is("Reshape"));
        Optional<Node> together = transpose(blocks.flatMap(node -> onlyReader(graph, node.output(0))), TOGETHER);
        Optional<Node> joined =
                together.flatMap(node -> onlyReader(graph, node.output(0))).filter(node -> node.is("Reshape"));
        Optional<Shape> six = blocks.flatMap(node -> shape(graph, node.output(0)));
        boolean fits = joined.isPresent()
                && six.isPresent()
                && six.get().rank() == 6
                && six.get().size(0) == before.block()[0]
                && six.get().size(1) == before.block()[1];
        if (!fits) {
            return Optional.empty();
        }
        Node end = joined.get();
        long[] first = new long[2];
        Optional<Node> slice = onlyReader(graph, end.output(0)).filter(node -> node.is("Slice"));
        if (slice.isPresent()) {
            Optional<TensorData> starts = graph.constant(slice.get().input(1));
            Optional<TensorData> axes = graph.constant(slice.get().input(3));
            boolean rows = starts.isPresent()
                    && axes.isPresent()
                    && Arrays.equals(axes.get().toLongs(), new long[] {1, 2})
                    && !slice.get().hasInput(4);
            if (!rows) {
                return Optional.empty();
            }
            first = starts.get().toLongs();
            end = slice.get();
        }
        return first[0] < 0 || first[1] < 0 || shape(graph, end.output(0)).isEmpty()
                ? Optional.empty()
                : Optional.of(new Path(end.output(0), layout.get(), scale.orElse(null), before.block(), first, end));
    }

    private static Optional<Node> transpose(Optional<Node> node, long[] order) {
        return node.filter(one ->
                one.is("Transpose") && Arrays.equals(one.intsAttribute("perm").orElse(null), order));
    }

    private static boolean all(Optional<long[]> values, long wanted) {
        return values.isEmpty() || Arrays.stream(values.get()).allMatch(value -> value == wanted);
    }
}
