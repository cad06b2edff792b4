// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.Arrays;

/** The first pass of every decoder: one comparison of a stored score with the stored threshold for each row. */
final class PassingRows {
    private PassingRows() {}

    /** Rows, counted from {@code firstRow}, whose stored value in {@code column} passes {@code rule}; ascending. */
    static int[] of(OutputTensor tensor, int columns, int column, int firstRow, int count, ScoreRule rule) {
        if (tensor.rows(columns) < firstRow + count) {
            throw new IllegalArgumentException("a score output " + tensor.data().shape() + " has fewer than "
                    + (firstRow + count) + " rows of " + columns);
        }
        ScoreRule.StoredThreshold threshold = rule.stored(tensor);
        int[] rows = new int[count];
        int found = 0;
        for (int row = 0; row < count; row++) {
            int at = (firstRow + row) * columns + column;
            boolean passes = tensor.isFloat()
                    ? tensor.data().floatAt(at) >= threshold.value()
                    : tensor.data().integerAt(at) >= threshold.code();
            if (passes) {
                rows[found++] = row;
            }
        }
        return Arrays.copyOf(rows, found);
    }
}
