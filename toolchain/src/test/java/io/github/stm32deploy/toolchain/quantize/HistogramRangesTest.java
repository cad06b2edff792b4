// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HistogramRangesTest {
    private static float[] gaussian(int count, float deviation) {
        Random random = new Random(3);
        float[] values = new float[count];
        for (int index = 0; index < count; index++) {
            values[index] = (float) random.nextGaussian() * deviation;
        }
        return values;
    }

    private static HistogramRanges of(float... values) {
        ValueRange range = new ValueRange(values[0], values[0]);
        for (float value : values) {
            range = range.including(value);
        }
        Histogram histogram = new Histogram(range);
        histogram.add(FloatBuffer.wrap(values));
        return new HistogramRanges(histogram);
    }

    /** Mean squared error of the values as int8 codes of {@code range}. */
    private static double squaredError(ValueRange range, float[] values) {
        QuantizationParameters parameters = QuantizationParameters.of(range);
        double sum = 0;
        for (float value : values) {
            double error = parameters.dequantize(parameters.quantize(value)) - value;
            sum += error * error;
        }
        return sum / values.length;
    }

    private static float[] withOutlier(float[] values, float outlier) {
        values[values.length / 2] = outlier;
        return values;
    }

    @Test
    void aPercentileLeavesItsShareBeyondEachEnd() {
        float[] values = new float[10_000];
        for (int index = 0; index < values.length; index++) {
            values[index] = index - 5000;
        }

        ValueRange range = of(values).percentile(99);

        // Half a percent of 10000 values, to within a bin of 1/2048 of the range.
        assertThat(range.lowest()).isCloseTo(-4950, within(5f));
        assertThat(range.highest()).isCloseTo(4949, within(5f));
        assertThat(of(values).percentile(100)).isEqualTo(new ValueRange(-5000, 4999));
    }

    @Test
    void everyRangeHoldsZero() {
        float[] positive = gaussian(5000, 1);
        for (int index = 0; index < positive.length; index++) {
            positive[index] = Math.abs(positive[index]) + 3;
        }
        HistogramRanges ranges = of(positive);

        assertThat(ranges.percentile(99.9).lowest()).isZero();
        assertThat(ranges.leastSquares(false).lowest()).isZero();
        assertThat(ranges.leastDivergence().lowest()).isZero();
    }

    @Test
    void leastSquaresHasLessErrorThanTheExtremesAndThanAnyOtherCut() {
        float[] values = withOutlier(gaussian(400_000, 1), 15);

        ValueRange chosen = of(values).leastSquares(false);

        double error = squaredError(chosen, values);
        assertThat(error).isLessThan(0.85 * squaredError(new ValueRange(-4.2f, 15), values));
        for (float end = 2; end < 15; end *= 1.3f) {
            assertThat(error).isLessThan(1.05 * squaredError(new ValueRange(chosen.lowest(), end), values));
        }
    }

    @Test
    void leastSquaresKeepsValuesThatAreAllAlikeImportant() {
        float[] uniform = new float[20_000];
        for (int index = 0; index < uniform.length; index++) {
            uniform[index] = -1 + 2f * index / uniform.length;
        }

        ValueRange chosen = of(uniform).leastSquares(false);

        assertThat(chosen.lowest()).isCloseTo(-1, within(0.02f));
        assertThat(chosen.highest()).isCloseTo(1, within(0.02f));
    }

    @Test
    void aSymmetricRangeIsCutOnBothSidesAtOnce() {
        ValueRange chosen = of(withOutlier(gaussian(400_000, 1), 15)).leastSquares(true);

        assertThat(chosen.lowest()).isEqualTo(-chosen.highest());
        assertThat(chosen.highest()).isLessThan(15);
    }

    @Test
    void divergenceCutsAFarOutlierAndKeepsTheBulk() {
        float[] values = withOutlier(gaussian(200_000, 1), 30);
        float[] rectified = values.clone();
        for (int index = 0; index < rectified.length; index++) {
            rectified[index] = Math.max(0, rectified[index]);
        }

        assertThat(of(values).leastDivergence().highest()).isBetween(3f, 15f);
        // Half of the values are exactly 0 behind a Relu; they must not draw the range to 0.
        assertThat(of(rectified).leastDivergence().highest()).isBetween(3f, 15f);
    }

    @Test
    void fewValuesSayNothingOfTheirDistributionAndAreAllKept() {
        float[] coordinates = withOutlier(gaussian(8000, 1), 12);

        assertThat(of(coordinates).leastDivergence().highest()).isEqualTo(12);
    }

    @Test
    void aConstantTensorKeepsItsValue() {
        HistogramRanges ranges = of(2, 2, 2);

        assertThat(ranges.percentile(99.99)).isEqualTo(new ValueRange(0, 2));
        assertThat(ranges.leastDivergence()).isEqualTo(new ValueRange(0, 2));
        assertThat(ranges.leastSquares(false).highest()).isEqualTo(2);
        assertThat(of(0, 0).leastSquares(false)).isEqualTo(new ValueRange(0, 0));
    }
}
