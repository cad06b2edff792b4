// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * How close the outputs of a draft are to those of the float graph.
 *
 * @param outputs squares by output
 * @param samples number of samples
 * @param heldOut samples on which nothing was fitted, by their index
 */
record OutputScore(Map<String, Squares> outputs, int samples, Set<Integer> heldOut) {
    /**
     * Sums of squares of one output.
     *
     * @param signal of the float graph's values, by sample
     * @param noise of the differences, by sample
     */
    record Squares(double[] signal, double[] noise) {
        /** Signal to quantization noise ratio over some samples. */
        double decibels(IntPredicate counted) {
            double signals = 0;
            double noises = 0;
            for (int sample = 0; sample < signal.length; sample++) {
                if (counted.test(sample)) {
                    signals += signal[sample];
                    noises += noise[sample];
                }
            }
            double ratio = noises == 0 ? ENOUGH_DB : 10 * Math.log10(signals / noises);
            return Math.max(NOTHING_DB, Math.min(ENOUGH_DB, ratio));
        }
    }

    /** Beyond this an output is as good as exact; more says nothing. */
    private static final double ENOUGH_DB = 60;
    /** An output that is 0 on all samples has no ratio; its -infinity would drown all others. */
    private static final double NOTHING_DB = -20;
    /** Smaller gains are noise of the samples. */
    private static final double SMALLEST_GAIN_DB = 0.03;
    /** No output may lose more for the sake of the others. */
    private static final double LARGEST_LOSS_DB = 0.5;
    /** A gain must be this many of its standard errors: many changes are tried, and chance favours some of them. */
    private static final double STANDARD_ERRORS = 1;

    OutputScore {
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        heldOut = Set.copyOf(heldOut);
    }

    /** Mean over the outputs of the ratio on all samples, in decibels. */
    double mean() {
        return mean(sample -> true);
    }

    private double mean(IntPredicate counted) {
        return outputs.values().stream()
                .mapToDouble(output -> output.decibels(counted))
                .average()
                .orElse(ENOUGH_DB);
    }

    /** Lowest ratio of an output, in decibels. */
    double lowest() {
        return outputs.values().stream()
                .mapToDouble(output -> output.decibels(sample -> true))
                .min()
                .orElse(ENOUGH_DB);
    }

    double gainOver(OutputScore other) {
        return mean() - other.mean();
    }

    /** True where the gain is more than chance, also on the samples held out, and no output pays for it. */
    boolean isBetterThan(OutputScore other) {
        double gain = gainOver(other);
        return gain >= SMALLEST_GAIN_DB
                && gain >= STANDARD_ERRORS * standardError(other)
                && (heldOut.isEmpty() || mean(heldOut::contains) >= other.mean(heldOut::contains))
                && noOutputPays(other);
    }

    /** True where neither the mean, nor that of the samples held out, nor any output loses. */
    boolean isNoWorseThan(OutputScore other) {
        return gainOver(other) >= 0
                && (heldOut.isEmpty() || mean(heldOut::contains) >= other.mean(heldOut::contains))
                && noOutputPays(other);
    }

    private boolean noOutputPays(OutputScore other) {
        return outputs.entrySet().stream()
                .allMatch(output -> output.getValue().decibels(sample -> true)
                        >= other.outputs.get(output.getKey()).decibels(sample -> true) - LARGEST_LOSS_DB);
    }

    /** Of the gain, by leaving out one sample after the other (jackknife). */
    private double standardError(OutputScore other) {
        if (samples < 2) {
            return 0;
        }
        double[] gains = new double[samples];
        double sum = 0;
        for (int left = 0; left < samples; left++) {
            int leftOut = left;
            gains[left] = mean(sample -> sample != leftOut) - other.mean(sample -> sample != leftOut);
            sum += gains[left];
        }
        double squares = 0;
        for (double gain : gains) {
            squares += (gain - sum / samples) * (gain - sum / samples);
        }
        return Math.sqrt(squares * (samples - 1) / samples);
    }
}
