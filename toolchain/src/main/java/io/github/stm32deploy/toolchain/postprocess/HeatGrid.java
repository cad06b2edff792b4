// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.Shape;
import java.util.function.IntConsumer;

/** An output seen as a grid of channels, as {@code n6_grid_t}; its peaks are found as {@code n6_peaks.c} finds them. */
record HeatGrid(OutputTensor tensor, boolean channelsLast, int channels, int height, int width) {
    /**
     * @param tensor [1, c, h, w], or [1, h, w, c] with channels last; the batch axis may be absent
     * @throws IllegalArgumentException for another rank or a larger batch
     */
    static HeatGrid of(OutputTensor tensor, boolean channelsLast) {
        Shape shape = tensor.data().shape();
        int first = shape.rank() - 3;
        if (first < 0 || first > 1 || (first == 1 && shape.size(0) != 1)) {
            throw new IllegalArgumentException("an output " + shape + " is no grid");
        }
        int[] sizes = shape.toIntArray();
        return channelsLast
                ? new HeatGrid(tensor, true, sizes[first + 2], sizes[first], sizes[first + 1])
                : new HeatGrid(tensor, false, sizes[first], sizes[first + 1], sizes[first + 2]);
    }

    /** Channels of an output on the grid with {@code stride} input pixels per cell; 0 where it does not lie on it. */
    static int channels(ModelOutput output, ImageInput input, int stride, boolean channelsLast) {
        Shape shape = output.type().shape();
        if (shape.rank() != 4
                || !shape.isStatic()
                || shape.size(0) != 1
                || input.width() % stride != 0
                || input.height() % stride != 0) {
            return 0;
        }
        int first = channelsLast ? 1 : 2;
        boolean onGrid =
                shape.size(first) == input.height() / stride && shape.size(first + 1) == input.width() / stride;
        return onGrid ? (int) shape.size(channelsLast ? 3 : 1) : 0;
    }

    int cells() {
        return height * width;
    }

    boolean hasSizeOf(HeatGrid other) {
        return height == other.height && width == other.width;
    }

    float real(int channel, int cell) {
        return tensor.real(index(channel, cell));
    }

    /**
     * Calls {@code found} with every cell of a channel, row-major, that passes and has no greater neighbour.
     *
     * @param margin cells along each border that are no peaks; they still count as neighbours
     */
    void peaks(int channel, ScoreRule rule, int margin, IntConsumer found) {
        ScoreRule.StoredThreshold threshold = rule.stored(tensor);
        for (int row = margin; row < height - margin; row++) {
            for (int column = margin; column < width - margin; column++) {
                int cell = row * width + column;
                int at = index(channel, cell);
                boolean passes = tensor.isFloat()
                        ? tensor.data().floatAt(at) >= threshold.value()
                        : tensor.data().integerAt(at) >= threshold.code();
                if (passes && isPeak(channel, row, column)) {
                    found.accept(cell);
                }
            }
        }
    }

    private boolean isPeak(int channel, int row, int column) {
        int centre = index(channel, row * width + column);
        for (int r = Math.max(0, row - 1); r <= Math.min(height - 1, row + 1); r++) {
            for (int c = Math.max(0, column - 1); c <= Math.min(width - 1, column + 1); c++) {
                if (isGreater(index(channel, r * width + c), centre)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean isGreater(int a, int b) {
        return tensor.isFloat()
                ? tensor.data().floatAt(a) > tensor.data().floatAt(b)
                : tensor.data().integerAt(a) > tensor.data().integerAt(b);
    }

    private int index(int channel, int cell) {
        return channelsLast ? cell * channels + channel : channel * cells() + cell;
    }
}
