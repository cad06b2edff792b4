// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.Objects;

/**
 * What one rule says about one node.
 *
 * @param floats true where a {@link Placement#CPU} kernel works on floats, so that quantized operands are dequantized before
 *     it and results quantized behind it
 * @param observed values of the node that the rule looked at, for the user's report
 */
public record Verdict(Placement placement, boolean floats, String observed) {
    public Verdict {
        Objects.requireNonNull(placement);
        Objects.requireNonNull(observed);
    }

    public static Verdict npu(String observed) {
        return new Verdict(Placement.NPU, false, observed);
    }

    public static Verdict hybrid(String observed) {
        return new Verdict(Placement.HYBRID, false, observed);
    }

    /** On the CPU in float. */
    public static Verdict cpuFloat(String observed) {
        return new Verdict(Placement.CPU, true, observed);
    }

    /** On the CPU with integers. */
    public static Verdict cpuInteger(String observed) {
        return new Verdict(Placement.CPU, false, observed);
    }

    public static Verdict none(String observed) {
        return new Verdict(Placement.NONE, false, observed);
    }

    public static Verdict refused(String observed) {
        return new Verdict(Placement.REFUSED, false, observed);
    }

    /** Higher wins: what stops everything before what is slow, what is slow before what is fast. */
    int severity() {
        return switch (placement) {
            case NONE -> 0;
            case NPU -> 1;
            case HYBRID -> 2;
            case OPTION -> 3;
            case CPU -> 4;
            case REFUSED -> 5;
            case ILLEGAL -> 6;
        };
    }
}
