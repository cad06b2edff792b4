// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Arithmetic of two tensors with broadcast.
 *
 * @param shape four sizes of the output in physical order
 * @param a null where the first operand is {@code constant}
 * @param b null where the second operand is {@code constant}
 */
record BinaryStep(
        Identity identity,
        Operation operation,
        int[] shape,
        Operand first,
        Operand second,
        Quantization outQuantization,
        int outMin,
        int outMax,
        Buffer a,
        Buffer b,
        byte[] constant,
        Buffer output)
        implements Step {

    enum Operation {
        ADD,
        SUB,
        MUL,
        DIV,
        MIN,
        MAX
    }

    /** @param stride four strides in elements along the output's physical axes, 0 where the operand is broadcast */
    record Operand(int[] stride, Quantization quantization) {}

    @Override
    public List<Buffer> inputs() {
        return a == null ? List.of(b) : b == null ? List.of(a) : List.of(a, b);
    }

    @Override
    public BinaryStep withInput(int index, Buffer input) {
        boolean replacesA = a != null && index == 0;
        return with(outMin, outMax, replacesA ? input : a, replacesA ? b : input, output);
    }

    @Override
    public BinaryStep withOutput(Buffer newOutput) {
        return with(outMin, outMax, a, b, newOutput);
    }

    @Override
    public int[] outputRange() {
        return new int[] {outMin, outMax};
    }

    @Override
    public BinaryStep withOutputRange(int min, int max) {
        return with(min, max, a, b, output);
    }

    private BinaryStep with(int min, int max, Buffer newA, Buffer newB, Buffer newOutput) {
        return new BinaryStep(
                identity, operation, shape, first, second, outQuantization, min, max, newA, newB, constant, newOutput);
    }

    @Override
    public String kernel() {
        return "n6_binary_s8";
    }

    @Override
    public String adapter() {
        return a == null ? "n6_layer_binary_constant_a" : b == null ? "n6_layer_binary_constant_b" : "n6_layer_binary";
    }

    @Override
    public CStructure parameters() {
        return CStructure.of("n6_binary_t")
                .put("op", "N6_BINARY_" + operation)
                .put("shape", shape)
                .put("a_stride", first.stride)
                .put("b_stride", second.stride)
                .put("a_scale", first.quantization.scale())
                .put("b_scale", second.quantization.scale())
                .put("out_scale", outQuantization.scale())
                .put("a_zero_point", first.quantization.zeroPoint())
                .put("b_zero_point", second.quantization.zeroPoint())
                .put("out_zero_point", outQuantization.zeroPoint())
                .put("out_min", outMin)
                .put("out_max", outMax)
                .build();
    }

    @Override
    public byte[] weights() {
        return constant;
    }

    @Override
    public long macc() {
        return Layout.elements(shape);
    }

    /** In place needs the operand to lie exactly as the output does. */
    @Override
    public OptionalInt inPlaceInput() {
        int[] dense = denseStrides();
        if (a != null && b != null && a.id() == b.id()) {
            return OptionalInt.empty();
        }
        if (a != null && Arrays.equals(effective(first.stride), dense)) {
            return OptionalInt.of(0);
        }
        if (b != null && Arrays.equals(effective(second.stride), dense)) {
            return OptionalInt.of(a == null ? 0 : 1);
        }
        return OptionalInt.empty();
    }

    private int[] denseStrides() {
        int[] dense = new int[4];
        int stride = 1;
        for (int axis = 3; axis >= 0; axis--) {
            dense[axis] = shape[axis] == 1 ? 0 : stride;
            stride *= shape[axis];
        }
        return dense;
    }

    private int[] effective(int[] strides) {
        int[] effective = strides.clone();
        for (int axis = 0; axis < 4; axis++) {
            if (shape[axis] == 1) {
                effective[axis] = 0;
            }
        }
        return effective;
    }
}
