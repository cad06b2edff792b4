// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.stedgeai.report.Accuracy;
import io.github.stm32deploy.stedgeai.report.CInfo;
import io.github.stm32deploy.stedgeai.report.DeviceProfile;
import io.github.stm32deploy.stedgeai.report.EpochGraph;
import io.github.stm32deploy.stedgeai.report.EpochKind;
import io.github.stm32deploy.stedgeai.report.Figure;
import io.github.stm32deploy.stedgeai.report.ModelTable;
import io.github.stm32deploy.stedgeai.report.ToolMessage;
import io.github.stm32deploy.stedgeai.report.ToolRun;
import io.github.stm32deploy.stedgeai.report.ToolVersion;
import io.github.stm32deploy.toolchain.report.StReport;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Records of what was read, as the parts of the JSON. */
final class StReportParts {
    private final List<StReport.Figure> figures = new ArrayList<>();

    private StReportParts() {}

    static StReport.File file(ReadStReports.Read read) {
        List<StReport.Run> runs = read.text()
                .map(text -> text.runs().stream()
                        .map(run -> new StReportParts().run(run))
                        .toList())
                .orElseGet(
                        () -> List.of(new StReportParts().run(read.description().orElseThrow())));
        return new StReport.File(read.name(), read.kind(), runs);
    }

    private void add(String name, Figure figure) {
        // Sizes are whole bytes, also where only three decimals of a megabyte were printed.
        boolean size = name.endsWith("Bytes");
        BigDecimal value = size
                ? figure.value().setScale(0, RoundingMode.HALF_UP)
                : figure.value().stripTrailingZeros();
        figures.add(new StReport.Figure(
                name,
                value.scale() < 0 ? value.setScale(0) : value,
                figure.toString(),
                figure.unit().isEmpty() || figure.exact(),
                figure.place().toString()));
    }

    private void add(String name, Optional<Figure> figure) {
        figure.ifPresent(value -> add(name, value));
    }

    private StReport.Run run(ToolRun run) {
        add("macc", run.model().map(ModelTable::macc));
        add("modelWeightsBytes", run.model().map(ModelTable::weightsBytes));
        add("generatedMacc", run.model().flatMap(ModelTable::generatedMacc));
        add("weightsBytes", run.weightsBytes());
        add("activationsBytes", run.activationsBytes());
        run.memory()
                .ifPresent(memory -> memory.pools().forEach(pool -> {
                    add("pool." + pool.name() + ".usedBytes", pool.used());
                    add("pool." + pool.name() + ".sizeBytes", pool.size());
                }));
        run.epochs().ifPresent(epochs -> {
            add("epochs", epochs.total());
            add("epochsSoftware", epochs.software());
            add("epochsHybrid", epochs.hybrid());
            add("epochsHardware", epochs.hardware());
            add("controllerBlobs", epochs.controllerBlobs());
        });
        run.sections().ifPresent(sizes -> {
            add("runtimeFlashBytes", sizes.runtimeFlashBytes());
            add("runtimeRamBytes", sizes.runtimeRamBytes());
            add("flashBytes", sizes.flashBytes());
            add("ramBytes", sizes.ramBytes());
        });
        run.summary().ifPresent(summary -> {
            // That of validate is about the C model for the CPU, whatever the target.
            String prefix = summary.command().equals("validate") ? "validateSummary." : "summary.";
            add(prefix + "macc", summary.macc());
            add(prefix + "weightsBytes", summary.weightsBytes());
            add(prefix + "activationsBytes", summary.activationsBytes());
            add(prefix + "ramBytes", summary.ramBytes());
        });
        run.device().ifPresent(device -> {
            for (String clock : List.of("mcu_freq", "noc_freq", "npu_freq", "nic_freq")) {
                add("device." + clock.replace("_freq", "") + "Megahertz", device.megahertz(clock));
            }
        });
        run.profile().ifPresent(this::profile);
        run.accuracy().forEach(this::accuracy);
        add("elapsedSeconds", run.elapsedSeconds());
        add("exitStatus", run.exitStatus());
        run.unallocatedBytes().forEach(bytes -> add("unallocatedBytes", bytes));
        add("minimalBytes", run.minimalBytes());
        boolean judged =
                run.npuFlow() || run.summary().isPresent() || run.sections().isPresent();
        return new StReport.Run(
                run.command(),
                run.version().map(ToolVersion::toString).orElse(""),
                run.compiler().map(call -> call.version()).orElse(""),
                run.summary()
                        .map(summary -> summary.value("model_name"))
                        .filter(name -> !name.isEmpty())
                        .or(() -> run.model().map(ModelTable::name))
                        .orElse(""),
                run.summary().map(summary -> summary.value("model_hash")).orElse(""),
                run.npuFlow() ? "npu" : judged ? "cpu" : "unknown",
                figures,
                run.epochs()
                        .map(epochs -> Stream.of(EpochKind.SOFTWARE, EpochKind.HYBRID)
                                .flatMap(kind -> epochs.operators(kind).stream())
                                .toList())
                        .orElse(List.of()),
                run.generatedFiles(),
                run.errors().stream().map(ToolMessage::text).toList());
    }

