// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import java.util.Objects;

/**
 * What one rule says about one node.
 *
 * @param floats true where a {@link Placement#CPU} kernel works on floats, so that quantized operands are dequantized before
 *     it and results quantized behind it
 * @param observed values of the node that the rule looked at, for the user's report
 * @param remark true where it decides nothing about the placement: a cost or a risk that comes with the form
 */
public record Verdict(Placement placement, boolean floats, String observed, boolean remark) {
    public Verdict {
        Objects.requireNonNull(placement);
        Objects.requireNonNull(observed);
    }

    public static Verdict npu(String observed) {
        return new Verdict(Placement.NPU, false, observed, false);
    }

    public static Verdict hybrid(String observed) {
        return new Verdict(Placement.HYBRID, false, observed, false);
    }

    /** On the CPU in float. */
    public static Verdict cpuFloat(String observed) {
        return new Verdict(Placement.CPU, true, observed, false);
    }

    /** On the CPU with integers. */
    public static Verdict cpuInteger(String observed) {
        return new Verdict(Placement.CPU, false, observed, false);
    }

    public static Verdict none(String observed) {
        return new Verdict(Placement.NONE, false, observed, false);
    }

    public static Verdict refused(String observed) {
        return new Verdict(Placement.REFUSED, false, observed, false);
    }

    public static Verdict option(String observed) {
        return new Verdict(Placement.OPTION, false, observed, false);
    }

    /** Says nothing about where the node runs. */
    public static Verdict remark(String observed) {
        return new Verdict(Placement.NONE, false, observed, true);
    }

    /**
     * Higher wins: what stops everything before what is slow, what is slow before what is fast. An option refines CPU, so the
     * more specific rule decides between the two.
     */
    int severity() {
        if (remark) {
            return -1;
        }
        return switch (placement) {
            case NONE -> 0;
            case NPU -> 1;
            case HYBRID -> 2;
            case OPTION, CPU -> 4;
            case REFUSED -> 5;
            case ILLEGAL -> 6;
        };
    }
}
