// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.toolchain.latency.EpochLoad;
import io.github.stm32deploy.toolchain.latency.EpochTimer;
import io.github.stm32deploy.toolchain.latency.LatencyConstants;
import io.github.stm32deploy.toolchain.latency.LatencyData;
import io.github.stm32deploy.toolchain.latency.LatencyModel;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction.EpochTime;
import io.github.stm32deploy.toolchain.latency.NetworkClass;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A measurement against the prediction of a model that has seen nothing of its family, neither networks nor epochs.
 *
 * @param kind class of the network by that prediction
 * @param predictedMicros by that model
 * @param distance share of the time in work that no other family has so much of
 */
record LeftOut(MeasuredRun run, NetworkClass kind, double predictedMicros, double distance) {
    /**
     * Share of known measurements beyond each end of the interval. New designs stray further than known ones: with a tenth at
     * each end, intervals from the other designs held 74 % of the measurements, with a twentieth 91 %.
     */
    private static final double TAIL = 0.075;
    /** The next of n designs lies outside of what the n show: ends are moved out by this share of 1/n. */
    private static final double FEW_DESIGNS = 2;

    private static final int SYMMETRIC_BELOW = 5;

    double residual() {
        return Math.log(run.micros() / predictedMicros);
    }

    /** Relative error of the prediction, positive where it is too long. */
    double error() {
        return predictedMicros / run.micros() - 1;
    }

    /** All networks, each predicted without its family. */
    static List<LeftOut> each(List<MeasuredRun> networks, List<MeasuredRun> epochs) {
        List<LeftOut> results = new ArrayList<>();
        // Most families have no single epochs: their fits have one start in common.
        Map<List<MeasuredRun>, LatencyConstants> starts = new HashMap<>();
        for (String family : families(networks)) {
            Predicate<MeasuredRun> other = run -> !run.family().equals(family);
            List<MeasuredRun> seen = networks.stream().filter(other).toList();
            List<MeasuredRun> seenEpochs = epochs.stream().filter(other).toList();
            LatencyConstants constants = new Fit(seen, seenEpochs).run(starts.computeIfAbsent(seenEpochs, Fit::start));
            Map<String, Double> shares = seenShares(seen, constants);
            networks.stream()
                    .filter(run -> run.family().equals(family))
                    .forEach(run -> results.add(of(run, constants, shares)));
        }
        return results;
    }

    static LeftOut of(MeasuredRun run, LatencyConstants constants, Map<String, Double> seenShares) {
        List<EpochTime> times = times(run, constants);
        double distance = LatencyModel.distance(LatencyModel.shares(run.loads(), times), seenShares);
        return new LeftOut(run, NetworkClass.of(run.loads(), times), run.predictedMicros(constants), distance);
    }

    private static List<EpochTime> times(MeasuredRun run, LatencyConstants constants) {
        EpochTimer timer = new EpochTimer(constants, run.clocks(), run.sdk(), run.epochController());
        List<EpochTime> times = new ArrayList<>();
        for (EpochLoad load : run.loads()) {
            times.add(timer.time(load));
        }
        return times;
    }

    /** Largest share of each kind of work in any of the networks. */
    static Map<String, Double> seenShares(List<MeasuredRun> networks, LatencyConstants constants) {
        Map<String, Double> largest = new TreeMap<>();
        for (MeasuredRun run : networks) {
            LatencyModel.shares(run.loads(), times(run, constants))
                    .forEach((work, share) -> largest.merge(work, share, Math::max));
        }
        return largest;
    }

    /**
     * The 80 % interval of each class, from quantiles of the residuals, those of networks that spend
     * their time in unknown work scaled down as their interval is scaled up. A design weighs the root of its number of rows:
     * its rows are alike. With few designs it is wider, with less than five the same both ways.
     */
    static Map<NetworkClass, LatencyData.Errors> errors(List<LeftOut> results) {
        Map<NetworkClass, LatencyData.Errors> errors = new EnumMap<>(NetworkClass.class);
        for (NetworkClass kind : NetworkClass.values()) {
            List<LeftOut> of = results.stream().filter(one -> one.kind == kind).toList();
            if (of.isEmpty()) {
                continue;
            }
            int families = families(of.stream().map(LeftOut::run).toList()).size();
            double wider = 1 + FEW_DESIGNS / families;
            double low = Math.min(0, weightedQuantile(of, TAIL)) * wider;
            double high = Math.max(0, weightedQuantile(of, 1 - TAIL)) * wider;
            if (families < SYMMETRIC_BELOW) {
                high = Math.max(high, -low);
                low = -high;
            }
            errors.put(kind, new LatencyData.Errors(of.size(), families, low, high));
        }
        return errors;
    }

    private double scaledResidual() {
        return residual() / LatencyModel.wider(distance);
    }

    private static double weightedQuantile(List<LeftOut> of, double share) {
        List<LeftOut> sorted = new ArrayList<>(of);
        sorted.sort(Comparator.comparingDouble(LeftOut::scaledResidual));
        double total = of.stream().mapToDouble(one -> weight(one, of)).sum();
        double reached = 0;
        for (LeftOut one : sorted) {
            reached += weight(one, of);
            if (reached >= share * total) {
                return one.scaledResidual();
            }
        }
        return sorted.get(sorted.size() - 1).scaledResidual();
    }

    private static double weight(LeftOut one, List<LeftOut> of) {
        long same = of.stream()
                .filter(other -> other.run.family().equals(one.run.family()))
                .count();
        return 1 / Math.sqrt(same);
    }

    static Set<String> families(List<MeasuredRun> runs) {
        Set<String> families = new LinkedHashSet<>();
        runs.forEach(run -> families.add(run.family()));
        return families;
    }
}
