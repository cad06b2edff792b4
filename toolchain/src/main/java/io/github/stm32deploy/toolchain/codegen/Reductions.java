// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Averages, sums, softmax and linear resizing: operators that combine elements of one tensor. */
final class Reductions {
    /** Operators by the kernel's name for them. */
    private static final Map<String, String> SUMS = Map.of(
            "ReduceSum", "SUM",
            "ReduceSumSquare", "SUM_SQUARE",
            "ReduceL1", "L1",
            "ReduceL2", "L2");

    private static final int SUM_LIMIT = 32768;
    private static final Set<String> OPERATORS =
            Set.of("AveragePool", "GlobalAveragePool", "ReduceMean", "Softmax", "Resize", "Upsample");

    private final GraphLowering lowering;

    Reductions(GraphLowering lowering) {
        this.lowering = lowering;
    }

    boolean supports(Node node) {
        return node.domain().isEmpty() && (OPERATORS.contains(node.operator()) || SUMS.containsKey(node.operator()));
    }

    StoredTensor lower(Node node, String output, Target target) {
        int[] shape = lowering.shape(node, output);
        Real input = lowering.real(node.input(0));
        return switch (node.operator()) {
            case "ReduceMean" -> mean(node, output, input, shape, target);
            case "ReduceSum", "ReduceSumSquare", "ReduceL1", "ReduceL2" -> sum(node, output, input, shape, target);
            case "Softmax" -> softmax(node, output, input, target);
            case "Resize", "Upsample" -> Resizing.bilinear(lowering, node, output, input, shape, target);
            default -> Pooling.average(lowering, node, output, input, shape, target);
        };
    }

    /**
     * A tensor as three axes, of which the middle one vanishes.
     *
     * @param kept shape with size 1 where an axis vanishes
     */
    record Reduced(StoredTensor tensor, int outer, int length, int inner, int[] kept) {}

    /**
     * Moves bytes only where the axes that vanish do not lie side by side.
     *
     * @param first whether they must lie in front of the others
     * @return empty where the node leaves its input as it is
     */
    static Optional<Reduced> reduced(GraphLowering lowering, Node node, StoredTensor tensor, boolean first) {
        int rank = tensor.rank();
        long[] stated = node.hasInput(1)
                ? lowering.constants()
                        .value(node.input(1))
                        .map(TensorData::toLongs)
                        .orElseThrow(() -> Unlowerable.attribute(node, "computed axes", "axes are constants"))
                : node.intsAttribute("axes").orElse(null);
        boolean all = stated == null || stated.length == 0;
        if (all && node.intAttribute("noop_with_empty_axes", 0) != 0) {
            return Optional.empty();
        }
        boolean[] vanishes = new boolean[rank];
        Arrays.fill(vanishes, all);
        for (int index = 0; !all && index < stated.length; index++) {
            vanishes[(int) (stated[index] < 0 ? stated[index] + rank : stated[index])] = true;
        }
        int[] before =
                Arrays.stream(tensor.order()).takeWhile(axis -> !vanishes[axis]).toArray();
        int[] reduced =
                Arrays.stream(tensor.order()).filter(axis -> vanishes[axis]).toArray();
        boolean asItLies = !first
                && IntStream.range(before.length, before.length + reduced.length)
                        .allMatch(position -> vanishes[tensor.order()[position]]);
        IntStream kept = Arrays.stream(tensor.order()).filter(axis -> !vanishes[axis]);
        StoredTensor arranged = asItLies
                ? tensor
                : lowering.arranged(
                        tensor, IntStream.concat(Arrays.stream(reduced), kept).toArray(), node);
        int[] shape = tensor.shape().clone();
        int outer = 1;
        for (int axis : before) {
            outer *= asItLies ? shape[axis] : 1;
        }
        int length = 1;
        for (int axis : reduced) {
            length *= shape[axis];
            shape[axis] = 1;
        }
        return Optional.of(new Reduced(arranged, outer, length, (int) (tensor.elements() / length / outer), shape));
    }

