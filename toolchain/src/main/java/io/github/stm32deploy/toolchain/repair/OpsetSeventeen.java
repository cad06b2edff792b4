// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
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
import java.util.Set;

/**
 * Writes a graph of operator sets 18 to 21 in 17, for tools that read no newer one. Sets 18 to 21 turned the axes of reductions into an
 * input, gave Split a number of outputs, Pad and Resize axes, pools dilations, and added operators and element types (ONNX
 * operator changelog). What needs one of the latter stays.
 */
final class OpsetSeventeen implements Repair {
    private static final int TARGET = 17;
    private static final int NEWEST = 21;
    /** IR version that came with operator set 17. */
    private static final int TARGET_IR = 8;

    private static final Set<String> REDUCTIONS = Set.of(
            "ReduceMean",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "ReduceLogSum",
            "ReduceLogSumExp",
            "ReduceSumSquare");

    private static final Set<String> NEWER = Set.of(
            "BitwiseAnd",
            "BitwiseNot",
            "BitwiseOr",
            "BitwiseXor",
            "CenterCropPad",
            "Col2Im",
            "GroupNormalization",
            "Mish",
            "OptionalGetElement",
            "OptionalHasElement",
            "DeformConv",
            "AffineGrid",
            "Gelu",
            "ImageDecoder",
            "RegexFullMatch",
            "StringConcat",
            "StringSplit",
            "GridSample");

    @Override
    public String id() {
        return "opset-17";
    }

    @Override
    public String effect() {
        return "Operator sets 18 to 21 are written as 17: axes as attributes, explicit parts of Split, pads of all axes.";
    }

    @Override
    public Set<String> answers() {
        return Set.of();
    }

