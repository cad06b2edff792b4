// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Operators on sequences (N x C x L) in the form that the vendor's front end knows, on feature maps: one more dimension of size 1
 * is put in front of or behind the length and taken out again, which moves nothing.
 *
 * <p>Convolutions and pads get the length as width; transposed convolutions as height, because a window 1 high and more than 1 wide
 * is refused.
 */
final class FourDimensions extends NodeRepair {
    private final boolean all;

    private FourDimensions(boolean all, String id, String effect, String... answers) {
        super(id, effect, Tolerance.quanta(1), answers);
        this.all = all;
    }

    /** What the front end refuses, or the NPU stalls on. */
    static FourDimensions whereNeeded() {
        return new FourDimensions(
                false,
                "four-dimensions",
                "Pad, ConvTranspose and strided depthwise Conv on sequences are computed on feature maps of height or width 1.",
                "OP-PAD-RANK",
                "OP-CONVTRANSPOSE-RANK",
                "OP-CONVTRANSPOSE-WIDTH",
                "NPU-STALL-DEPTHWISE-STRIDE");
    }

    /** Every convolution and pool on sequences: reports of compiled networks show maps, and no harm is known of sequences. */
    static FourDimensions everywhere() {
        return new FourDimensions(
                true,
                "sequences-to-maps",
                "Every Conv, MaxPool and AveragePool on sequences is computed on feature maps of height 1.");
    }

    @Override
    public boolean onRequest() {
        return all;
    }

    @Override
    boolean isTrade() {
        return false;
    }

    @Override
    String reason(int places) {
        if (all) {
            return count(places, "node") + (places == 1 ? " works" : " work")
                    + " on sequences; the same values are maps of height 1";
        }
        return count(places, "node") + (places == 1 ? " works" : " work")
                + " on fewer than four dimensions, or with a window on the width only, which the front end refuses or the NPU"
                + " stalls on";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<Shape> in = shape(graph, node.input(0));
        Optional<Shape> out = shape(graph, node.output(0));
        boolean activation = in.isPresent()
                && out.isPresent()
                && node.domain().isEmpty()
                && !graph.isConstant(node.input(0))
                && (graph.type(node.input(0)).orElseThrow().element().isFloatingPoint()
                        || graph.type(node.input(0)).orElseThrow().element().bits() == 8);
        if (!activation) {
            return false;
        }
        if (all) {
            return sequence(node, in.get(), out.get(), rewrite);
        }
        return switch (node.operator()) {
            case "Pad" -> pad(node, in.get(), out.get(), rewrite);
            case "ConvTranspose" -> transposed(node, in.get(), out.get(), rewrite);
            case "Conv" -> depthwise(node, in.get(), out.get(), rewrite);
            default -> false;
        };
    }

    private static boolean pad(Node node, Shape in, Shape out, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<TensorData> pads = graph.constant(node.input(1));
        int rank = in.rank();
        if (rank != 2 && rank != 3 || pads.isEmpty() || pads.get().elements() != 2L * rank || node.hasInput(3)) {
            return false;
        }
        // Sizes of 1 in front: N x C x L is N x C x 1 x L, and a table of rows and columns a single map.
        int added = 4 - rank;
        int place = rank == 3 ? 2 : 0;
        long[] wide = new long[8];
        for (int axis = 0; axis < rank; axis++) {
            int to = axis < place ? axis : axis + added;
            wide[to] = pads.get().integerAt(axis);
            wide[to + 4] = pads.get().integerAt(axis + rank);
        }
        String moved = rewrite.constant(node.name() + "/pads", TensorData.ofLongs(Shape.of(8), wide));
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.set(1, moved);
        return around(node, inputs, node.attributes(), widened(in, place, added), widened(out, place, added), rewrite);
    }

    private static Shape widened(Shape shape, int place, int added) {
        long[] sizes = new long[shape.rank() + added];
        Arrays.fill(sizes, 1);
        for (int axis = 0; axis < shape.rank(); axis++) {
            sizes[axis < place ? axis : axis + added] = shape.size(axis);
        }
        return Shape.of(sizes);
    }

    private static boolean transposed(Node node, Shape in, Shape out, GraphRewrite rewrite) {
        Optional<Shape> weights = shape(rewrite.graph(), node.input(1));
        boolean plain = weights.isPresent()
                && node.intsAttribute("output_shape").isEmpty()
                && node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET");
        if (!plain) {
            return false;
        }
        if (in.rank() == 3) {
            return windowed(node, in, out, 3, rewrite);
        }
        boolean flat = in.rank() == 4
                && in.size(2) == 1
                && out.size(2) == 1
                && weights.get().size(2) == 1
                && weights.get().size(3) > 1;
        return flat && exchanged(node, in, out, rewrite);
    }

    /** Conv and ConvTranspose on N x C x L. The sizes of 1 go to axis {@code place}. */
    private static boolean windowed(Node node, Shape in, Shape out, int place, GraphRewrite rewrite) {
        Map<String, Attribute> attributes = wide(node, place);
        return weights(
                node,
                shape -> widened(shape, place, 1),
                widened(in, place, 1),
                widened(out, place, 1),
                attributes,
                rewrite);
    }

    /** Attributes of a window on maps whose axis {@code place} has size 1. */
    private static Map<String, Attribute> wide(Node node, int place) {
        Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
        boolean first = place == 2;
        for (String name : List.of("kernel_shape", "strides", "dilations")) {
            node.intsAttribute(name)
                    .ifPresent(one ->
                            attributes.put(name, first ? Attribute.ofInts(1, one[0]) : Attribute.ofInts(one[0], 1)));
        }
        node.intsAttribute("output_padding")
                .ifPresent(one -> attributes.put(
                        "output_padding", first ? Attribute.ofInts(0, one[0]) : Attribute.ofInts(one[0], 0)));
        node.intsAttribute("pads")
                .ifPresent(one -> attributes.put(
                        "pads",
                        first ? Attribute.ofInts(0, one[0], 0, one[1]) : Attribute.ofInts(one[0], 0, one[1], 0)));
        return attributes;
    }

