// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.latency;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.benchmark.network.CsvTable;
import io.github.stm32deploy.toolchain.benchmark.network.MeasuredNetworks;
import io.github.stm32deploy.toolchain.benchmark.network.MeasuredNetworks.Flag;
import io.github.stm32deploy.toolchain.benchmark.network.MeasuredNetworks.Row;
import io.github.stm32deploy.toolchain.latency.EpochLoad;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlanner;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The measurements that the model is fitted and judged on.
 *
 * @param networks whole networks
 * @param epochs single epochs
 * @param left rows that are not used, with the reason
 * @param provenance sources and their digests
 */
record FitData(
        List<MeasuredRun> networks, List<MeasuredRun> epochs, List<String> left, Map<String, String> provenance) {

    static final String SINGLE_LAYERS = "single layers";

    static FitData read(Path shared) throws IOException {
        MeasuredNetworks measured = MeasuredNetworks.read(shared);
        List<MeasuredRun> networks = new ArrayList<>();
        List<String> left = new ArrayList<>();
        Set<String> seen = new LinkedHashSet<>();
        for (Row row : measured.rows()) {
            String reason = reason(row);
            if (reason.isEmpty() && !seen.add(row.name() + row.sdk() + row.board() + row.clocks() + row.millis())) {
                reason = "printed twice";
            }
            if (!reason.isEmpty()) {
                left.add(row.name() + ": " + reason);
                continue;
            }
            networks.add(run(row));
        }
        measured.unmapped().forEach(row -> left.add(row.name() + ": " + row.reason()));
        Map<String, String> provenance = new LinkedHashMap<>();
        for (String file : new String[] {"n6-measurements.csv", "n6-epochs.csv"}) {
            provenance.put(
                    "source " + file,
                    "sha256 " + CsvTable.sha256(shared.resolve("data").resolve(file)));
        }
        return new FitData(networks, MeasuredEpochs.read(shared, clocks("nucleo-n657x0-q")), left, provenance);
    }

    /**
     * Networks that the constants are fitted on: all but the single layers, whose one epoch is programmed from cold and whose
     * share of that no table shows.
     */
    List<MeasuredRun> fitted() {
        return networks.stream()
                .filter(run -> !run.family().equals(SINGLE_LAYERS))
                .toList();
    }

    private static String reason(Row row) {
        if (row.is(Flag.RELABELLED)) {
            return "same measurement as under another version";
        } else if (row.is(Flag.MIXED_WEIGHTS)) {
            return "which weights are int4 is not published";
        } else if (row.is(Flag.ROUNDED)) {
            return "whole milliseconds, or within an application";
        } else if (row.is(Flag.DOUBTFUL)) {
            return "contradicts itself";
        }
        return "";
    }

    private static MeasuredRun run(Row row) {
        SdkVersion sdk = row.sdk().orElse(SdkVersion.V2_2);
        NpuSchedule schedule = row.is(Flag.QUANTIZE)
                ? NpuScheduler.scheduleAsInt8(row.graph().get(), sdk)
                : NpuScheduler.schedule(row.graph().get(), sdk);
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(schedule, npu(row.board()));
        return new MeasuredRun(
                row.name() + " " + sdk,
                row.family(),
                EpochLoad.of(schedule, plan),
                sdk,
                clocks(row.board()).get(row.clocks()),
                row.is(Flag.EPOCH_CONTROLLER),
                row.millis() * 1000,
                MeasuredRun.Part.WHOLE);
    }

    static Map<String, Npu.Clocks> clocks(String board) {
        Map<String, Npu.Clocks> clocks = new HashMap<>();
        npu(board).clocks().forEach(profile -> clocks.put(profile.name(), profile));
        return clocks;
    }

    static Npu npu(String board) {
        return Boards.byId(board).npu().orElseThrow();
    }
}
