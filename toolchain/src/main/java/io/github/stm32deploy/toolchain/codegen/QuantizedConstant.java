// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * A constant behind DequantizeLinear. 4-bit and 8-bit values are int8 (uint8 shifted by 128, zero points too).
 *
 * @param values stored integers, row-major
 * @param scales one, or one for each index of {@code axis}
 * @param axis axis that scales and zero points belong to; -1 where there is one for all
 */
record QuantizedConstant(ElementType element, int[] shape, int[] values, float[] scales, int[] zeroPoints, int axis) {

    private static final Set<ElementType> STORED =
            EnumSet.of(ElementType.INT8, ElementType.UINT8, ElementType.INT4, ElementType.UINT4, ElementType.INT32);

    /** Empty where the types or sizes are none that DequantizeLinear of 4, 8 or 32 bits can have. */
    static Optional<QuantizedConstant> of(
            TensorData data, TensorData scale, Optional<TensorData> zeroPoint, int axisAttribute) {
        ElementType element = data.element();
        if (!STORED.contains(element)) {
            return Optional.empty();
        }
        int[] shape = data.shape().toIntArray();
        float[] scales = scale.toFloats();
        int[] zeroPoints = zeroPoint.map(TensorData::toInts).orElseGet(() -> new int[scales.length]);
        int[] values = data.toInts();
        int axis = axisAttribute < 0 ? axisAttribute + shape.length : axisAttribute;
        if (scales.length == 1) {
            axis = -1;
        } else if (axis < 0 || axis >= shape.length || shape[axis] != scales.length) {
            return Optional.empty();
        }
        if (zeroPoints.length != scales.length) {
            return Optional.empty();
        }
        if (element == ElementType.UINT8) {
            values = Arrays.stream(values).map(value -> value - 128).toArray();
            zeroPoints = Arrays.stream(zeroPoints).map(zero -> zero - 128).toArray();
        }
        // Codes of 4 bits are codes of 8 bits that use few of them.
        boolean narrow = element == ElementType.INT4 || element == ElementType.UINT4;
        return Optional.of(
                new QuantizedConstant(narrow ? ElementType.INT8 : element, shape, values, scales, zeroPoints, axis));
    }

    boolean isPerTensor() {
        return axis < 0;
    }

    /** Index into scales for element {@code index}. */
    private int channel(int index) {
        return axis < 0 ? 0 : (int) (index / Layout.product(shape, axis + 1, shape.length)) % shape[axis];
    }

    float real(int index) {
        int channel = channel(index);
        return (values[index] - zeroPoints[channel]) * scales[channel];
    }

    /** The same numbers with zero points 0; empty where a difference does not fit in int8. */
    Optional<QuantizedConstant> symmetric() {
        int[] shifted = new int[values.length];
        for (int index = 0; index < values.length; index++) {
            shifted[index] = values[index] - zeroPoints[channel(index)];
            if (shifted[index] < -128 || shifted[index] > 127) {
                return Optional.empty();
            }
        }
        return Optional.of(new QuantizedConstant(element, shape, shifted, scales, new int[zeroPoints.length], axis));
    }

    QuantizedConstant transposed(int[] permutation) {
        int[] newShape = new int[permutation.length];
        int newAxis = -1;
        for (int i = 0; i < permutation.length; i++) {
            newShape[i] = shape[permutation[i]];
            if (permutation[i] == axis) {
                newAxis = i;
            }
        }
        return new QuantizedConstant(
                element, newShape, permuted(values, shape, permutation), scales, zeroPoints, newAxis);
    }

    /** Empty where a per-axis constant loses its axis. */
    Optional<QuantizedConstant> reshaped(int[] newShape) {
        if (axis < 0) {
            return Optional.of(new QuantizedConstant(element, newShape, values, scales, zeroPoints, -1));
        }
        long before = Layout.product(shape, 0, axis);
        for (int candidate = 0; candidate < newShape.length; candidate++) {
            if (newShape[candidate] == shape[axis] && Layout.product(newShape, 0, candidate) == before) {
                return Optional.of(new QuantizedConstant(element, newShape, values, scales, zeroPoints, candidate));
            }
        }
        return Optional.empty();
    }

    byte[] bytes() {
        byte[] bytes = new byte[values.length];
        for (int index = 0; index < bytes.length; index++) {
            bytes[index] = (byte) values[index];
        }
        return bytes;
    }

    /** Row-major values of Transpose(x, permutation). */
    static int[] permuted(int[] values, int[] shape, int[] permutation) {
        int rank = shape.length;
        long[] stride = new long[rank];
        long step = 1;
        for (int axis = rank - 1; axis >= 0; axis--) {
            stride[axis] = step;
            step *= shape[axis];
        }
        int[] result = new int[values.length];
        int[] at = new int[rank];
        for (int index = 0; index < result.length; index++) {
            long from = 0;
            for (int axis = 0; axis < rank; axis++) {
                from += at[axis] * stride[permutation[axis]];
            }
            result[index] = values[(int) from];
            for (int axis = rank - 1; axis >= 0 && ++at[axis] == shape[permutation[axis]]; axis--) {
                at[axis] = 0;
            }
        }
        return result;
    }
}
