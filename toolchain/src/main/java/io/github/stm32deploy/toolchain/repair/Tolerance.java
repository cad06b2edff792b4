// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

/**
 * How far results may move.
 *
 * @param relative largest error of an output, as a share of its largest magnitude
 * @param quanta largest error in steps of an output that is quantized; such an output is held to this bound only
 */
public record Tolerance(double relative, double quanta) {
    /** Not one bit: values are moved, renamed or computed ahead of time. */
    public static final Tolerance EXACT = new Tolerance(0, 0);

    /** The same arithmetic in another order: rounding of binary32. */
    public static final Tolerance ROUNDING = new Tolerance(1e-5, 0);

    public Tolerance {
        if (!(relative >= 0) || !(quanta >= 0)) {
            throw new IllegalArgumentException("relative " + relative + ", quanta " + quanta);
        }
    }

    /** Rounding in float graphs, and so many steps where the output is quantized. */
    public static Tolerance quanta(double steps) {
        return new Tolerance(1e-5, steps);
    }
}
