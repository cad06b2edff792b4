// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Element-wise operators: functions of one tensor as tables, arithmetic of two, PReLU. */
final class Pointwise {
    private static final Set<String> BINARY = Set.of("Add", "Sub", "Mul", "Div", "Min", "Max");

    private final GraphLowering lowering;
    private final Operands operands;

    Pointwise(GraphLowering lowering, Operands operands) {
        this.lowering = lowering;
        this.operands = operands;
    }

    boolean supports(Node node) {
        return node.domain().isEmpty()
                && (BINARY.contains(node.operator()) || node.operator().equals("PRelu"));
    }

    /** A chain of functions down to a tensor that is known exactly: one table, the numbers as ONNX Runtime computes them. */
    Optional<StoredTensor> byTable(String tensor, Target target) {
        List<ElementFunction> chain = new ArrayList<>();
        String base = tensor;
        while (lowering.exactQuantization(base).isEmpty()) {
            Optional<ElementFunction> function =
                    lowering.graph().producer(base).flatMap(node -> ElementFunction.of(node, lowering.constants()));
            if (function.isEmpty()) {
                return Optional.empty();
            }
            chain.add(0, function.get());
            base = function.get().input();
        }
        if (chain.isEmpty()) {
            return Optional.empty();
        }
        Real real = lowering.real(base);
        byte[] table = new byte[256];
        for (int quanta = -128; quanta < 128; quanta++) {
            float value = real.quantization().dequantize(quanta);
            for (ElementFunction function : chain) {
                value = function.function().apply(value);
            }
            table[quanta & 0xFF] = (byte) target.quantize(value);
        }
        Node last = chain.get(chain.size() - 1).node();
        return Optional.of(lowering.looked(real.tensor(), table, last));
    }

    StoredTensor lower(Node node, String output, Target target) {
        return node.is("PRelu") ? prelu(node, output, target) : binary(node, output, target);
    }

    private StoredTensor binary(Node node, String output, Target target) {
        if (node.inputs().size() != 2) {
            throw Unlowerable.attribute(node, node.inputs().size() + " operands", "two operands");
        }
        int[] shape = lowering.shape(node, output);
        int rank = shape.length;
        Operands.Operand first = operands.of(node, node.input(0));
        Operands.Operand second = operands.of(node, node.input(1));
        int[] order = outputOrder(shape, first, second);
        byte[] constant = null;
        if (first.constant() != null) {
            constant = physicalBytes(first.constant(), order);
        } else if (second.constant() != null) {
            constant = physicalBytes(second.constant(), order);
        }
        StoredTensor a = first.tensor() == null ? null : follow(first.tensor(), order, shape, node);
        StoredTensor b = second.tensor() == null ? null : follow(second.tensor(), order, shape, node);
        long[] strideA = strides(first.shape(), a, order);
        long[] strideB = strides(second.shape(), b, order);
        Collapsed collapsed = collapse(Layout.physical(shape, order), strideA, strideB, node);
        Buffer buffer = lowering.buffer(output, Layout.elements(shape));
        lowering.add(new BinaryStep(
                lowering.identity(node),
                BinaryStep.Operation.valueOf(node.operator().toUpperCase(java.util.Locale.ROOT)),
                collapsed.shape,
                new BinaryStep.Operand(collapsed.strideA, first.quantization()),
                new BinaryStep.Operand(collapsed.strideB, second.quantization()),
                target.quantization(),
                target.min(),
                target.max(),
                a == null ? null : a.buffer(),
                b == null ? null : b.buffer(),
                constant,
                buffer));
        return new StoredTensor(buffer, shape, rank == 0 ? new int[0] : order, false);
    }

    /** The output lies as an operand of its full size does, else as the operand of most axes. */
    private static int[] outputOrder(int[] shape, Operands.Operand first, Operands.Operand second) {
        for (Operands.Operand operand : List.of(first, second)) {
            if (operand.tensor() != null && operand.tensor().elements() == Layout.elements(shape)) {
                return operand.tensor().withRank(shape.length).order();
            }
        }
        StoredTensor tensor = first.tensor() == null
                ? second.tensor()
                : second.tensor() == null
                                || first.tensor().rank() >= second.tensor().rank()
                        ? first.tensor()
                        : second.tensor();
        return tensor.withRank(shape.length).order();
    }

    /** An operand of full size is brought into the output's order; a broadcast one is read through its strides. */
    private StoredTensor follow(StoredTensor tensor, int[] order, int[] shape, Node node) {
        StoredTensor full = tensor.withRank(shape.length);
        return full.elements() == Layout.elements(shape) ? lowering.arranged(full, order, node) : full;
    }

    private static byte[] physicalBytes(QuantizedConstant constant, int[] order) {
        int[] own = ownOrder(constant.shape().length, order);
        return constant.transposed(own).bytes();
    }

