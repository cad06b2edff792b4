// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.function.ToDoubleFunction;

/**
 * How close the outputs of a draft are to those of the float graph.
 *
 * @param outputs squares by output
 * @param logits squares of what the sigmoid or softmax of an output gets, by output, for outputs that have one. Of a map of
 *     scores a few values near 1 decide all the squares, and chance decides which way they are rounded; the values before it
 *     count alike
 * @param samples number of samples
 * @param heldOut samples on which nothing was fitted, by their index
 */
record OutputScore(Map<String, Squares> outputs, Map<String, Squares> logits, int samples, Set<Integer> heldOut) {
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

    private static final IntPredicate ALL = sample -> true;
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
    /** Neighbours among samples are often views of one scene: they are left out together to see what chance does. */
    private static final int MOST_BLOCKS = 8;

    OutputScore {
        outputs = Collections.unmodifiableMap(new LinkedHashMap<>(outputs));
        logits = Map.copyOf(logits);
        heldOut = Set.copyOf(heldOut);
    }

    /** Mean over the outputs of the ratio on all samples, in decibels. */
    double mean() {
        return outputs.values().stream()
                .mapToDouble(output -> output.decibels(ALL))
                .average()
                .orElse(ENOUGH_DB);
    }

    /** As {@link #mean}; an output with logits is the mean of its own ratio and theirs. */
    private double judged(IntPredicate counted) {
        return outputs.keySet().stream()
                .mapToDouble(output -> judged(output, counted))
                .average()
                .orElse(ENOUGH_DB);
    }

    private double judged(String output, IntPredicate counted) {
        double own = outputs.get(output).decibels(counted);
        Squares before = logits.get(output);
        return before == null ? own : (own + before.decibels(counted)) / 2;
    }

    /** Lowest ratio of an output on the samples that were not held out, in decibels. */
    double lowestOnFitted() {
        return outputs.values().stream()
                .mapToDouble(output -> output.decibels(sample -> !heldOut.contains(sample)))
                .min()
                .orElse(ENOUGH_DB);
    }

    double gainOver(OutputScore other) {
        return mean() - other.mean();
    }

    /** What remains of the gain, logits counted, when a standard error is taken off. */
    double certainGainOver(OutputScore other) {
        return judged(ALL) - other.judged(ALL) - STANDARD_ERRORS * standardError(other, score -> score::judged);
    }

    /** True where the gain is more than chance, also on the samples held out, and no output pays for it. */
    boolean isBetterThan(OutputScore other) {
        return judged(ALL) - other.judged(ALL) >= SMALLEST_GAIN_DB
                && certainGainOver(other) >= 0
                && isNoWorseOnHeldOut(other)
                && noOutputPays(other);
    }

    /** True where neither the mean, nor that of the samples held out, nor any output loses. */
    boolean isNoWorseThan(OutputScore other) {
        return judged(ALL) >= other.judged(ALL) && isNoWorseOnHeldOut(other) && noOutputPays(other);
    }

    private boolean isNoWorseOnHeldOut(OutputScore other) {
        return heldOut.isEmpty() || judged(heldOut::contains) >= other.judged(heldOut::contains);
    }

    /** A loss within its standard error is the chance of a few values. */
    boolean noOutputPays(OutputScore other) {
        return outputs.keySet().stream().allMatch(output -> {
            double loss = other.judged(output, ALL) - judged(output, ALL);
            return loss <= LARGEST_LOSS_DB
                    || loss
                            <= STANDARD_ERRORS
                                    * standardError(other, score -> counted -> score.judged(output, counted));
        });
    }

    private interface Measure {
        ToDoubleFunction<IntPredicate> of(OutputScore score);
    }

    /** Of the gain, by leaving out one block of samples after the other (jackknife). */
    private double standardError(OutputScore other, Measure measure) {
        if (samples < 2) {
            return 0;
        }
        int blocks = Math.min(samples, MOST_BLOCKS);
        double[] gains = new double[blocks];
        double sum = 0;
        for (int left = 0; left < blocks; left++) {
            int leftOut = left;
            IntPredicate counted = sample -> sample * blocks / samples != leftOut;
            gains[left] =
                    measure.of(this).applyAsDouble(counted) - measure.of(other).applyAsDouble(counted);
            sum += gains[left];
        }
        double squares = 0;
        for (double gain : gains) {
            squares += (gain - sum / blocks) * (gain - sum / blocks);
        }
        return Math.sqrt(squares * (blocks - 1) / blocks);
    }
}
