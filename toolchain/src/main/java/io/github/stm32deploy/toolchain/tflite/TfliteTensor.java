// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;

/**
 * A tensor as the file describes it.
 *
 * @param name made unique within the file
 * @param data stored values, a window into the file; null where the file stores none
 * @param scales empty where the tensor is not quantized; one, or one for each channel
 * @param zeroPoints as many as scales
 * @param quantizedAxis axis of the channels where there are several scales
 * @param variable state that lives from one inference to the next
 */
record TfliteTensor(
        int index,
        String name,
        TensorType type,
        ByteBuffer data,
        float[] scales,
        long[] zeroPoints,
        int quantizedAxis,
        boolean variable) {

    Shape shape() {
        return type.shape();
    }

    int rank() {
        return type.shape().rank();
    }

    ElementType element() {
        return type.element();
    }

    /** True for integers that stand for real numbers. */
    boolean isQuantized() {
        return scales.length > 0 && !element().isFloatingPoint() && element() != ElementType.UNKNOWN;
    }

    boolean isPerChannel() {
        return scales.length > 1;
    }

    boolean isStored() {
        return data != null;
    }
}
