// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.placement;

import io.github.stm32deploy.stedgeai.report.EpochGraph;
import io.github.stm32deploy.stedgeai.report.EpochKind;
import io.github.stm32deploy.stedgeai.report.EpochTable;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Compares predicted epochs with every compiler report at hand, as a Markdown page. Arguments: the folder of shared material,
 * and the file to write instead of standard output.
 */
public final class PlacementTable {
    private final Path shared;
    private final StringBuilder page = new StringBuilder();
    private Tally all = Tally.of(List.of(), List.of());
    private int epochs;
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
                all.precision(),
                all.recall(),
                all.hits().size() + all.missed().size(),
                epochs,
                wrong,
                100.0 * wrong / epochs));
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
        boolean shapes = graph.isPresent();
        List<String> predicted = new ArrayList<>();
        for (Epoch epoch : schedule.epochs()) {
            if (epoch.kind() != Epoch.Kind.HARDWARE) {
                String operator = asTheCompilerNamesIt(epoch);
                predicted.add(shapes ? operator + " " + elements(schedule, epoch) : operator);
            }
        }
        List<String> real = new ArrayList<>();
        int total = table.total();
        if (shapes) {
            total = 0;
            for (EpochGraph.Epoch epoch : graph.get().epochs()) {
                total += epoch.streams() ? 1 : 0;
                if (epoch.kind() == EpochKind.SOFTWARE || epoch.kind() == EpochKind.HYBRID) {
                    real.add(epoch.parts().get(0).kind() + " "
                            + epoch.writes().get(0).elements());
                }
            }
        } else {
            real.addAll(table.operators(EpochKind.SOFTWARE));
            real.addAll(table.operators(EpochKind.HYBRID));
        }
        Tally tally = Tally.of(predicted, real);
        all = all.plus(tally);
        int guess = schedule.epochs().size();
        epochs += total;
        wrong += Math.abs(guess - total);
        page.append(String.format(
                Locale.ROOT,
                "| %s | %s | %d / %d | %d / %d | %d / %d | %s | %s | %s |\n",
                report.model(),
                table.version(),
                guess,
                total,
                guess - predicted.size(),
                total - real.size(),
                predicted.size(),
                real.size(),
                tally.precision(),
                tally.recall(),
                report.basis()));
        if (!tally.extra().isEmpty() || !tally.missed().isEmpty()) {
            details.append(String.format("- %s (%s): ", report.model(), table.version()));
            details.append("predicted only ").append(counted(tally.extra()));
            details.append("; report only ").append(counted(tally.missed())).append(".\n");
        }
    }

    /** A mean over whole maps is a GlobalAveragePool to the compiler, whatever the file calls it. */
    private static String asTheCompilerNamesIt(Epoch epoch) {
        return epoch.work() == EpochWork.GLOBAL_POOL ? "GlobalAveragePool" : epoch.operator();
    }

    private static long elements(NpuSchedule schedule, Epoch epoch) {
        return epoch.writes().isEmpty()
                ? 0
                : schedule.tensor(epoch.writes().get(0)).elements();
    }

    private static String counted(List<String> names) {
        Map<String, Integer> counts = new TreeMap<>();
        names.forEach(name -> counts.merge(name, 1, Integer::sum));
        return counts.isEmpty()
                ? "nothing"
                : counts.entrySet().stream()
                        .map(entry -> entry.getValue() + " " + entry.getKey())
                        .reduce((a, b) -> a + ", " + b)
                        .orElseThrow();
    }

    private void rebuilt() throws IOException {
        EpochGraph graph = ReportCase.readGraph(
                shared, "v2.2.0-generate-yolo-float32-hyperram/yolo_deer_best.onnx_c_info.json.gz");
        Tally tally = RebuiltNodes.software(graph, SdkVersion.V2_2);
        page.append(String.format(
                Locale.ROOT,
                "\nA float YOLOv8n (2.2.0, no file): its nodes rebuilt one by one from the c_info file, %d of them in software: precision"
                        + " %s, recall %s. Predicted only: %s. Report only: %s.\n",
                tally.hits().size() + tally.missed().size(),
                tally.precision(),
                tally.recall(),
                counted(tally.extra()),
                counted(tally.missed())));
    }
}
