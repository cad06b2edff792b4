// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction.EpochTime;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Predicts the time of one inference, epoch by epoch: the longest of the limits of each epoch (streams, multiplications,
 * weights from flash, channels), its programming by the CPU, software and hybrid epochs by operator, external RAM.
 */
public final class LatencyModel {
    /** How much wider the interval gets for each share of the time in work that no fitted network has so much of. */
    private static final double EXTRAPOLATION = 4;

    private final LatencyData data;
    private final boolean epochController;

    public LatencyModel(LatencyData data) {
        this(data, true);
    }

    private LatencyModel(LatencyData data, boolean epochController) {
        this.data = data;
        this.epochController = epochController;
    }

    /**
     * The model with the constants that this release carries, for networks compiled with {@code --enable-epoch-controller}
     * as the profiles of ST's applications and of its model zoo have it.
     */
    public static LatencyModel shipped() {
        return new LatencyModel(LatencyData.shipped());
    }

    /** The same for networks whose hardware epochs the CPU programs one by one, as the compiler's default profile has it. */
    public LatencyModel withoutEpochController() {
        return new LatencyModel(data, false);
    }

    /**
     * @param schedule epochs of the network, none where it is refused: then there is no time to predict
     * @param clocks of {@code npu}
     * @throws IllegalArgumentException where the schedule has no epochs
     */
    public LatencyPrediction predict(NpuSchedule schedule, NpuMemoryPlan plan, Npu npu, Npu.Clocks clocks) {
        if (schedule.epochs().isEmpty()) {
            throw new IllegalArgumentException("no epochs to predict the time of");
        }
        return predict(EpochLoad.of(schedule, plan), schedule.sdk(), clocks);
    }

    /** As {@link #predict(NpuSchedule, NpuMemoryPlan, Npu, Npu.Clocks)} from the loads alone. */
    public LatencyPrediction predict(List<EpochLoad> loads, SdkVersion sdk, Npu.Clocks clocks) {
        EpochTimer timer = new EpochTimer(data.constants(), clocks, sdk, epochController);
        List<EpochTime> times = new ArrayList<>();
        loads.forEach(load -> times.add(timer.time(load)));
        double total = times.stream().mapToDouble(EpochTime::micros).sum();
        NetworkClass kind = NetworkClass.of(loads, times);
        LatencyData.Errors errors = data.errors().getOrDefault(kind, LatencyData.Errors.UNKNOWN);
        double distance = distance(shares(loads, times), data.seenShares());
        double wider = wider(distance);
        return new LatencyPrediction(
                total,
                total * Math.exp(Math.min(0, errors.low()) * wider),
                total * Math.exp(Math.max(0, errors.high()) * wider),
                times,
                basis(kind, errors, distance) + without(loads, sdk, clocks, total));
    }

    /** What the other way of starting epochs costs, as a part of the basis. */
    private String without(List<EpochLoad> loads, SdkVersion sdk, Npu.Clocks clocks, double total) {
        EpochTimer other = new EpochTimer(data.constants(), clocks, sdk, !epochController);
        double time =
                loads.stream().mapToDouble(load -> other.time(load).micros()).sum();
        return String.format(
                Locale.ROOT,
                "; epochs started by %s, %+.1f ms with %s",
                epochController ? "the epoch controller" : "the CPU",
                (time - total) / 1000,
                epochController ? "the CPU" : "the epoch controller");
    }

    /** Share of the time by kind of epoch and work ({@code SOFTWARE RESIZE}). */
    public static Map<String, Double> shares(List<EpochLoad> loads, List<EpochTime> times) {
        double total = times.stream().mapToDouble(EpochTime::micros).sum();
        Map<String, Double> shares = new TreeMap<>();
        for (int index = 0; index < loads.size(); index++) {
            EpochLoad load = loads.get(index);
            shares.merge(load.kind() + " " + load.work(), times.get(index).micros() / total, Double::sum);
        }
        return shares;
    }

    /** Share of the time in work that no fitted network has so much of, 0 to 1. */
    public static double distance(Map<String, Double> shares, Map<String, Double> seen) {
        return shares.entrySet().stream()
                .mapToDouble(share -> Math.max(0, share.getValue() - seen.getOrDefault(share.getKey(), 0.0)))
                .sum();
    }

    /** Factor on both ends of an interval, in logarithms. */
    public static double wider(double distance) {
        return 1 + EXTRAPOLATION * distance;
    }

    private static String basis(NetworkClass kind, LatencyData.Errors errors, double distance) {
        if (errors.networks() == 0) {
            return "no measurement of " + kind.description() + " went into the model: the interval is a convention";
        }
        String text = String.format(
                Locale.ROOT,
                "fitted on measured networks; 80 %% interval from %d measurements of %s, %d designs, each design predicted"
                        + " without itself",
                errors.networks(),
                kind.description(),
                errors.families());
        return distance < 0.005
                ? text
                : String.format(
                        Locale.ROOT,
                        "%s; wider because %.0f %% of the time is in work that no measured network has so much of",
                        text,
                        100 * distance);
    }
}
