// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.report.StReport;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import io.github.stm32deploy.toolchain.usecase.ReadStReports;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code st-report PATH...}. */
@Command(
        name = "st-report",
        description = {
            "Reads reports, c_info files and console logs of ST Edge AI Core 2.0 to 4.0.1: each figure with the line it stands in,"
                    + " and what in a file cannot be relied on. With --model, our prediction beside it."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy st-report st_ai_output --model face_int8.onnx"})
final class StReportCommand implements Callable<Integer> {
    private static final int MOST_NODES = 12;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(
            arity = "1..*",
            paramLabel = "PATH",
            description = "Reports, c_info files (.gz too), console logs, or folders that are searched for them.")
    private List<Path> paths;

    @Option(
            names = "--model",
            paramLabel = "MODEL",
            description = "The model that was compiled: our prediction is put beside the figures.")
    private Path model;

    @Option(
            names = "--board",
            paramLabel = "ID",
            defaultValue = "stm32n6570-dk",
            description = "Board of the prediction. Default: ${DEFAULT-VALUE}.")
    private String board;

    @Option(
            names = "--sdk",
            paramLabel = "VERSION",
            description = "Release whose rules the prediction applies. Default: the one that each file names.")
    private String sdk;

    @Mixin
    private InputOptions inputs;

    @Mixin
    private JsonOption json;

    StReportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Board target = BoardsCommand.known(board);
        if (model != null && target.npu().isEmpty()) {
            throw new ParameterException(
                    command.commandLine(), "board " + target.id() + " has no NPU: nothing is predicted for it");
        }
        Optional<SdkVersion> release = Optional.ofNullable(sdk)
                .map(text -> SdkVersion.of(text)
                        .orElseThrow(() -> new ParameterException(
                                command.commandLine(),
                                "--sdk " + text + " is none of " + String.join(", ", SdkVersion.labels()))));
        ReadStReports.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            result = new ReadStReports(progress)
                    .read(new ReadStReports.Request(
                            paths, Optional.ofNullable(model), target, release, inputs.shapes()));
        }
        json.write(console, result::json);
        if (!json.toStandardOutput()) {
            result.report().files().forEach(this::print);
            if (result.report().comparisons() != null) {
                result.report().comparisons().forEach(this::print);
            }
            if (!result.report().skipped().isEmpty()) {
                console.print("no reports: " + String.join(", ", result.report().skipped()));
            }
        }
        new DiagnosisText(console).say(result.diagnoses());
        return result.diagnoses().isEmpty() ? 0 : 1;
    }

    private void print(StReport.File file) {
        for (StReport.Run run : file.runs()) {
            console.print(console.bold(file.file()));
            line(
                    "run",
                    (run.command().isEmpty() ? "command not shown" : run.command()) + ", "
                            + (run.release().isEmpty() ? "release not shown" : "ST Edge AI Core " + run.release())
                            + (run.compiler().isEmpty() ? "" : ", compiler " + run.compiler()));
            line(
                    "network",
                    (run.model().isEmpty() ? "" : run.model() + ", ")
                            + switch (run.flow()) {
                                case "npu" -> "compiled for the NPU";
                                case "cpu" -> "compiled for the Cortex-M alone, not the NPU";
                                default -> "target not shown";
                            });
            long nodes = run.figures().stream()
                    .filter(figure -> figure.name().startsWith("node."))
                    .count();
            for (StReport.Figure figure : run.figures()) {
                boolean node = figure.name().startsWith("node.");
                boolean empty =
                        figure.name().startsWith("pool.") && figure.value().signum() == 0;
                if (!(node && nodes > MOST_NODES) && !empty) {
                    console.print(String.format(
                            Locale.ROOT,
                            "  %-28s %16s  %-20s %s",
                            figure.name(),
                            number(figure.value()),
                            figure.exact() ? "" : "\"" + shortened(figure.printed()) + "\"",
                            figure.where()));
                }
            }
            if (nodes > MOST_NODES) {
                line("nodes", nodes + " times of nodes: --json lists them");
            }
            if (!run.epochsOnCpu().isEmpty()) {
                line("on the CPU", counted(run.epochsOnCpu()));
            }
            run.errors().forEach(error -> line("error", "\"" + error + "\""));
            console.print("");
        }
    }

    private void print(StReport.Comparison comparison) {
        console.print(console.bold(comparison.model() + " predicted, " + comparison.file() + " obtained") + " ("
                + comparison.board() + ", rules of " + comparison.sdk() + ", " + comparison.graph() + ")");
        console.print(String.format(Locale.ROOT, "  %-28s %16s %16s %9s", "", "predicted", "obtained", "difference"));
        for (StReport.Row row : comparison.rows()) {
            if (row.predicted().signum() == 0 && row.obtained().signum() == 0) {
                continue;
            }
            console.print(String.format(
                    Locale.ROOT,
                    "  %-28s %16s %16s %9s",
                    row.name(),
                    number(row.predicted()),
                    number(row.obtained()),
                    row.difference() == null ? "-" : String.format(Locale.ROOT, "%+.1f %%", 100 * row.difference())));
        }
        StReport.Placement placement = comparison.placement();
        if (placement != null) {
            line(
                    "epochs with the CPU",
                    placement.predicted() + " predicted, " + placement.obtained() + " obtained, "
                            + placement.matched() + " of them the same (precision " + share(placement.precision())
                            + ", recall "
                            + share(placement.recall()) + ")");
            if (placement.predicted() != placement.matched() || placement.obtained() != placement.matched()) {
                line(
                        "differing",
                        "predicted only " + placement.predictedOnly() + "; obtained only " + placement.obtainedOnly());
            }
        }
        console.print("");
    }

    private void line(String name, String text) {
        console.print(String.format(Locale.ROOT, "  %-28s %s", name, text));
    }

    private static String share(Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, "%.3f", value);
    }

    private static String number(BigDecimal value) {
        BigDecimal shown =
                value.scale() > 6 ? value.setScale(6, RoundingMode.HALF_UP).stripTrailingZeros() : value;
        return shown.scale() <= 0 ? String.format(Locale.ROOT, "%,d", shown.toBigInteger()) : shown.toPlainString();
    }

    private static String shortened(String printed) {
        return printed.length() <= 18 ? printed : printed.substring(0, 17) + "…";
    }

    private static String counted(List<String> operators) {
        Map<String, Long> counts = operators.stream()
                .map(operator -> operator.isEmpty() ? "not named" : operator)
                .collect(Collectors.groupingBy(operator -> operator, TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .map(entry -> entry.getValue() + " " + entry.getKey())
                .collect(Collectors.joining(", "));
    }
}
