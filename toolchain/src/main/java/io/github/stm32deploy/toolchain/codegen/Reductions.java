// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.IntStream;

/** Averages, softmax and linear resizing: operators that combine elements of one tensor. */
final class Reductions {
    private static final Set<String> OPERATORS =
            Set.of("AveragePool", "GlobalAveragePool", "ReduceMean", "Softmax", "Resize", "Upsample");

    private final GraphLowering lowering;

    Reductions(GraphLowering lowering) {
        this.lowering = lowering;
    }

    boolean supports(Node node) {
        return node.domain().isEmpty() && OPERATORS.contains(node.operator());
    }

    StoredTensor lower(Node node, String output, Target target) {
        int[] shape = lowering.shape(node, output);
        Real input = lowering.real(node.input(0));
        return switch (node.operator()) {
            case "ReduceMean" -> mean(node, output, input, shape, target);
            case "Softmax" -> softmax(node, output, input, target);
            case "Resize", "Upsample" -> Resizing.bilinear(lowering, node, output, input, shape, target);
            default -> Pooling.average(lowering, node, output, input, shape, target);
        };
    }

    private StoredTensor mean(Node node, String output, Real input, int[] shape, Target target) {
        StoredTensor tensor = input.tensor();
        int rank = tensor.rank();
        long[] stated = node.hasInput(1)
                ? lowering.constants()
                        .value(node.input(1))
                        .map(TensorData::toLongs)
                        .orElseThrow(() -> Unlowerable.attribute(node, "computed axes", "axes are constants"))
                : node.intsAttribute("axes").orElse(null);
        if ((stated == null || stated.length == 0) && node.intAttribute("noop_with_empty_axes", 0) != 0) {
            return lowering.requantized(input, target, node);
        }
        int[] reduced = stated == null || stated.length == 0
                ? Layout.rowMajor(rank)
                : Arrays.stream(stated)
                        .mapToInt(axis -> (int) (axis < 0 ? axis + rank : axis))
                        .sorted()
                        .toArray();
        boolean[] isReduced = new boolean[rank];
        for (int axis : reduced) {
            isReduced[axis] = true;
        }
        // Reduced axes first, in the order they lie in; what stays is the channels.
        int[] order = IntStream.concat(
                        Arrays.stream(tensor.order()).filter(axis -> isReduced[axis]),
                        Arrays.stream(tensor.order()).filter(axis -> !isReduced[axis]))
                .toArray();
        StoredTensor image = lowering.arranged(tensor, order, node);
        int[] physical = image.physicalShape();
        int pixels = (int) Layout.product(physical, 0, reduced.length);
        int channels = (int) Layout.product(physical, reduced.length, rank);
        Buffer buffer = lowering.buffer(output, channels);
        lowering.add(new PoolStep(
                lowering.identity(node),
                false,
                new PoolStep.Window(pixels, 1, channels, 1, 1, pixels, 1, 1, 1, 0, 0, false),
                input.quantization(),
                target.quantization(),
                target.min(),
                target.max(),
                image.buffer(),
                buffer));
        int[] kept = tensor.shape().clone();
        for (int axis : reduced) {
            kept[axis] = 1;
        }
        return lowering.reshaped(new StoredTensor(buffer, kept, order, false), shape, node);
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
