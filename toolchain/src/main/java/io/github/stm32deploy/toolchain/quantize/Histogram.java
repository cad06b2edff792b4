// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import java.nio.FloatBuffer;

/** How often values of a tensor fall into equally wide bins between its smallest and its largest value. */
final class Histogram {
    /** As fine as TensorRT's and ONNX Runtime's percentile calibrators; eight bins for a code at full range. */
    static final int BINS = 2048;

    private final double lowest;
    private final double width;
    private final long[] counts = new long[BINS];
    private long zeros;
    private long total;

    /**
     * @param range all values lie in it
     */
    Histogram(ValueRange range) {
        lowest = range.lowest();
        width = ((double) range.highest() - range.lowest()) / BINS;
    }

    /** Counts the remaining values. */
    void add(FloatBuffer values) {
        float start = (float) lowest;
        float perUnit = width > 0 ? (float) (1 / width) : 0;
        int count = values.remaining();
        int position = values.position();
        long zero = 0;
        for (int index = position; index < position + count; index++) {
            float value = values.get(index);
            if (value == 0) {
                zero++;
            }
            // The cast saturates, so that rounding cannot leave the bins.
            int bin = (int) ((value - start) * perUnit);
            counts[Math.max(0, Math.min(BINS - 1, bin))]++;
        }
        zeros += zero;
        total += count;
    }

    /** Values counted. */
    long total() {
        return total;
    }

    /** Values that are exactly 0, which every quantization keeps. */
    long zeros() {
        return zeros;
    }

    double binWidth() {
        return width;
    }

    long count(int bin) {
        return counts[bin];
    }

    /** Lower edge of a bin; of {@link #BINS} the upper edge of the last. */
    double edge(int bin) {
        return lowest + bin * width;
    }

    double centre(int bin) {
        return lowest + (bin + 0.5) * width;
    }

    /** The bin that holds 0; -1 or {@link #BINS} where 0 is outside. */
    int binOfZero() {
        if (lowest > 0) {
            return -1;
        }
        return width == 0 ? 0 : (int) Math.min(BINS, Math.floor(-lowest / width));
    }
}
