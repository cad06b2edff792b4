// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.memory;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.benchmark.network.MeasuredNetworks;
import io.github.stm32deploy.toolchain.benchmark.network.MeasuredNetworks.Flag;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlanner;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory of a published network: predicted and printed, in KiB.
 *
 * @param flashCounts false where the printed flash cannot be predicted from what is published
 * @param ramCounts the same for RAM
 */
record MemoryRow(
        MeasuredNetworks.Row measured,
        double flashKib,
        double internalKib,
        double externalKib,
        double peakKib,
        boolean flashCounts,
        boolean ramCounts) {
    private static final double KIB = 1024;
    private static final Pattern INT4_SHARE = Pattern.compile("_w4_([0-9.]+)%");

    static List<MemoryRow> all(Path shared) throws IOException {
        List<MemoryRow> rows = new ArrayList<>();
        for (MeasuredNetworks.Row row : MeasuredNetworks.read(shared).rows()) {
            boolean printed = row.flashKib().isPresent() || row.internalKib().isPresent();
            if (printed && !row.is(Flag.CPU_ONLY) && !row.is(Flag.RELABELLED)) {
                rows.add(of(row));
            }
        }
        return rows;
    }

    static MemoryRow of(MeasuredNetworks.Row row) {
        ModelGraph graph = row.graph().get();
        SdkVersion sdk = row.sdk().orElse(SdkVersion.newest());
        boolean integer =
                graph.nodes().stream().anyMatch(node -> node.operator().startsWith("Quantize"));
        NpuSchedule schedule = integer ? NpuScheduler.schedule(graph, sdk) : NpuScheduler.scheduleAsInt8(graph, sdk);
        NpuMemoryPlan plan =
                NpuMemoryPlanner.plan(schedule, Boards.byId(row.board()).npu().orElseThrow());
        double flash = plan.weightsBytes() - int4Share(row.name()) * weights(schedule) / 2;
        boolean certain = !row.is(Flag.DOUBTFUL) && !row.is(Flag.OTHER_FILE);
        return new MemoryRow(
                row,
                flash / KIB,
                plan.internalRamBytes() / KIB,
                plan.externalRamBytes() / KIB,
                plan.livenessPeakBytes() / KIB,
                certain && (!row.is(Flag.MIXED_WEIGHTS) || int4Share(row.name()) > 0),
                certain);
    }

    /** Share of weights in int4 that the name of a published network states ({@code w4_53.32%_w8_46.68%}). */
    private static double int4Share(String name) {
        Matcher share = INT4_SHARE.matcher(name);
        return share.find() ? Double.parseDouble(share.group(1)) / 100 : 0;
    }

    private static long weights(NpuSchedule schedule) {
        return schedule.epochs().stream().mapToLong(Epoch::weightElements).sum();
    }

    boolean hasInt4() {
        return measured.is(Flag.MIXED_WEIGHTS);
    }

    /** Per cent by which the prediction exceeds what is printed; empty where nothing is printed. */
    OptionalDouble flashError() {
        return error(flashKib, measured.flashKib());
    }

    OptionalDouble ramError() {
        return error(internalKib, measured.internalKib());
    }

    private static OptionalDouble error(double predicted, OptionalDouble printed) {
        return printed.isEmpty() || printed.getAsDouble() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(100 * (predicted / printed.getAsDouble() - 1));
    }
}