    private StoredTensor mean(Node node, String output, Real input, int[] shape, Target target) {
        Optional<Reduced> found = reduced(lowering, node, input.tensor(), true);
        if (found.isEmpty()) {
            return lowering.requantized(input, target, node);
        }
        Reduced image = found.get();
        Buffer buffer = lowering.buffer(output, image.inner);
        lowering.add(new PoolStep(
                lowering.identity(node),
                false,
                PoolStep.Window.column(image.length, image.inner),
                input.quantization(),
                target.quantization(),
                target.min(),
                target.max(),
                image.tensor.buffer(),
                buffer));
        return lowering.reshaped(new StoredTensor(buffer, image.kept, image.tensor.order(), false), shape, node);
    }

    private StoredTensor sum(Node node, String output, Real input, int[] shape, Target target) {
        Optional<Reduced> found = reduced(lowering, node, input.tensor(), false);
        if (found.isEmpty()) {
            if (!node.is("ReduceSum")) {
                throw Unlowerable.attribute(node, "no axes", node.operator() + " names the axes it sums over");
            }
            return lowering.requantized(input, target, node);
        }
        Reduced block = found.get();
        if (block.length > SUM_LIMIT) {
            throw Unlowerable.size(node, block.length + " values a sum", "at most 32768, or 32-bit sums overflow");
        }
        CStructure parameters = CStructure.of("n6_reduce_t")
                .put("op", "N6_REDUCE_" + SUMS.get(node.operator()))
                .put("outer", block.outer)
                .put("length", block.length)
                .put("inner", block.inner)
                .put("in_scale", input.quantization().scale())
                .put("out_scale", target.quantization().scale())
                .put("in_zero_point", input.quantization().zeroPoint())
                .put("out_zero_point", target.quantization().zeroPoint())
                .build();
        Buffer buffer = lowering.buffer(output, (long) block.outer * block.inner);
        lowering.add(new ChannelStep(
                lowering.identity(node),
                ChannelStep.Function.REDUCE,
                parameters,
                null,
                null,
                block.tensor.elements(),
                block.tensor.buffer(),
                buffer));
        StoredTensor result = new StoredTensor(buffer, block.kept, block.tensor.order(), false);
        return lowering.reshaped(lowering.limited(result, target), shape, node);
    }

    private StoredTensor softmax(Node node, String output, Real input, Target target) {
        StoredTensor tensor = input.tensor();
        int rank = tensor.rank();
        boolean flattens = lowering.graph().opset() < 13;
        int axis = (int) node.intAttribute("axis", flattens ? 1 : -1);
        axis = axis < 0 ? axis + rank : axis;
        int outer;
        int length;
        int inner;
        if (flattens && Layout.product(tensor.shape(), axis + 1, rank) != 1) {
            // Before opset 13 everything from the axis on is one row.
            tensor = lowering.arranged(tensor, Layout.rowMajor(rank), node);
            outer = (int) Layout.product(tensor.shape(), 0, axis);
            length = (int) Layout.product(tensor.shape(), axis, rank);
            inner = 1;
        } else {
            int position = Layout.position(tensor.order(), axis);
            int[] physical = tensor.physicalShape();
            outer = (int) Layout.product(physical, 0, position);
            length = physical[position];
            inner = (int) Layout.product(physical, position + 1, rank);
        }
        CStructure parameters = CStructure.of("n6_softmax_t")
                .put("outer", outer)
                .put("length", length)
                .put("inner", inner)
                .put("in_scale", input.quantization().scale())
                .put("out_scale", target.quantization().scale())
                .put("out_zero_point", target.quantization().zeroPoint())
                .build();
        ByteBuffer table = ByteBuffer.allocate(256 * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int distance = 0; distance < 256; distance++) {
            float below = -input.quantization().scale() * distance;
            table.putFloat((float) Math.exp(below));
        }
        Buffer buffer = lowering.buffer(output, tensor.elements());
        lowering.add(new ChannelStep(
                lowering.identity(node),
                ChannelStep.Function.SOFTMAX,
                parameters,
                null,
                table.array(),
                tensor.elements(),
                tensor.buffer(),
                buffer));
        return lowering.limited(tensor.in(buffer), target);
    }
}