    /** N x C x 1 x W as N x C x W x 1. */
    private static boolean exchanged(Node node, Shape in, Shape out, GraphRewrite rewrite) {
        Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
        for (String name : List.of("kernel_shape", "strides", "dilations", "output_padding")) {
            node.intsAttribute(name).ifPresent(two -> attributes.put(name, Attribute.ofInts(two[1], two[0])));
        }
        node.intsAttribute("pads")
                .ifPresent(four -> attributes.put("pads", Attribute.ofInts(four[1], four[0], four[3], four[2])));
        return weights(node, FourDimensions::swapped, swapped(in), swapped(out), attributes, rewrite);
    }

    private static Shape swapped(Shape shape) {
        return Shape.of(shape.size(0), shape.size(1), shape.size(3), shape.size(2));
    }

    private static boolean weights(
            Node node,
            UnaryOperator<Shape> form,
            Shape in,
            Shape out,
            Map<String, Attribute> attributes,
            GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        List<String> inputs = new ArrayList<>(node.inputs());
        Optional<TensorData> plain = graph.constant(node.input(1));
        if (plain.isPresent()) {
            inputs.set(
                    1,
                    rewrite.constant(
                            node.input(1),
                            plain.get().reshaped(form.apply(plain.get().shape()))));
            return around(node, inputs, attributes, in, out, rewrite);
        }
        Node scale = graph.producer(node.input(1))
                .filter(one -> one.is("DequantizeLinear") && graph.isConstant(one.input(0)))
                .orElse(null);
        if (scale == null) {
            return false;
        }
        TensorData codes = graph.constant(scale.input(0)).orElseThrow();
        List<String> scaled = new ArrayList<>(scale.inputs());
        // The axis of the scales is one of the first two, which stay.
        scaled.set(0, rewrite.constant(scale.input(0), codes.reshaped(form.apply(codes.shape()))));
        Node copy = rewrite.made(scale, "widened", "DequantizeLinear", scaled, "", scale.attributes());
        inputs.set(1, copy.output(0));
        if (!around(node, inputs, attributes, in, out, rewrite)) {
            return false;
        }
        rewrite.replace(scale, List.of(scale, copy));
        return true;
    }

    private static boolean sequence(Node node, Shape in, Shape out, GraphRewrite rewrite) {
        boolean plain = in.rank() == 3
                && out.rank() == 3
                && node.outputs().size() == 1
                && node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET");
        if (!plain) {
            return false;
        }
        return switch (node.operator()) {
            case "Conv" -> windowed(node, in, out, 2, rewrite);
            case "MaxPool", "AveragePool" ->
                around(node, node.inputs(), wide(node, 2), widened(in, 2, 1), widened(out, 2, 1), rewrite);
            default -> false;
        };
    }

    private static boolean depthwise(Node node, Shape in, Shape out, GraphRewrite rewrite) {
        boolean stalls = in.rank() == 3
                && node.intAttribute("group", 1) == in.size(1)
                && in.size(1) > 1
                && node.intsAttribute("strides").filter(one -> one[0] == 2).isPresent()
                && node.stringAttribute("auto_pad", "NOTSET").equals("NOTSET");
        return stalls && windowed(node, in, out, 2, rewrite);
    }

    /** The node between two changes of shape; between integers each of them with the scale of its tensor. */
    private static boolean around(
            Node node,
            List<String> inputs,
            Map<String, Attribute> attributes,
            Shape in,
            Shape out,
            GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        List<Node> made = new ArrayList<>();
        Node wide = reshaped(node, "widened", node.input(0), in, "", rewrite);
        made.add(wide);
        Node scale = QuantizedPairs.dequantizer(graph, node.input(0)).orElse(null);
        String entering = wide.output(0);
        if (scale != null) {
            List<Node> pair = QuantizedPairs.pair(rewrite, node, scale, entering, "");
            made.addAll(pair);
            entering = pair.get(1).output(0);
        }
        List<String> changed = new ArrayList<>(inputs);
        changed.set(0, entering);
        String leaving = rewrite.tensor(node.output(0) + "/wide");
        graph.type(node.output(0))
                .map(TensorType::element)
                .ifPresent(element -> rewrite.type(leaving, new TensorType(element, out)));
        made.add(new Node(node.name(), node.operator(), "", changed, List.of(leaving), attributes, node.origin()));
        String last = leaving;
        if (scale != null && QuantizedPairs.isQuantized(graph, node.output(0))) {
            Node quantize = graph.consumers(node.output(0)).get(0);
            List<Node> pair = QuantizedPairs.pair(rewrite, node, quantize, leaving, "");
            made.addAll(pair);
            last = pair.get(1).output(0);
        }
        Shape result = shape(graph, node.output(0)).orElseThrow();
        made.add(reshaped(node, "narrowed", last, result, node.output(0), rewrite));
        rewrite.replace(node, made);
        return true;
    }

    private static Node reshaped(
            Node node, String suffix, String tensor, Shape shape, String output, GraphRewrite rewrite) {
        String target = rewrite.constant(
                node.name() + "/" + suffix + "/shape", TensorData.ofLongs(Shape.of(shape.rank()), shape.toArray()));
        return rewrite.made(node, suffix, "Reshape", List.of(tensor, target), output, Map.of());
    }
}
