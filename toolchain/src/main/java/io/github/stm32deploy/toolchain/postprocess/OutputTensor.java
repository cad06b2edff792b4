// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Objects;

/**
 * An output of a network with its values: real = scale * (stored - zeroPoint); scale 1 and zero point 0 for floats.
 */
public record OutputTensor(TensorData data, float scale, int zeroPoint) {
    public OutputTensor {
        Objects.requireNonNull(data);
    }

    public static OutputTensor ofFloats(Shape shape, float... values) {
        return new OutputTensor(TensorData.ofFloats(shape, values), 1.0f, 0);
    }

    /** Element {@code index} (row-major) as a real number: the zero point is subtracted as an integer, then one product. */
    float real(int index) {
        return isFloat() ? data.floatAt(index) : scale * (float) (data.integerAt(index) - zeroPoint);
    }

    /** Element {@code index} less element {@code other}: integers are subtracted as such, their zero points cancel. */
    float difference(int index, int other) {
        return isFloat()
                ? data.floatAt(index) - data.floatAt(other)
                : scale * (float) (data.integerAt(index) - data.integerAt(other));
    }

    boolean isFloat() {
        return data.element().isFloatingPoint();
    }

    ElementType element() {
        return data.element();
    }

    /** Number of rows of {@code columns} elements, or an exception where the elements do not make whole rows. */
    int rows(int columns) {
        long elements = data.elements();
        if (elements % columns != 0) {
            throw new IllegalArgumentException(
                    "a tensor " + data.shape() + " has no whole rows of " + columns + " values");
        }
        return Math.toIntExact(elements / columns);
    }
}