    private void profile(DeviceProfile profile) {
        add("samples", profile.samples());
        add("latencyMillis", profile.meanMillis());
        add("latencyMillisLeast", profile.minMillis());
        add("latencyMillisMost", profile.maxMillis());
        add("initializeMillis", profile.initializeMillis());
        add("cyclesBefore", profile.cycles().before());
        add("cyclesDuring", profile.cycles().during());
        add("cyclesAfter", profile.cycles().after());
        profile.nodes().forEach(node -> add("node." + node.number() + ".millis", node.millis()));
    }

    private void accuracy(Accuracy row) {
        String output = row.comparison().replace(" ", "").replace("#", ".");
        row.metrics().forEach((metric, figure) -> add("accuracy." + output + "." + metric, figure));
    }

    private StReport.Run run(CInfo info) {
        info.footprint().ifPresent(sizes -> {
            add("weightsBytes", sizes.weightsBytes());
            add("activationsBytes", sizes.activationsBytes());
            add("inputBytes", sizes.inputBytes());
            add("outputBytes", sizes.outputBytes());
            add("runtimeFlashBytes", sizes.runtimeFlashBytes());
            add("runtimeRamBytes", sizes.runtimeRamBytes());
        });
        info.pools().stream().filter(pool -> pool.parts().isEmpty()).forEach(pool -> {
            add("pool." + pool.name() + ".usedBytes", pool.usedBytes());
            add("pool." + pool.name() + ".sizeBytes", pool.sizeBytes());
        });
        add("nodes", info.nodes());
        add("nodeMacc", info.nodeMacc());
        add("estimatedCycles", info.maxCycles());
        add("controllerBlobs", info.controllerBlobs());
        info.validation().ifPresent(validation -> {
            int number = 0;
            for (CInfo.DeviceTime time : validation.times()) {
                add("node." + number + ".millis", time.millis());
                number++;
            }
            validation.accuracy().forEach(this::accuracy);
        });
        return new StReport.Run(
                commandOf(info),
                info.version().map(ToolVersion::toString).orElse(""),
                info.compilerVersion(),
                info.modelFile(),
                info.modelHash(),
                info.npuFlow() ? "npu" : info.footprint().isPresent() ? "cpu" : "unknown",
                figures,
                info.epochs().map(StReportParts::onCpu).orElse(List.of()),
                info.generatedFiles(),
                List.of());
    }

    private static String commandOf(CInfo info) {
        return Stream.of("generate", "analyze", "validate")
                .filter(command -> info.command().strip().startsWith(command))
                .findFirst()
                .orElse("");
    }

    private static List<String> onCpu(EpochGraph graph) {
        return graph.epochs().stream()
                .filter(epoch -> epoch.kind() == EpochKind.SOFTWARE || epoch.kind() == EpochKind.HYBRID)
                .map(epoch ->
                        epoch.parts().isEmpty() ? "" : epoch.parts().get(0).kind())
                .toList();
    }
}
