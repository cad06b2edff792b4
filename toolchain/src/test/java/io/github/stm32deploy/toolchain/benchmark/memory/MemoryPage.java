// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.memory;

import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.TreeSet;

/** The benchmark's result as the page {@code docs/reference/memory.md}. */
final class MemoryPage {
    private static final String HEAD = """
            <!-- SPDX-License-Identifier: Apache-2.0 -->
            <!-- Written by toolchain/benchmarks/memory/run.sh --write; do not edit. -->
            # Memory, predicted and printed

                toolchain/benchmarks/memory/run.sh --write

            **Predicted**: from the graph alone, without ST's compiler. **Printed**: by ST Edge AI Core, as published.

            - **Internal RAM** is what ST's reports and model zoo print: the sum over the on-chip pools of the highest address used in
              each. It exceeds the **liveness peak** (the largest sum of tensors alive in one epoch), because maps of different
              moments lie in different pools: MobileNetV2 1.0 at 224 prints 2058 KiB and never has more than 1470 KiB alive.
            - Placement: a buffer that one NPU RAM holds goes into the first of npuRAM5, 4, 3, 6 with a gap at its time; a larger
              one to the lowest gap of cpuRAM2 and the NPU RAMs taken as one; what finds none goes to hyperRAM. Laid out anew by
              this rule, the buffers of three published c_info files (2.1.0, 2.2.0, 3.0.0) fill every pool to the byte as the
              compiler filled it.
            - **Flash**: weights in their own width, 6 bytes an output channel, and the zeros that pad depthwise weights: up to
              eightfold until 2.2, from 3.0 twofold at stride 2 (3.0 alone: eightfold above 512 channels).

            Graphs are files of the collection or built from their papers (`MeasuredNetworks`). Rows with the same figures count once. Left
            out of the errors: rows that contradict themselves, rows measured on another file. Where part of the weights is int4, the
            share that the published name states is taken from all layers alike.

            """;

    private MemoryPage() {}

    static String render(List<MemoryRow> rows, Path shared) {
        StringBuilder page = new StringBuilder(HEAD);
        MemoryErrors flash = MemoryErrors.flash(rows);
        MemoryErrors ram = MemoryErrors.ram(rows);
        page.append("| | measurements | median error | 80 % below | worst |\n|---|---:|---:|---:|---:|\n");
        summary(page, "flash", flash);
        summary(page, "flash, int4 weights in part", MemoryErrors.int4Flash(rows));
        summary(page, "internal RAM", ram);
        page.append("\n## By family\n\n| family | flash: n | median | RAM: n | median | worst |\n");
        page.append("|---|---:|---:|---:|---:|---:|\n");
        TreeSet<String> families = new TreeSet<>();
        rows.forEach(row -> families.add(row.measured().family()));
        for (String family : families) {
            family(page, family, rows);
        }
        reports(page, shared);
        networks(page, rows);
        return page.toString().replace("\r\n", "\n");
    }

    private static void summary(StringBuilder page, String what, MemoryErrors errors) {
        page.append(String.format(
                Locale.ROOT,
                "| %s | %d | **%.1f %%** | %.1f %% | %.1f %% |%n",
                what,
                errors.count(),
                errors.median(),
                errors.quantile(0.8),
                errors.worst()));
    }

    private static void family(StringBuilder page, String family, List<MemoryRow> rows) {
        List<MemoryRow> own = rows.stream()
                .filter(row -> row.measured().family().equals(family))
                .toList();
        MemoryErrors flash = MemoryErrors.flash(own);
        MemoryErrors ram = MemoryErrors.ram(own);
        if (flash.count() + ram.count() > 0) {
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %d | %s | %d | %s | %s |%n",
                    family,
                    flash.count(),
                    percent(flash.median()),
                    ram.count(),
                    percent(ram.median()),
                    percent(ram.worst())));
        }
    }

    private static String percent(double value) {
        return Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.1f %%", value);
    }

    private static void reports(StringBuilder page, Path shared) {
        page.append("\n## Reports whose model file is at hand\n\n");
        page.append(
                "Bytes, predicted / printed. Where the project gave the network other pools, RAM is not compared.\n\n");
        page.append("| report | Core | weights | internal RAM | external RAM |\n|---|---|---:|---:|---:|\n");
        for (ReportedMemory report : ReportedMemory.all()) {
            NpuMemoryPlan plan = report.plan(shared);
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %,d / %,d | %s | %s |%n",
                    report.report(),
                    report.sdk(),
                    plan.weightsBytes(),
                    report.weights(),
                    pair(report, plan.internalRamBytes(), report.internal()),
                    pair(report, plan.externalRamBytes(), report.external())));
        }
    }

    private static String pair(ReportedMemory report, long predicted, long printed) {
        return report.pools() ? String.format(Locale.ROOT, "%,d / %,d", predicted, printed) : "other pools";
    }

    private static void networks(StringBuilder page, List<MemoryRow> rows) {
        page.append("\n## Every network\n\nKiB, predicted / printed. Marked *: left out of the errors.\n\n");
        page.append("| network | Core | flash | error | internal RAM | error | external RAM | peak |\n");
        page.append("|---|---|---:|---:|---:|---:|---:|---:|\n");
        List<MemoryRow> sorted = rows.stream()
                .sorted(Comparator.comparing((MemoryRow row) -> row.measured().family())
                        .thenComparing(row -> row.measured().name())
                        .thenComparingInt(row -> row.measured().line()))
                .toList();
        for (MemoryRow row : sorted) {
            page.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %.1f / %s | %s | %.1f / %s | %s | %.0f / %s | %.0f |%n",
                    row.measured().name(),
                    row.measured().sdk().map(Object::toString).orElse("-"),
                    row.flashKib(),
                    kib(row.measured().flashKib()),
                    error(row.flashError(), row.flashCounts()),
                    row.internalKib(),
                    kib(row.measured().internalKib()),
                    error(row.ramError(), row.ramCounts()),
                    row.externalKib(),
                    kib(row.measured().externalKib()),
                    row.peakKib()));
        }
    }

    private static String kib(OptionalDouble value) {
        return value.isPresent() ? String.format(Locale.ROOT, "%.1f", value.getAsDouble()) : "-";
    }

    private static String error(OptionalDouble percent, boolean counts) {
        return percent.isEmpty()
                ? "-"
                : String.format(Locale.ROOT, "%+.1f %%%s", percent.getAsDouble(), counts ? "" : " *");
    }
}
