// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A convolution whose channels are cut apart behind it, or behind the activation that follows, becomes one convolution for each
 * part: the same sums, and nothing to copy.
 */
final class SplitWeights extends NodeRepair {
    /** Nodes between a convolution and the cut: an activation with its quantization. */
    private static final int MOST_BETWEEN = 24;

    SplitWeights() {
        super(
                "split-weights",
                "A convolution whose channels are cut apart becomes one for each part where that is predicted faster.",
                // Each channel is the same sum; a runtime may add it up in another order.
                Tolerance.quanta(1),
                "OP-SLICE-AXIS",
                "OP-SPLIT-AXIS");
    }

    @Override
    String reason(int places) {
        return "channels of " + count(places, "convolution")
                + " are cut apart behind; a convolution for each part writes them where they are wanted";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        if (!node.is("Conv") || node.intAttribute("group", 1) != 1 || !isSplittable(graph, node.input(1))) {
            return false;
        }
        if (node.hasInput(2) && !isSplittable(graph, node.input(2))) {
            return false;
        }
        Optional<Shape> map = shape(graph, node.output(0));
        List<Node> between = new ArrayList<>();
        Optional<String> cut = cut(graph, node, between);
        if (map.isEmpty() || cut.isEmpty()) {
            return false;
        }
        List<ChannelRange> ranges = new ArrayList<>();
        for (Node reader : graph.consumers(cut.get())) {
            List<ChannelRange> parts = ChannelRange.of(graph, reader, 1);
            if (parts.isEmpty()) {
                return false;
            }
            ranges.addAll(parts);
        }
        if (ranges.size() < 2) {
            return false;
        }
        int channels = (int) map.get().size(1);
        for (Node one : between) {
            if (!follows(graph, one, channels, node, between)) {
                return false;
            }
        }
        List<Node> made = new ArrayList<>();
        for (ChannelRange range : ranges) {
            part(rewrite, node, between, cut.get(), range, channels, made);
        }
        graph.consumers(cut.get()).forEach(reader -> rewrite.replace(reader, List.of()));
        between.forEach(one -> rewrite.replace(one, List.of()));
        rewrite.replace(node, made);
        return true;
    }

    /** A constant, or one behind DequantizeLinear. */
    private static boolean isSplittable(ModelGraph graph, String tensor) {
        return graph.isConstant(tensor)
                        && graph.constant(tensor).get().element().bits() >= 8
                || graph.producer(tensor)
                        .filter(producer -> producer.is("DequantizeLinear")
                                && producer.inputs().stream()
                                        .allMatch(input -> input.isEmpty()
                                                || graph.constant(input)
                                                        .filter(value ->
                                                                value.element().bits() >= 8)
                                                        .isPresent()))
                        .isPresent();
    }

    /**
     * The tensor that is cut: the convolution's own, or the one that an activation makes of it and of nothing else.
     *
     * @param between collects the nodes of the activation in graph order
     */
    private static Optional<String> cut(ModelGraph graph, Node convolution, List<Node> between) {
        Map<String, Node> inside = new LinkedHashMap<>();
        Deque<String> open = new ArrayDeque<>(List.of(convolution.output(0)));
        List<String> ends = new ArrayList<>();
        while (!open.isEmpty()) {
            String tensor = open.remove();
            List<Node> readers = graph.consumers(tensor);
            if (readers.isEmpty() || graph.isOutput(tensor) || inside.size() > MOST_BETWEEN) {
                return Optional.empty();
            }
            if (readers.stream().allMatch(reader -> reader.is("Slice") || reader.is("Split"))) {
                ends.add(tensor);
                continue;
            }
            for (Node reader : readers) {
                boolean elementwise = reader.domain().isEmpty()
                        && (LayoutCarrier.UNARY.contains(reader.operator())
                                || LayoutCarrier.ELEMENTWISE.contains(reader.operator()));
                if (!elementwise || reader.outputs().size() != 1) {
                    return Optional.empty();
                }
                if (inside.put(reader.name(), reader) == null) {
                    open.add(reader.output(0));
                }
            }
        }
        graph.nodes().stream().filter(node -> inside.containsKey(node.name())).forEach(between::add);
        return ends.size() == 1 ? Optional.of(ends.get(0)) : Optional.empty();
    }

