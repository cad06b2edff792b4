// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.toolchain.latency.EpochLoad;
import io.github.stm32deploy.toolchain.latency.EpochTimer;
import io.github.stm32deploy.toolchain.latency.LatencyConstants;
import io.github.stm32deploy.toolchain.latency.LatencyData;
import io.github.stm32deploy.toolchain.latency.LatencyModel;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction.EpochTime;
import io.github.stm32deploy.toolchain.latency.NetworkClass;
import io.github.stm32deploy.toolchain.support.EpochWork;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A measurement against the prediction of a model that has seen nothing of its family, neither networks nor epochs.
 *
 * @param kind class of the network by that prediction
 * @param predictedMicros by that model
 * @param distance share of the time in work that no other family has so much of
 */
record LeftOut(MeasuredRun run, NetworkClass kind, double predictedMicros, double distance) {
    /** Share of measurements beyond each end of the interval. */
    private static final double TAIL = 0.1;

    double residual() {
        return Math.log(run.micros() / predictedMicros);
    }

    /** Relative error of the prediction, positive where it is too long. */
    double error() {
        return predictedMicros / run.micros() - 1;
    }

    /** All networks, each predicted without its family. */
    static List<LeftOut> each(List<MeasuredRun> networks, List<MeasuredRun> epochs, LatencyConstants whole) {
        List<LeftOut> results = new ArrayList<>();
        for (String family : families(networks)) {
            Predicate<MeasuredRun> other = run -> !run.family().equals(family);
            List<MeasuredRun> seen = networks.stream().filter(other).toList();
            // From the constants of all: the descent is shorter, and forgets what only this family held in place.
            LatencyConstants constants =
                    new Fit(seen, epochs.stream().filter(other).toList()).run(whole);
            Map<EpochWork, Double> shares = seenShares(seen, constants);
            networks.stream()
                    .filter(run -> run.family().equals(family))
                    .forEach(run -> results.add(of(run, constants, shares)));
        }
        return results;
    }

    static LeftOut of(MeasuredRun run, LatencyConstants constants, Map<EpochWork, Double> seenShares) {
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
    static Map<EpochWork, Double> seenShares(List<MeasuredRun> networks, LatencyConstants constants) {
        Map<EpochWork, Double> largest = new EnumMap<>(EpochWork.class);
        for (MeasuredRun run : networks) {
            LatencyModel.shares(run.loads(), times(run, constants))
                    .forEach((work, share) -> largest.merge(work, share, Math::max));
        }
        return largest;
    }

    /** The 80 % interval of each class: from the tenth and ninetieth percentile, each family weighing the same. */
    static Map<NetworkClass, LatencyData.Errors> errors(List<LeftOut> results) {
        Map<NetworkClass, LatencyData.Errors> errors = new EnumMap<>(NetworkClass.class);
        for (NetworkClass kind : NetworkClass.values()) {
            List<LeftOut> of = results.stream().filter(one -> one.kind == kind).toList();
            if (!of.isEmpty()) {
                int families = families(of.stream().map(LeftOut::run).toList()).size();
                // Few designs: the next one may lie outside of all of them.
                double wider = 1 + 1.0 / families;
                double low = Math.min(0, weightedQuantile(of, TAIL)) * wider;
                double high = Math.max(0, weightedQuantile(of, 1 - TAIL)) * wider;
                errors.put(kind, new LatencyData.Errors(of.size(), families, low, high));
            }
        }
        return errors;
    }

    private static double weightedQuantile(List<LeftOut> of, double share) {
        List<LeftOut> sorted = new ArrayList<>(of);
        sorted.sort((left, right) -> Double.compare(left.residual(), right.residual()));
        double total = families(of.stream().map(LeftOut::run).toList()).size();
        double reached = 0;
        for (LeftOut one : sorted) {
            long same = of.stream()
                    .filter(other -> other.run.family().equals(one.run.family()))
                    .count();
            reached += 1.0 / same / total;
            if (reached >= share) {
                return one.residual();
            }
        }
        return sorted.get(sorted.size() - 1).residual();
    }

    static Set<String> families(List<MeasuredRun> runs) {
        Set<String> families = new LinkedHashSet<>();
        runs.forEach(run -> families.add(run.family()));
        return families;
    }
}