    /** Files of set 21 are read by every release that reads those of 17, as far as is known. */
    @Override
    public boolean onRequest() {
        return true;
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        String place = "operator set " + graph.opset();
        if (graph.opset() <= TARGET
                || graph.opset() > NEWEST
                || target.avoided().contains(place)) {
            return Optional.empty();
        }
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node node : graph.nodes()) {
            Optional<Node> lowered = node.domain().isEmpty() ? lowered(node, rewrite) : Optional.of(node);
            if (lowered.isEmpty()) {
                return Optional.empty();
            }
            if (!lowered.get().equals(node)) {
                rewrite.replace(node, List.of(lowered.get()));
            }
        }
        ModelGraph changed = rewrite.build().toBuilder()
                .opset("", TARGET)
                .irVersion(Math.min(graph.irVersion(), TARGET_IR))
                .build();
        return Optional.of(Change.of(
                changed,
                List.of(place),
                "it was asked for: nothing in the graph needs more than operator set " + TARGET,
                Tolerance.ROUNDING));
    }

    /** Empty where the node has no form in 17. */
    private static Optional<Node> lowered(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        boolean inner = node.attributes().values().stream().anyMatch(Attribute.GraphValue.class::isInstance);
        if (NEWER.contains(node.operator()) || inner || hasNewTypes(graph, node)) {
            return Optional.empty();
        }
        if (REDUCTIONS.contains(node.operator())) {
            return reduction(node, graph);
        }
        return switch (node.operator()) {
            case "Split" -> split(node, rewrite);
            case "Pad" -> pad(node, rewrite);
            case "Resize" -> resize(node);
            case "AveragePool" -> without(node, "dilations", 1);
            case "Cast", "CastLike", "QuantizeLinear" -> withoutAll(node, "saturate", "block_size", "output_dtype");
            case "DequantizeLinear" -> withoutAll(node, "block_size", "output_dtype");
            case "ScatterND", "ScatterElements" ->
                Set.of("none", "add", "mul").contains(node.stringAttribute("reduction", "none"))
                        ? Optional.of(node)
                        : Optional.empty();
            case "LpPool" ->
                node.intAttribute("ceil_mode", 0) == 0
                        ? without(node, "dilations", 1).flatMap(one -> without(one, "ceil_mode", 0))
                        : Optional.empty();
            default -> Optional.of(node);
        };
    }

    /** 16-bit and 4-bit codes and 8-bit floats came later. */
    private static boolean hasNewTypes(ModelGraph graph, Node node) {
        boolean quantizes = node.is("QuantizeLinear") || node.is("DequantizeLinear");
        return quantizes
                && node.inputs().stream()
                        .flatMap(input ->
                                graph.type(input).or(() -> graph.constant(input).map(TensorData::type)).stream())
                        .map(TensorType::element)
                        .anyMatch(element -> element.bits() < 8
                                || element == ElementType.INT16
                                || element == ElementType.UINT16
                                || element == ElementType.FLOAT16);
    }

    private static Optional<Node> reduction(Node node, ModelGraph graph) {
        if (node.inputs().size() < 2) {
            boolean nothing = node.intAttribute("noop_with_empty_axes", 0) != 0;
            return nothing ? Optional.empty() : withoutAll(node, "noop_with_empty_axes");
        }
        Optional<TensorData> axes = graph.constant(node.input(1));
        if (!node.input(1).isEmpty() && axes.isEmpty()) {
            return Optional.empty();
        }
        boolean empty = axes.isEmpty() || axes.get().elements() == 0;
        if (empty && node.intAttribute("noop_with_empty_axes", 0) != 0) {
            return Optional.empty();
        }
        Node plain = withoutAll(node, "noop_with_empty_axes").orElseThrow().withInputs(List.of(node.input(0)));
        return Optional.of(
                empty
                        ? plain
                        : plain.withAttribute(
                                "axes", Attribute.ofInts(axes.get().toLongs())));
    }

    private static Optional<Node> split(Node node, GraphRewrite rewrite) {
        if (!node.attributes().containsKey("num_outputs")) {
            return Optional.of(node);
        }
        long[] parts = new long[node.outputs().size()];
        for (int part = 0; part < parts.length; part++) {
            Optional<Shape> shape = NodeRepair.shape(rewrite.graph(), node.output(part));
            if (shape.isEmpty()) {
                return Optional.empty();
            }
            int axis = (int) node.intAttribute("axis", 0);
            parts[part] = shape.get().size(axis < 0 ? axis + shape.get().rank() : axis);
        }
        String sizes = rewrite.constant(node.name() + "/split", TensorData.ofLongs(Shape.of(parts.length), parts));
        return withoutAll(node, "num_outputs").map(plain -> plain.withInputs(List.of(node.input(0), sizes)));
    }

    private static Optional<Node> pad(Node node, GraphRewrite rewrite) {
        if (node.stringAttribute("mode", "constant").equals("wrap")) {
            return Optional.empty();
        }
        if (!node.hasInput(3)) {
            return Optional.of(node);
        }
        ModelGraph graph = rewrite.graph();
        Optional<TensorData> pads = graph.constant(node.input(1));
        Optional<TensorData> axes = graph.constant(node.input(3));
        Optional<Shape> shape = NodeRepair.shape(graph, node.input(0));
        if (pads.isEmpty() || axes.isEmpty() || shape.isEmpty()) {
            return Optional.empty();
        }
        int rank = shape.get().rank();
        int stated = Math.toIntExact(axes.get().elements());
        long[] all = new long[2 * rank];
        for (int index = 0; index < stated; index++) {
            int axis = (int) ((axes.get().integerAt(index) + rank) % rank);
            all[axis] = pads.get().integerAt(index);
            all[axis + rank] = pads.get().integerAt(index + stated);
        }
        List<String> inputs = new ArrayList<>(node.inputs().subList(0, 3));
        inputs.set(1, rewrite.constant(node.name() + "/pads", TensorData.ofLongs(Shape.of(all.length), all)));
        return Optional.of(node.withInputs(inputs.get(2).isEmpty() ? inputs.subList(0, 2) : inputs));
    }

    private static Optional<Node> resize(Node node) {
        boolean plain = node.intAttribute("antialias", 0) == 0
                && node.stringAttribute("keep_aspect_ratio_policy", "stretch").equals("stretch")
                && !node.stringAttribute("coordinate_transformation_mode", "half_pixel")
                        .equals("half_pixel_symmetric")
                && node.intsAttribute("axes").isEmpty();
        return plain ? withoutAll(node, "antialias", "keep_aspect_ratio_policy") : Optional.empty();
    }

    /** Without an attribute that may only have this value. */
    private static Optional<Node> without(Node node, String attribute, long only) {
        boolean other = node.intsAttribute(attribute)
                .filter(values -> Arrays.stream(values).anyMatch(value -> value != only))
                .isPresent();
        return other ? Optional.empty() : withoutAll(node, attribute);
    }

    private static Optional<Node> withoutAll(Node node, String... names) {
        Map<String, Attribute> kept = new LinkedHashMap<>(node.attributes());
        for (String name : names) {
            Attribute value = kept.get(name);
            boolean block = name.equals("block_size") && value != null && node.intAttribute(name, 0) != 0;
            boolean typed = name.equals("output_dtype") && value != null && node.intAttribute(name, 0) != 0;
            if (block || typed) {
                return Optional.empty();
            }
            kept.remove(name);
        }
        return Optional.of(
                kept.size() == node.attributes().size()
                        ? node
                        : new Node(
                                node.name(),
                                node.operator(),
                                node.domain(),
                                node.inputs(),
                                node.outputs(),
                                kept,
                                node.origin()));
    }
}
