// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

/**
 * How a real-valued tensor is to be stored: quantized, then limited to min..max quanta. The limits carry activations such
 * as Relu that stand between an operator and its QuantizeLinear; this is exact because quantizing is monotonic.
 */
record Target(Quantization quantization, int min, int max) {
    static Target of(Quantization quantization) {
        return new Target(quantization, -128, 127);
    }

    boolean isFullRange() {
        return min == -128 && max == 127;
    }

    int clamp(int quanta) {
        return Math.min(Math.max(quanta, min), max);
    }

    /** The target of x where this is the target of min(max(x, low), high). */
    Target behindClip(float low, float high) {
        int lowQuanta = clamp(quantization.quantize(low));
        int highQuanta = clamp(quantization.quantize(high));
        return new Target(quantization, Math.min(lowQuanta, highQuanta), highQuanta);
    }

    int quantize(float real) {
        return clamp(quantization.quantize(real));
    }
}
