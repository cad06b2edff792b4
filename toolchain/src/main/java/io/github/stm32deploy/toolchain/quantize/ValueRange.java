// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

/** Smallest and largest real value of a tensor. */
public record ValueRange(float lowest, float highest) {
    public ValueRange {
        if (!(lowest <= highest)) {
            throw new IllegalArgumentException("range [" + lowest + ", " + highest + "]");
        }
    }

    /** Beyond this a sigmoid is 0 or 1 to within a tenth of the quantum 1/256: the range to state for score logits. */
    public static final ValueRange SIGMOID_LOGITS = new ValueRange(-8, 8);

    /** This range without what lies beyond {@code bounds}. */
    ValueRange within(ValueRange bounds) {
        return new ValueRange(
                Math.max(bounds.lowest, Math.min(bounds.highest, lowest)),
                Math.max(bounds.lowest, Math.min(bounds.highest, highest)));
    }

    public ValueRange union(ValueRange other) {
        return new ValueRange(Math.min(lowest, other.lowest), Math.max(highest, other.highest));
    }

    /** This mean of {@code samples} ranges with one more in it. */
    ValueRange movedTowards(ValueRange one, int samples) {
        double share = 1.0 / (samples + 1);
        return new ValueRange(
                (float) (lowest + (one.lowest - lowest) * share), (float) (highest + (one.highest - highest) * share));
    }

    public ValueRange including(float value) {
        return new ValueRange(Math.min(lowest, value), Math.max(highest, value));
    }
}
