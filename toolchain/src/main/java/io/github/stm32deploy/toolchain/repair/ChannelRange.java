// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Neighbouring entries of one axis that a Slice, Split or Gather takes.
 *
 * @param tensor that they become
 * @param axis counted from the first
 * @param from first entry
 * @param to behind the last entry
 */
record ChannelRange(String tensor, int axis, int from, int to) {
    int size() {
        return to - from;
    }

    /** What a Slice or Split takes along {@code axis} alone, without steps; empty for any other node or axis. */
    static List<ChannelRange> of(ModelGraph graph, Node node, int axis) {
        Optional<Shape> in = graph.type(node.input(0)).map(TensorType::shape);
        if (in.isEmpty() || in.get().rank() <= axis || in.get().size(axis) < 0) {
            return List.of();
        }
        if (node.is("Split")) {
            return split(graph, node, in.get(), axis);
        }
        return node.is("Slice") && graph.opset() >= 10 ? slice(graph, node, in.get(), axis) : List.of();
    }

    private static List<ChannelRange> split(ModelGraph graph, Node node, Shape in, int axis) {
        long stated = node.intAttribute("axis", 0);
        if ((stated < 0 ? stated + in.rank() : stated) != axis) {
            return List.of();
        }
        List<ChannelRange> ranges = new ArrayList<>();
        int from = 0;
        for (String output : node.outputs()) {
            Optional<Shape> part = graph.type(output).map(TensorType::shape);
            if (part.isEmpty() || part.get().rank() != in.rank() || part.get().size(axis) < 1) {
                return List.of();
            }
            int to = from + (int) part.get().size(axis);
            ranges.add(new ChannelRange(output, axis, from, to));
            from = to;
        }
        return from == in.size(axis) ? ranges : List.of();
    }

    private static List<ChannelRange> slice(ModelGraph graph, Node node, Shape in, int axis) {
        Optional<TensorData> starts = graph.constant(node.input(1));
        Optional<TensorData> ends = graph.constant(node.input(2));
        boolean known = starts.isPresent()
                && ends.isPresent()
                && (!node.hasInput(3) || graph.isConstant(node.input(3)))
                && (!node.hasInput(4) || graph.isConstant(node.input(4)));
        if (!known) {
            return List.of();
        }
        List<ChannelRange> ranges = new ArrayList<>();
        for (int index = 0; index < starts.get().elements(); index++) {
            long along = node.hasInput(3) ? graph.constant(node.input(3)).get().integerAt(index) : index;
            along = along < 0 ? along + in.rank() : along;
            long step = node.hasInput(4) ? graph.constant(node.input(4)).get().integerAt(index) : 1;
            long size = in.size((int) along);
            long from = bound(starts.get().integerAt(index), size);
            long to = bound(ends.get().integerAt(index), size);
            if (along == axis && step == 1 && to > from) {
                ranges.add(new ChannelRange(node.output(0), axis, (int) from, (int) to));
            } else if (size < 0 || from != 0 || to != size || step != 1) {
                return List.of();
            }
        }
        return ranges.size() == 1 ? ranges : List.of();
    }

    private static long bound(long stated, long size) {
        return Math.max(0, Math.min(size, stated < 0 ? stated + size : stated));
    }

    /** The entries of a constant along an axis of it. */
    TensorData of(TensorData whole, int along) {
        Shape shape = whole.shape();
        long[] sizes = shape.toArray();
        sizes[along] = size();
        long inner = 1;
        for (int axis = along + 1; axis < shape.rank(); axis++) {
            inner *= shape.size(axis);
        }
        long outer = whole.elements() / Math.max(1, inner * shape.size(along));
        int unit = Math.toIntExact(inner * whole.element().bits() / 8);
        ByteBuffer source = whole.bytes();
        ByteBuffer part =
                ByteBuffer.allocate(Math.toIntExact(outer * size() * unit)).order(ByteOrder.LITTLE_ENDIAN);
        for (int block = 0; block < outer; block++) {
            int at = Math.toIntExact((block * shape.size(along) + from) * unit);
            part.put(source.slice(at, size() * unit));
        }
        return TensorData.of(new TensorType(whole.element(), Shape.of(sizes)), part.flip());
    }
}
