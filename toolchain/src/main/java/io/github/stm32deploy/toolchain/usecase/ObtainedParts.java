// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.stedgeai.report.CInfo;
import io.github.stm32deploy.stedgeai.report.EpochGraph;
import io.github.stm32deploy.stedgeai.report.EpochKind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.neuralart.CompiledNetwork;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What the vendor's compiler made, as sections and findings of a report: obtained, not predicted. */
record ObtainedParts(CompiledNetwork compiled) {
    /**
     * Epochs may differ from the prediction by this share, and by {@link #FEW}, without a word: what schedulers of different
     * releases make of one graph differs as much.
     */
    private static final double BAND = 0.1;

    private static final long FEW = 2;

    /** @param predicted for the graph that was compiled */
    Report.Obtained section(NpuSchedule predicted) {
        CInfo description = compiled.description();
        CInfo.Footprint footprint = description.footprint().orElseThrow();
        return new Report.Obtained(
                compiled.network().core().toString(),
                compiled.network().compiler(),
                compiled.network().api().name().toLowerCase(java.util.Locale.ROOT),
                new Report.ObtainedEpochs(
                        total(),
                        count(EpochKind.HARDWARE),
                        count(EpochKind.CONTROLLER),
                        count(EpochKind.HYBRID),
                        count(EpochKind.SOFTWARE)),
                softwareOperators(),
                predicted.epochs().isEmpty()
                        ? null
                        : epochs().map(graph -> StReportComparison.placement(EpochMatch.of(predicted, graph)))
                                .orElse(null),
                footprint.weightsBytes().asLong(),
                footprint.activationsBytes().asLong(),
                description.pools().stream()
                        .filter(pool -> pool.parts().isEmpty())
                        .map(pool -> new Report.ObtainedPool(
                                pool.name(),
                                pool.sizeBytes().asLong(),
                                pool.usedBytes().asLong()))
                        .toList(),
                compiled.network().images().stream()
                        .map(image -> new Report.WeightFile(
                                image.file().toString(), image.pool(), image.address(), image.bytes()))
                        .toList());
    }

    /** {@code npu}, or {@code npu+cpu} where an epoch runs on the CPU. */
    String verdict() {
        return count(EpochKind.SOFTWARE) + count(EpochKind.HYBRID) > 0 ? "npu+cpu" : "npu";
    }

    /** A finding where the epochs are not those that were predicted. */
    List<Diagnosis> differences(NpuSchedule predicted, String model) {
        if (predicted.epochs().isEmpty()) {
            return List.of();
        }
        long total = predicted.epochs().size();
        Optional<EpochMatch> match = epochs().map(graph -> EpochMatch.of(predicted, graph));
        long cpu = predicted.count(Epoch.Kind.SOFTWARE) + predicted.count(Epoch.Kind.HYBRID);
        long obtainedCpu = count(EpochKind.SOFTWARE) + count(EpochKind.HYBRID);
        boolean slower = obtainedCpu > cpu + FEW && obtainedCpu > cpu * (1 + BAND);
        boolean other = Math.abs(total() - total) > Math.max(FEW, total * BAND)
                || match.map(epochs -> epochs.extra().size() + epochs.missed().size() > Math.max(FEW, total * BAND))
                        .orElse(false);
        if (!slower && !other) {
            return List.of();
        }
        return List.of(Diagnosis.of(
                        slower ? Severity.SLOW : Severity.NOTE,
                        slower ? "NPU-EPOCHS-ON-CPU" : "NPU-EPOCHS-DIFFER",
                        Stage.GENERATE,
                        slower
                                ? "more epochs run on the CPU than predicted"
                                : "the network has other epochs than predicted")
                .where(model)
                .observed(total() + " epochs, " + obtainedCpu + " with the CPU"
                        + (softwareOperators().isEmpty() ? "" : " (" + words(softwareOperators()) + ")"))
                .rule("predicted are " + total + ", " + cpu + " with the CPU"
                        + match.map(ObtainedParts::matched).orElse("") + "; within a tenth, or " + FEW
                        + ", they count as equal")
                .effect("times and memory that were predicted are those of another schedule")
                .fix("look at \"obtained\" in report.json; measure on the board")
                .build());
    }

    private static String matched(EpochMatch match) {
        return ", " + match.hits().size() + " of them the same; predicted only " + EpochMatch.counted(match.extra())
                + ", obtained only " + EpochMatch.counted(match.missed());
    }

    private Map<String, Long> softwareOperators() {
        return epochs().map(graph -> graph.epochs().stream()
                        .filter(epoch -> epoch.kind() == EpochKind.SOFTWARE || epoch.kind() == EpochKind.HYBRID)
                        .flatMap(epoch -> epoch.parts().stream()
                                .map(EpochGraph.Part::kind)
                                .distinct())
                        .collect(Collectors.groupingBy(kind -> kind, TreeMap::new, Collectors.counting())))
                .orElseGet(TreeMap::new);
    }

    private static String words(Map<String, Long> operators) {
        return operators.entrySet().stream()
                .map(one -> one.getValue() + " " + one.getKey())
                .collect(Collectors.joining(", "));
    }

    private Optional<EpochGraph> epochs() {
        return compiled.description().epochs();
    }

    private long total() {
        return compiled.run()
                .epochs()
                .map(counts -> counts.total().asLong())
                .orElseGet(() ->
                        epochs().map(graph -> (long) graph.epochs().size()).orElse(0L));
    }

    private long count(EpochKind kind) {
        return epochs().map(graph -> graph.epochs().stream()
                        .filter(epoch -> epoch.kind() == kind)
                        .count())
                .orElse(0L);
    }
}