    /** The part of {@code order} that the last {@code rank} axes have. */
    private static int[] ownOrder(int rank, int[] order) {
        int missing = order.length - rank;
        return Arrays.stream(order)
                .filter(axis -> axis >= missing)
                .map(axis -> axis - missing)
                .toArray();
    }

    /** Element strides along the output's physical axes, 0 where the operand has one element there. */
    private static long[] strides(int[] ownShape, StoredTensor tensor, int[] order) {
        int missing = order.length - ownShape.length;
        int[] own = tensor == null ? ownOrder(ownShape.length, order) : null;
        int[] lying =
                tensor == null ? Arrays.stream(own).map(axis -> axis + missing).toArray() : tensor.order();
        int[] shape = tensor == null ? new int[order.length] : tensor.shape();
        if (tensor == null) {
            Arrays.fill(shape, 1);
            System.arraycopy(ownShape, 0, shape, missing, ownShape.length);
        }
        long[] byAxis = new long[order.length];
        long stride = 1;
        for (int position = lying.length - 1; position >= 0; position--) {
            int axis = lying[position];
            byAxis[axis] = shape[axis] == 1 ? 0 : stride;
            stride *= shape[axis];
        }
        return Arrays.stream(order).mapToLong(axis -> byAxis[axis]).toArray();
    }

    private record Collapsed(int[] shape, int[] strideA, int[] strideB) {}

    /** Neighbouring axes that both operands run through alike become one. */
    private static Collapsed collapse(int[] shape, long[] strideA, long[] strideB, Node node) {
        List<long[]> axes = new ArrayList<>();
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == 1) {
                continue;
            }
            long[] axis = {shape[i], strideA[i], strideB[i]};
            if (!axes.isEmpty()) {
                long[] outer = axes.get(axes.size() - 1);
                if (outer[1] == axis[1] * axis[0] && outer[2] == axis[2] * axis[0]) {
                    axes.set(axes.size() - 1, new long[] {outer[0] * axis[0], axis[1], axis[2]});
                    continue;
                }
            }
            axes.add(axis);
        }
        if (axes.size() > 4) {
            throw Unlowerable.attribute(
                    node, "a broadcast over " + axes.size() + " independent axes", "at most 4 independent axes");
        }
        int[][] four = new int[3][];
        for (int part = 0; part < 3; part++) {
            int which = part;
            four[part] = Layout.four(
                    axes.stream().mapToInt(axis -> Math.toIntExact(axis[which])).toArray(), part == 0 ? 1 : 0);
        }
        return new Collapsed(four[0], four[1], four[2]);
    }

    private StoredTensor prelu(Node node, String output, Target target) {
        Real input = lowering.real(node.input(0));
        Operands.Operand slope = operands.of(node, node.input(1));
        if (slope.constant() == null) {
            throw Unlowerable.attribute(node, "a computed slope", "the slope of PRelu is a constant");
        }
        StoredTensor tensor = input.tensor();
        int rank = tensor.rank();
        int missing = rank - slope.shape().length;
        int axis = -1;
        for (int i = 0; i < slope.shape().length; i++) {
            if (slope.shape()[i] != 1) {
                if (axis >= 0) {
                    throw Unlowerable.attribute(
                            node,
                            "slope of shape " + Arrays.toString(slope.shape()),
                            "the slope varies along one axis");
                }
                axis = i + missing;
            }
        }
        int channel = axis < 0 ? tensor.order()[rank - 1] : axis;
        int[] order = java.util.stream.IntStream.concat(
                        Arrays.stream(tensor.order()).filter(other -> other != channel),
                        java.util.stream.IntStream.of(channel))
                .toArray();
        StoredTensor rows = lowering.arranged(tensor, order, node);
        int channels = rows.shape()[channel];
        byte[] slopes = slope.constant().bytes();
        if (slopes.length == 1) {
            byte[] repeated = new byte[channels];
            Arrays.fill(repeated, slopes[0]);
            slopes = repeated;
        }
        CStructure parameters = CStructure.of("n6_prelu_t")
                .put("rows", rows.elements() / channels)
                .put("channels", channels)
                .put("in_scale", input.quantization().scale())
                .put("slope_scale", slope.quantization().scale())
                .put("out_scale", target.quantization().scale())
                .put("in_zero_point", input.quantization().zeroPoint())
                .put("slope_zero_point", slope.quantization().zeroPoint())
                .put("out_zero_point", target.quantization().zeroPoint())
                .build();
        Buffer buffer = lowering.buffer(output, rows.elements());
        lowering.add(new ChannelStep(
                lowering.identity(node),
                ChannelStep.Function.PRELU,
                parameters,
                slopes,
                null,
                rows.elements(),
                rows.buffer(),
                buffer));
        return lowering.limited(rows.in(buffer), target);
    }
}
