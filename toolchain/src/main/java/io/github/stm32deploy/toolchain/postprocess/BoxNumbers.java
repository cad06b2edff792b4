// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Objects;

/**
 * What the four numbers of a box mean.
 *
 * @param columns places of x, y, width, height (or x1, y1, x2, y2) among the four
 * @param factors by which they are multiplied first, in that order too: the variances; pixels per unit where the network
 *     decodes its boxes
 * @param clip corners are clamped to the input before suppression
 */
public record BoxNumbers(Coding coding, List<Integer> columns, List<Float> factors, boolean clip) {
    /** In the order of {@code n6_ssd_coding_t}. */
    public enum Coding {
        /** Centre and size relative to a prior, the size as a logarithm. */
        CENTRE_DELTAS,
        /** Each corner relative to that of a prior, in its sizes. */
        CORNER_DELTAS,
        /** Two opposite corners. */
        CORNERS,
        /** Centre and size. */
        CENTRES;

        boolean hasPriors() {
            return this == CENTRE_DELTAS || this == CORNER_DELTAS;
        }
    }

    static final List<Integer> XY = List.of(0, 1, 2, 3);
    /** TensorFlow: y before x. */
    static final List<Integer> YX = List.of(1, 0, 3, 2);

    private static final int NUMBERS = 4;

    public BoxNumbers {
        Objects.requireNonNull(coding);
        columns = List.copyOf(columns);
        factors = List.copyOf(factors);
        if (columns.size() != NUMBERS || !columns.stream().sorted().toList().equals(XY) || factors.size() != NUMBERS) {
            throw new IllegalArgumentException("columns " + columns + " and factors " + factors + " of a box");
        }
    }

    /** Centre and size relative to a prior, with the variances that nearly all publications use: 0.1 and 0.2. */
    static BoxNumbers usualDeltas() {
        return new BoxNumbers(Coding.CENTRE_DELTAS, XY, List.of(0.1f, 0.1f, 0.2f, 0.2f), false);
    }

    /** Corners from 0 to 1. */
    static BoxNumbers unitCorners(int inputWidth, int inputHeight) {
        float w = inputWidth;
        float h = inputHeight;
        return new BoxNumbers(Coding.CORNERS, XY, List.of(w, h, w, h), false);
    }
}