    /** True where each channel of the result follows from the same channel of the convolution. */
    private static boolean follows(ModelGraph graph, Node node, int channels, Node convolution, List<Node> between) {
        for (int index = 0; index < node.inputs().size(); index++) {
            String tensor = node.input(index);
            boolean own = tensor.isEmpty()
                    || tensor.equals(convolution.output(0))
                    || between.stream().anyMatch(other -> other.outputs().contains(tensor));
            if (own) {
                continue;
            }
            Optional<TensorData> value = stored(graph, tensor);
            if (value.isEmpty() || value.get().elements() != 1 && !isPerChannel(value.get(), channels)) {
                return false;
            }
        }
        return true;
    }

    /** A constant, or the codes of one behind DequantizeLinear with one scale. */
    private static Optional<TensorData> stored(ModelGraph graph, String tensor) {
        return graph.constant(tensor)
                .or(() -> graph.producer(tensor)
                        .filter(producer -> producer.is("DequantizeLinear"))
                        .filter(producer -> graph.constant(producer.input(1))
                                .filter(scale -> scale.elements() == 1)
                                .isPresent())
                        .flatMap(producer -> graph.constant(producer.input(0))));
    }

    /** A constant of shape C x 1 x 1 or 1 x C x 1 x 1. */
    private static boolean isPerChannel(TensorData value, int channels) {
        int rank = value.shape().rank();
        return rank >= 3
                && rank <= 4
                && value.elements() == channels
                && value.shape().size(rank - 3) == channels
                && value.element().bits() >= 8;
    }

    private static void part(
            GraphRewrite rewrite,
            Node convolution,
            List<Node> between,
            String cut,
            ChannelRange range,
            int channels,
            List<Node> made) {
        ModelGraph graph = rewrite.graph();
        String suffix = range.from() + "-" + (range.to() - 1);
        Map<String, String> renamed = new HashMap<>();
        List<Node> all = new ArrayList<>(List.of(convolution));
        all.addAll(between);
        for (Node node : all) {
            List<String> inputs = new ArrayList<>(node.inputs());
            for (int index = 0; index < inputs.size(); index++) {
                String tensor = inputs.get(index);
                boolean weights = node == convolution && index > 0 && !tensor.isEmpty();
                Optional<TensorData> perChannel = node == convolution
                        ? Optional.empty()
                        : stored(graph, tensor).filter(value -> isPerChannel(value, channels));
                if (weights) {
                    inputs.set(index, part(rewrite, tensor, suffix, range, 0, made));
                } else if (perChannel.isPresent()) {
                    int axis = perChannel.get().shape().rank() - 3;
                    inputs.set(index, part(rewrite, tensor, suffix, range, axis, made));
                } else {
                    inputs.set(index, renamed.getOrDefault(tensor, tensor));
                }
            }
            String output = node.output(0).equals(cut) ? range.tensor() : rewrite.tensor(node.output(0) + "/" + suffix);
            renamed.put(node.output(0), output);
            graph.type(node.output(0))
                    .filter(type -> !node.output(0).equals(cut))
                    .ifPresent(type -> rewrite.type(output, narrowed(type, range)));
            made.add(new Node(
                    rewrite.node(node.name() + "/" + suffix),
                    node.operator(),
                    node.domain(),
                    inputs,
                    List.of(output),
                    node.attributes(),
                    node.origin()));
        }
    }

    private static TensorType narrowed(TensorType type, ChannelRange range) {
        long[] sizes = type.shape().toArray();
        sizes[1] = range.size();
        return new TensorType(type.element(), Shape.of(sizes));
    }

    /** The entries of a constant operand, behind its DequantizeLinear where it has one. */
    private static String part(
            GraphRewrite rewrite, String tensor, String suffix, ChannelRange range, int axis, List<Node> made) {
        ModelGraph graph = rewrite.graph();
        if (graph.isConstant(tensor)) {
            return rewrite.constant(
                    tensor + "/" + suffix, range.of(graph.constant(tensor).orElseThrow(), axis));
        }
        Node scaled = graph.producer(tensor).orElseThrow();
        List<String> inputs = new ArrayList<>(scaled.inputs());
        for (int index = 0; index < inputs.size(); index++) {
            TensorData value = graph.constant(inputs.get(index)).orElse(null);
            // Scales and zero points stand for all channels, or one for each.
            if (value != null && (index == 0 || value.elements() > 1)) {
                inputs.set(
                        index,
                        rewrite.constant(inputs.get(index) + "/" + suffix, range.of(value, index == 0 ? axis : 0)));
            }
        }
        Node copy = rewrite.made(scaled, suffix, "DequantizeLinear", inputs, "", scaled.attributes());
        made.add(copy);
        return copy.output(0);
    }
}
