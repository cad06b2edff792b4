// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

/** real = scale * (stored - zeroPoint), one pair for the whole tensor. */
public record Quantization(float scale, int zeroPoint) {
    /** The real value of a stored one. */
    public float real(int stored) {
        return scale * (float) (stored - zeroPoint);
    }
}
