// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The first pass of every decoder: one comparison of a stored score with the stored threshold for each row. */
final class PassingRows {
    private PassingRows() {}

    /** Rows, counted from {@code firstRow}, whose stored value in {@code column} passes {@code rule}; ascending. */
    static int[] of(OutputTensor tensor, int columns, int column, int firstRow, int count, ScoreRule rule) {
        require(tensor, columns, firstRow + count);
        ScoreRule.StoredThreshold threshold = rule.stored(tensor);
        return where(count, row -> {
            int at = (firstRow + row) * columns + column;
            return tensor.isFloat()
                    ? tensor.data().floatAt(at) >= threshold.value()
                    : tensor.data().integerAt(at) >= threshold.code();
        });
    }

    /** The same for what column 1 of two is above column 0. */
    static int[] ofDifferences(OutputTensor tensor, int firstRow, int count, ScoreRule rule) {
        require(tensor, 2, firstRow + count);
        ScoreRule.StoredThreshold threshold = rule.storedDifference(tensor.element(), tensor.scale());
        return where(count, row -> {
            int at = (firstRow + row) * 2;
            return tensor.isFloat()
                    ? tensor.data().floatAt(at + 1) - tensor.data().floatAt(at) >= threshold.value()
                    : tensor.data().integerAt(at + 1) - tensor.data().integerAt(at) >= threshold.code();
        });
    }

    private static void require(OutputTensor tensor, int columns, int rows) {
        if (tensor.rows(columns) < rows) {
            throw new IllegalArgumentException(
                    "a score output " + tensor.data().shape() + " has fewer than " + rows + " rows of " + columns);
        }
    }

    private static int[] where(int count, IntPredicate passes) {
        return IntStream.range(0, count).filter(passes).toArray();
    }
}
