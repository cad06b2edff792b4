// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.placement;

import io.github.stm32deploy.stedgeai.report.EpochGraph;
import io.github.stm32deploy.stedgeai.report.EpochTable;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import io.github.stm32deploy.toolchain.usecase.EpochMatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Compares predicted epochs with every compiler report at hand, as a Markdown page. Arguments: the folder of shared material,
 * and the file to write instead of standard output.
 */
public final class PlacementTable {
    private final Path shared;
    private final StringBuilder page = new StringBuilder();
    private EpochMatch all = EpochMatch.of(List.of(), List.of(), 0, 0);
    private int wrong;

    private PlacementTable(Path shared) {
        this.shared = shared;
    }

    public static void main(String[] arguments) throws IOException {
        String page = of(Path.of(arguments[0]));
        if (arguments.length > 1) {
            Files.writeString(Path.of(arguments[1]), page, StandardCharsets.UTF_8);
        }
        System.out.print(page);
    }

    /** The page, from the folder of shared material. */
    static String of(Path shared) throws IOException {
        return new PlacementTable(shared).page();
    }

    private String page() throws IOException {
        page.append("""
                # Placement against compiler reports

                Written by `toolchain/benchmarks/placement/run.sh --write`. Left of each slash what the rules and the epoch formation
                predict, right what the report of ST Edge AI Core says. Software epochs (hybrid ones included) are matched one by one: by
                operator and number of results where a c_info file gives shapes, by operator alone where there is only a text report.
                Epochs that stream nothing (a change of layout in name only) are left out where a c_info file shows them.

                The forms that the rules know, and the chains that become one epoch, were read off these very reports, beside the vendor's
                tables: the figures say how well one set of rules reproduces all of them, not how well it does on others.

                | Model | SDK | Epochs | Hardware | Software and hybrid | Precision | Recall | Graph |
                |---|---|---|---|---|---|---|---|
                """);
        StringBuilder details = new StringBuilder();
        for (ReportCase report : ReportCase.ALL) {
            row(report, details);
        }
        page.append(String.format(
                Locale.ROOT,
                "\nAll reports: precision %s, recall %s over %d software and hybrid epochs; %d epochs in all, the counts differ by"
                        + " %d (%.1f %%).\n",
                share(all.precision()),
                share(all.recall()),
                all.hits().size() + all.missed().size(),
                all.obtainedEpochs(),
                wrong,
                100.0 * wrong / all.obtainedEpochs()));
        rebuilt();
        page.append("\n## What differs\n\n").append(details);
        page.append("""

                ## Not judged

                - `v4.0.1-generate-stt-618epochs`: no model file, and the report names no operators of its 618 epochs (none runs in
                  software).
                - `v4.0.0-cpu-only-n6`: the CPU flow, without epochs.
                - `v2.2.0-devcloud-console-conv16`, `v4.0.0-aistudio-nucleo-conv16` and the epoch controller run of the 7x7 network
                  repeat reports above.
                """);
        return page.toString();
    }

    private void row(ReportCase report, StringBuilder details) throws IOException {
        NpuSchedule schedule = report.schedule().apply(shared);
        EpochTable table = report.table(shared);
        Optional<EpochGraph> graph = report.epochGraph(shared);
        EpochMatch match = graph.map(epochs -> EpochMatch.of(schedule, epochs))
                .or(() -> EpochMatch.of(schedule, table.rows(), table.total()))
                .orElseThrow();
        all = all.plus(match);
        int guess = match.predictedEpochs();
        int total = match.obtainedEpochs();
        wrong += Math.abs(guess - total);
        page.append(String.format(
                Locale.ROOT,
                "| %s | %s | %d / %d | %d / %d | %d / %d | %s | %s | %s |\n",
                report.model(),
                table.version(),
                guess,
                total,
                guess - match.predictedOnCpu(),
                total - match.obtainedOnCpu(),
                match.predictedOnCpu(),
                match.obtainedOnCpu(),
                share(match.precision()),
                share(match.recall()),
                report.basis()));
        if (!match.extra().isEmpty() || !match.missed().isEmpty()) {
            details.append(String.format("- %s (%s): ", report.model(), table.version()));
            details.append("predicted only ").append(EpochMatch.counted(match.extra()));
            details.append("; report only ")
                    .append(EpochMatch.counted(match.missed()))
                    .append(".\n");
        }
    }

    private static String share(OptionalDouble share) {
        return share.isPresent() ? String.format(Locale.ROOT, "%.3f", share.getAsDouble()) : "-";
    }

    private void rebuilt() throws IOException {
        EpochGraph graph = ReportCase.readGraph(
                shared, "v2.2.0-generate-yolo-float32-hyperram/yolo_deer_best.onnx_c_info.json.gz");
        EpochMatch tally = RebuiltNodes.software(graph, SdkVersion.V2_2);
        page.append(String.format(
                Locale.ROOT,
                "\nA float YOLOv8n (2.2.0, no file): its nodes rebuilt one by one from the c_info file, %d of them in software: precision"
                        + " %s, recall %s. Predicted only: %s. Report only: %s.\n",
                tally.hits().size() + tally.missed().size(),
                share(tally.precision()),
                share(tally.recall()),
                EpochMatch.counted(tally.extra()),
                EpochMatch.counted(tally.missed())));
    }
}
