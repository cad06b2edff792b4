// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Rows of numbers that the last convolutions of a detector make for all grids, joined and then cut into boxes, scores and the
 * rest (YuNet of 2021): the cut goes back through the joint into the output channels of the convolutions. Nothing is copied to
 * be cut, and each kind of number gets a scale of its own when it is quantized.
 */
final class SplitJointHeads extends NodeRepair {
    private static final Set<String> MOVING = Set.of(
            "Transpose",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Flatten",
            "Identity",
            "QuantizeLinear",
            "DequantizeLinear");

    /** Nodes between the cut and a convolution, on all ways together. */
    private static final int MOST_NODES = 200;

    SplitJointHeads() {
        super(
                "split-joint-heads",
                "Joined rows of numbers that are cut into boxes and scores are made apart by the convolutions where that is"
                        + " predicted faster.",
                // Each channel is the same sum; a runtime may add it up in another order.
                Tolerance.quanta(1),
                "OP-SLICE-AXIS");
    }

    @Override
    String reason(int places) {
        return count(places, "joint") + " of heads " + (places == 1 ? "is" : "are")
                + " cut along the numbers of a row; the convolutions in front write the parts";
    }

    @Override
    boolean turn(Node node, GraphRewrite rewrite) {
        ModelGraph graph = rewrite.graph();
        Optional<Shape> joint = shape(graph, node.input(0));
        if (!node.is("Slice") || joint.isEmpty() || joint.get().rank() < 2 || graph.isOutput(node.input(0))) {
            return false;
        }
        int last = joint.get().rank() - 1;
        int numbers = (int) joint.get().size(last);
        List<Node> slices = graph.consumers(node.input(0));
        List<ChannelRange> ranges = new ArrayList<>();
        for (Node slice : slices) {
            List<ChannelRange> range = slice.is("Slice") ? ChannelRange.of(graph, slice, last) : List.of();
            if (range.size() != 1 || rewrite.isReplaced(slice)) {
                return false;
            }
            ranges.add(range.get(0));
        }
        Way way = new Way(rewrite, numbers);
        if (ranges.size() < 2 || !way.reaches(node.input(0)) || !way.joins()) {
            return false;
        }
        for (int index = 0; index < slices.size(); index++) {
            rewrite.replace(slices.get(index), way.part(node.input(0), ranges.get(index)));
        }
        return true;
    }

    /** The nodes from the convolutions to the joint. */
    private static final class Way {
        private final GraphRewrite rewrite;
        private final ModelGraph graph;
        private final int numbers;
        /** In the order in which they are reached from the joint. */
        private final Map<String, Node> nodes = new LinkedHashMap<>();

        Way(GraphRewrite rewrite, int numbers) {
            this.rewrite = rewrite;
            this.graph = rewrite.graph();
            this.numbers = numbers;
        }

        /** Whether nothing but moves and joints of rows lies between the tensor and convolutions that can be parted. */
        boolean reaches(String tensor) {
            Optional<Node> node = graph.producer(tensor);
            if (node.isEmpty() || nodes.size() > MOST_NODES || graph.isOutput(tensor)) {
                return false;
            }
            if (nodes.containsKey(node.get().name())) {
                return true;
            }
            nodes.put(node.get().name(), node.get());
            if (node.get().is("Conv")) {
                return parts(node.get());
            }
            boolean alone = graph.consumers(tensor).size() == 1 || nodes.size() == 1;
            if (!alone) {
                return false;
            }
            if (node.get().is("Concat")) {
                return node.get().inputs().stream().allMatch(this::reaches);
            }
            return MOVING.contains(node.get().operator()) && reaches(node.get().input(0));
        }

        boolean joins() {
            return nodes.values().stream().anyMatch(node -> node.is("Concat"));
        }

        /** Output channels are rows of so many numbers; those of a depthwise convolution are parted before it too. */
        private boolean parts(Node convolution) {
            Optional<Shape> weights = weightShape(convolution);
            if (weights.isEmpty()
                    || weights.get().size(0) % numbers != 0
                    || !isConstant(convolution.input(2))
                    || graph.consumers(convolution.output(0)).size() != 1) {
                return false;
            }
            long group = convolution.intAttribute("group", 1);
            if (group == 1) {
                return true;
            }
            return group == weights.get().size(0)
                    && weights.get().size(1) == 1
                    && feeding(convolution.input(0)).isPresent();
        }

        /** The convolution over all channels in front of a depthwise one; nodes between are collected. */
        private Optional<Node> feeding(String tensor) {
            Optional<Node> node =
                    graph.producer(tensor).filter(one -> graph.consumers(tensor).size() == 1);
            if (node.isEmpty()) {
                return Optional.empty();
            }
            nodes.put(node.get().name(), node.get());
            if (node.get().is("QuantizeLinear")
                    || node.get().is("DequantizeLinear")
                    || node.get().is("Relu")
                    || node.get().is("Pad") && padsMapsOnly(node.get())) {
                return feeding(node.get().input(0));
            }
            boolean plain = node.get().is("Conv")
                    && node.get().intAttribute("group", 1) == 1
                    && weightShape(node.get()).isPresent()
                    && isConstant(node.get().input(2));
            return plain ? node : Optional.empty();
        }

