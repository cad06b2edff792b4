// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.stedgeai.report.EpochGraph;
import io.github.stm32deploy.stedgeai.report.EpochKind;
import io.github.stm32deploy.stedgeai.report.EpochTable;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * Epochs that need the CPU (software and hybrid), predicted against obtained, matched one by one: by operator and number of
 * results where a c_info file gives shapes, by operator alone where there is only a text report.
 *
 * @param hits predicted and obtained, {@code Softmax 1792}
 * @param extra predicted only
 * @param missed obtained only
 * @param predictedEpochs all epochs of the prediction
 * @param obtainedEpochs all epochs of the compiler that stream data
 */
public record EpochMatch(
        List<String> hits, List<String> extra, List<String> missed, int predictedEpochs, int obtainedEpochs) {
    public EpochMatch {
        hits = List.copyOf(hits);
        extra = List.copyOf(extra);
        missed = List.copyOf(missed);
    }

    /** Against a c_info file. Epochs that stream nothing (a change of layout in name only) do not count. */
    public static EpochMatch of(NpuSchedule predicted, EpochGraph obtained) {
        List<String> real = new ArrayList<>();
        int total = 0;
        for (EpochGraph.Epoch epoch : obtained.epochs()) {
            total += epoch.streams() ? 1 : 0;
            boolean needsCpu = epoch.kind() == EpochKind.SOFTWARE || epoch.kind() == EpochKind.HYBRID;
            if (needsCpu && !epoch.parts().isEmpty()) {
                long elements =
                        epoch.writes().isEmpty() ? 0 : epoch.writes().get(0).elements();
                real.add(epoch.parts().get(0).kind() + " " + elements);
            }
        }
        return of(names(predicted, true), real, predicted.epochs().size(), total);
    }

    /**
     * Against the table of a text report.
     *
     * @return empty where the report names no operators though epochs run in software
     */
    public static Optional<EpochMatch> of(NpuSchedule predicted, List<EpochTable.Row> rows, int total) {
        List<String> real = new ArrayList<>();
        for (EpochKind kind : List.of(EpochKind.SOFTWARE, EpochKind.HYBRID)) {
            rows.stream().filter(row -> row.kind() == kind).forEach(row -> real.add(row.operator()));
        }
        return real.stream().anyMatch(String::isEmpty)
                ? Optional.empty()
                : Optional.of(
                        of(names(predicted, false), real, predicted.epochs().size(), total));
    }

    /** Matches equal names, each once. */
    public static EpochMatch of(List<String> predicted, List<String> real, int predictedEpochs, int obtainedEpochs) {
        List<String> open = new ArrayList<>(real);
        List<String> hits = new ArrayList<>();
        List<String> extra = new ArrayList<>();
        for (String name : predicted) {
            (open.remove(name) ? hits : extra).add(name);
        }
        return new EpochMatch(hits, extra, open, predictedEpochs, obtainedEpochs);
    }

    private static List<String> names(NpuSchedule schedule, boolean sizes) {
        List<String> names = new ArrayList<>();
        for (Epoch epoch : schedule.epochs()) {
            if (epoch.kind() != Epoch.Kind.HARDWARE) {
                // A mean over whole maps is a GlobalAveragePool to the compiler, whatever the file calls it.
                String operator = epoch.work() == EpochWork.GLOBAL_POOL ? "GlobalAveragePool" : epoch.operator();
                long elements = epoch.writes().isEmpty()
                        ? 0
                        : schedule.tensor(epoch.writes().get(0)).elements();
                names.add(sizes ? operator + " " + elements : operator);
            }
        }
        return names;
    }

    public EpochMatch plus(EpochMatch other) {
        return new EpochMatch(
                joined(hits, other.hits),
                joined(extra, other.extra),
                joined(missed, other.missed),
                predictedEpochs + other.predictedEpochs,
                obtainedEpochs + other.obtainedEpochs);
    }

    private static List<String> joined(List<String> left, List<String> right) {
        List<String> both = new ArrayList<>(left);
        both.addAll(right);
        return both;
    }

    /** Epochs that need the CPU by the prediction. */
    public int predictedOnCpu() {
        return hits.size() + extra.size();
    }

    /** Epochs that need the CPU by the compiler. */
    public int obtainedOnCpu() {
        return hits.size() + missed.size();
    }

    /** Share of the predicted that was obtained; empty where nothing was predicted. */
    public OptionalDouble precision() {
        return share(predictedOnCpu());
    }

    /** Share of the obtained that was predicted; empty where nothing was obtained. */
    public OptionalDouble recall() {
        return share(obtainedOnCpu());
    }

    private OptionalDouble share(int whole) {
        return whole == 0 ? OptionalDouble.empty() : OptionalDouble.of(hits.size() / (double) whole);
    }

    /** {@code 2 Softmax 1792, 1 Mul 64}; "nothing" for none. */
    public static String counted(List<String> names) {
        Map<String, Integer> counts = new TreeMap<>();
        names.forEach(name -> counts.merge(name, 1, Integer::sum));
        return counts.isEmpty()
                ? "nothing"
                : counts.entrySet().stream()
                        .map(entry -> entry.getValue() + " " + entry.getKey())
                        .reduce((a, b) -> a + ", " + b)
                        .orElseThrow();
    }
}
