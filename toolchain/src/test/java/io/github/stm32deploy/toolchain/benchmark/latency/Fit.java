// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.toolchain.latency.LatencyConstant;
import io.github.stm32deploy.toolchain.latency.LatencyConstants;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Finds the constants by damped least squares (Levenberg and Marquardt) on {@code r = ln(measured / predicted)} in the
 * logarithms of the constants: on the single epochs alone from {@value #STARTS} seeded starts, then from the best of them on
 * everything; with weights for robustness: those of the Cauchy loss {@code ln(1 + (r/s)^2)}, s falling to 0.1, so that every
 * measurement pulls at first and what the model cannot explain does not bend it in the end. Each family of networks weighs the same whatever the number of its rows,
 * single epochs together a hundred times as much: what they show directly is not traded against networks. The same data give the same constants.
 */
final class Fit {
    static final String METHOD =
            "damped least squares of ln(measured/predicted) in the logarithms of the constants, on single"
                    + " epochs from 40 seeded starts, then on all, Cauchy weights down to a scale of 0.1; each family of networks weighs 1, single epochs together 100";

    private static final double[] WIDE_SCALES = {10, 1, 0.3, 0.1};
    private static final double[] SCALES = {0.3, 0.1};
    private static final double EPOCHS_WEIGHT = 100;
    private static final double DIFFERENCE = 1e-4;
    private static final double MOST_DAMPING = 1e8;
    private static final double LONGEST_STEP = 1;
    private static final int MOST_STEPS = 100;
    private static final int STARTS = 40;
    /** Pulls what nothing measures to where it started, too weakly for anything that is measured. */
    private static final double ANCHOR = 1e-6;

    private final List<MeasuredRun> runs = new ArrayList<>();
    private final List<Double> weights = new ArrayList<>();

    /**
     * @param networks whole networks
     * @param epochs single epochs
     */
    Fit(List<MeasuredRun> networks, List<MeasuredRun> epochs) {
        Map<String, Integer> rows = new LinkedHashMap<>();
        networks.forEach(run -> rows.merge(run.family(), 1, Integer::sum));
        networks.forEach(run -> add(run, 1.0 / rows.get(run.family())));
        epochs.forEach(run -> add(run, EPOCHS_WEIGHT / epochs.size()));
    }

    private void add(MeasuredRun run, double weight) {
        runs.add(run);
        weights.add(weight);
    }

    /** Anywhere between the ends of the physical ranges, evenly in logarithms. */
    private static LatencyConstants start(SplittableRandom random) {
        Map<LatencyConstant, Double> values = new EnumMap<>(LatencyConstant.class);
        for (LatencyConstant constant : LatencyConstant.values()) {
            double low = Math.max(constant.low(), constant.high() * 1e-3);
            values.put(constant, low * Math.pow(constant.high() / low, random.nextDouble()));
        }
        return LatencyConstants.of(values);
    }

    /** The constants, from {@link #start(List)} of the single epochs on. */
    LatencyConstants run(LatencyConstants start) {
        return run(forgotten(start), SCALES);
    }

    /** Where the fit of everything starts: the best that fits of single epochs alone reach from many starts. */
    static LatencyConstants start(List<MeasuredRun> epochs) {
        Fit ofEpochs = new Fit(List.of(), epochs);
        SplittableRandom random = new SplittableRandom(1);
        LatencyConstants best = null;
        double least = Double.MAX_VALUE;
        for (int start = 0; start < STARTS; start++) {
            LatencyConstants reached = ofEpochs.run(start(random), WIDE_SCALES);
            double loss = ofEpochs.loss(ofEpochs.residuals(reached), SCALES[SCALES.length - 1]);
            if (loss < least) {
                least = loss;
                best = reached;
            }
        }
        return best;
    }

    /** What nothing depends on in the middle of its range. */
    private LatencyConstants forgotten(LatencyConstants near) {
        LatencyConstants known = near;
        for (LatencyConstant constant : LatencyConstant.values()) {
            double[] shifted = residuals(moved(near, constant, 1));
            double[] back = residuals(moved(near, constant, -1));
            if (Arrays.equals(shifted, back)) {
                double low = Math.max(constant.low(), constant.high() * 1e-3);
                known = known.with(constant, Math.sqrt(low * constant.high()));
            }
        }
        return known;
    }

    private LatencyConstants run(LatencyConstants from, double[] scales) {
        LatencyConstants best = from;
        for (double scale : scales) {
            best = descend(best, scale);
        }
        return best;
    }

    private LatencyConstants descend(LatencyConstants from, double scale) {
        LatencyConstants best = from;
        double[] residuals = residuals(best);
        double loss = loss(residuals, scale);
        double damping = 1e-2;
        for (int step = 0; step < MOST_STEPS && damping < MOST_DAMPING; step++) {
            LinearSystem system = normalEquations(best, residuals, scale);
            boolean helped = false;
            while (!helped && damping < MOST_DAMPING) {
                LatencyConstants candidate = moved(best, system.solve(damping));
                double[] reached = residuals(candidate);
                double lower = loss(reached, scale);
                helped = lower < loss - 1e-10;
                damping = helped ? Math.max(1e-7, damping / 4) : damping * 4;
                if (helped) {
                    best = candidate;
                    residuals = reached;
                    loss = lower;
                }
            }
        }
        return best;
    }

    private LinearSystem normalEquations(LatencyConstants at, double[] residuals, double scale) {
        LatencyConstant[] constants = LatencyConstant.values();
        double[][] slopes = new double[constants.length][];
        for (int column = 0; column < constants.length; column++) {
            double[] shifted = residuals(moved(at, constants[column], DIFFERENCE));
            slopes[column] = new double[shifted.length];
            for (int row = 0; row < shifted.length; row++) {
                slopes[column][row] = (shifted[row] - residuals[row]) / DIFFERENCE;
            }
        }
        LinearSystem system = new LinearSystem(constants.length, ANCHOR);
        for (int row = 0; row < residuals.length; row++) {
            double relative = residuals[row] / scale;
            double weight = weights.get(row) / (1 + relative * relative);
            for (int column = 0; column < constants.length; column++) {
                for (int other = 0; other < constants.length; other++) {
                    system.add(column, other, weight * slopes[column][row] * slopes[other][row]);
                }
                system.addRight(column, -weight * slopes[column][row] * residuals[row]);
            }
        }
        return system;
    }

    private double[] residuals(LatencyConstants constants) {
        return runs.stream().mapToDouble(run -> run.residual(constants)).toArray();
    }

    private double loss(double[] residuals, double scale) {
        double sum = 0;
        for (int row = 0; row < residuals.length; row++) {
            double relative = residuals[row] / scale;
            sum += weights.get(row) * Math.log1p(relative * relative);
        }
        return sum;
    }

    private static LatencyConstants moved(LatencyConstants from, double[] logarithms) {
        LatencyConstants to = from;
        LatencyConstant[] constants = LatencyConstant.values();
        for (int index = 0; index < constants.length; index++) {
            double bounded = Math.max(-LONGEST_STEP, Math.min(LONGEST_STEP, logarithms[index]));
            to = moved(to, constants[index], bounded);
        }
        return to;
    }

    private static LatencyConstants moved(LatencyConstants from, LatencyConstant constant, double logarithm) {
        double value = Math.max(from.get(constant), constant.high() * 1e-6);
        return from.with(constant, value * Math.exp(logarithm));
    }
}
