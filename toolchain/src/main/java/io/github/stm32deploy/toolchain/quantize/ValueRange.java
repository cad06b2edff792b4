// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

/** Smallest and largest real value of a tensor. */
public record ValueRange(float lowest, float highest) {
    public ValueRange {
        if (!(lowest <= highest)) {
            throw new IllegalArgumentException("range [" + lowest + ", " + highest + "]");
        }
    }

    public ValueRange union(ValueRange other) {
        return new ValueRange(Math.min(lowest, other.lowest), Math.max(highest, other.highest));
    }

    public ValueRange including(float value) {
        return new ValueRange(Math.min(lowest, value), Math.max(highest, value));
    }
}