        /** No channel is added. */
        private boolean padsMapsOnly(Node pad) {
            return !pad.hasInput(3)
                    && graph.constant(pad.input(1))
                            .filter(pads -> pads.elements() == 8
                                    && pads.integerAt(0) == 0
                                    && pads.integerAt(1) == 0
                                    && pads.integerAt(4) == 0
                                    && pads.integerAt(5) == 0)
                            .isPresent();
        }

        private Optional<Shape> weightShape(Node convolution) {
            return stored(convolution.input(1)).map(TensorData::shape);
        }

        private boolean isConstant(String tensor) {
            return tensor.isEmpty() || stored(tensor).isPresent();
        }

        /** A constant, or the codes of one behind DequantizeLinear. */
        private Optional<TensorData> stored(String tensor) {
            return graph.constant(tensor)
                    .or(() -> graph.producer(tensor)
                            .filter(one -> one.is("DequantizeLinear"))
                            .flatMap(one -> graph.constant(one.input(0))))
                    .filter(value -> value.element().bits() >= 8);
        }

        /** Copies of all nodes for some of the numbers of a row. */
        List<Node> part(String joint, ChannelRange range) {
            List<Node> made = new ArrayList<>();
            String suffix = range.from() + "-" + (range.to() - 1);
            Map<String, String> renamed = new HashMap<>();
            renamed.put(joint, range.tensor());
            for (Node node : graph.nodes()) {
                if (nodes.containsKey(node.name())) {
                    made.addAll(copies(node, range, suffix, renamed));
                }
            }
            return made;
        }

        private List<Node> copies(Node node, ChannelRange range, String suffix, Map<String, String> renamed) {
            List<Node> made = new ArrayList<>();
            List<String> inputs = new ArrayList<>();
            Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
            for (int index = 0; index < node.inputs().size(); index++) {
                String tensor = node.input(index);
                if (node.is("Conv") && index > 0 && !tensor.isEmpty()) {
                    inputs.add(picked(tensor, range, suffix, made));
                } else if (node.is("Reshape") && index == 1) {
                    inputs.add(rewrite.constant(
                            tensor + "/" + suffix,
                            narrowed(graph.constant(tensor).orElseThrow(), range.size())));
                } else {
                    inputs.add(renamed.getOrDefault(tensor, tensor));
                }
            }
            if (node.is("Conv") && node.intAttribute("group", 1) > 1) {
                long channels = weightShape(node).orElseThrow().size(0) / numbers * range.size();
                attributes.put("group", Attribute.of(channels));
            }
            String output = renamed.computeIfAbsent(node.output(0), tensor -> rewrite.tensor(tensor + "/" + suffix));
            if (graph.type(node.output(0)).isPresent() && output.equals(range.tensor())) {
                graph.type(range.tensor()).ifPresent(type -> rewrite.type(output, type));
            }
            made.add(new Node(
                    rewrite.node(node.name() + "/" + suffix),
                    node.operator(),
                    node.domain(),
                    inputs,
                    List.of(output),
                    attributes,
                    node.origin()));
            return made;
        }

        /** Sizes that count numbers of rows count fewer of them. */
        private TensorData narrowed(TensorData sizes, int kept) {
            long[] values = new long[Math.toIntExact(sizes.elements())];
            for (int index = 0; index < values.length; index++) {
                long size = sizes.integerAt(index);
                values[index] = size > 0 && size % numbers == 0 ? size / numbers * kept : size;
            }
            return TensorData.ofLongs(sizes.shape(), values);
        }

        /** The entries of weights or biases, row by row, behind their DequantizeLinear where they have one. */
        private String picked(String tensor, ChannelRange range, String suffix, List<Node> made) {
            if (graph.isConstant(tensor)) {
                return rewrite.constant(
                        tensor + "/" + suffix, picked(graph.constant(tensor).orElseThrow(), range));
            }
            Node scaled = graph.producer(tensor).orElseThrow();
            List<String> inputs = new ArrayList<>(scaled.inputs());
            for (int index = 0; index < inputs.size(); index++) {
                TensorData value = graph.constant(inputs.get(index)).orElse(null);
                if (value != null && (index == 0 || value.elements() > 1)) {
                    inputs.set(index, rewrite.constant(inputs.get(index) + "/" + suffix, picked(value, range)));
                }
            }
            Node copy = rewrite.made(scaled, suffix, "DequantizeLinear", inputs, "", scaled.attributes());
            made.add(copy);
            return copy.output(0);
        }

        private TensorData picked(TensorData whole, ChannelRange range) {
            long[] sizes = whole.shape().toArray();
            int rows = (int) sizes[0] / numbers;
            int unit = Math.toIntExact(whole.bytes().remaining() / sizes[0]);
            sizes[0] = (long) rows * range.size();
            ByteBuffer source = whole.bytes();
            ByteBuffer part =
                    ByteBuffer.allocate(Math.toIntExact(sizes[0] * unit)).order(ByteOrder.LITTLE_ENDIAN);
            for (int row = 0; row < rows; row++) {
                part.put(source.slice((row * numbers + range.from()) * unit, range.size() * unit));
            }
            return TensorData.of(new TensorType(whole.element(), Shape.of(sizes)), part.flip());
        }
    }
}
