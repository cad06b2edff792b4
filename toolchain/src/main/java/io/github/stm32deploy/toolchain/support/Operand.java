// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.Objects;

/**
 * An activation as an operation sees it.
 *
 * @param real tensor of the graph that holds the numbers meant (behind DequantizeLinear)
 * @param stored tensor of the graph that stands in memory: the integers where it is quantized, else {@code real}
 * @param element type of {@code stored}
 * @param shape of {@code real}; unknown dimensions are possible
 */
record Operand(String real, String stored, ElementType element, Shape shape, Quantization quantization) {
    Operand {
        Objects.requireNonNull(element);
        Objects.requireNonNull(shape);
        Objects.requireNonNull(quantization);
    }

    boolean quantized() {
        return quantization != Quantization.NONE;
    }

    Operand under(String name, Shape other) {
        return new Operand(name, stored, element, other, quantization);
    }

    /**
     * How integers map to numbers.
     *
     * @param scale of the first channel
     * @param zeroPoint of the first channel
     */
    record Quantization(float scale, long zeroPoint, boolean perChannel) {
        static final Quantization NONE = new Quantization(0, 0, false);
        /** A tensor that will be quantized with parameters nobody knows yet. */
        static final Quantization EXPECTED = new Quantization(1, 0, false);
    }
}
