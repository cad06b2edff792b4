// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.host.measure.MeasurementPlan;
import io.github.stm32deploy.host.measure.Verdict;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.usecase.MeasureApplication;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code measure DIR}. */
@Command(
        name = "measure",
        description = "Boots a built application and measures it.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy measure face --runs 10 --json -"})
final class MeasureCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(paramLabel = "DIR", description = "Folder that build made.")
    private Path folder;

    @Option(
            names = "--runs",
            defaultValue = "3",
            paramLabel = "N",
            description = "Measured runs a boot. Default: ${DEFAULT-VALUE}.")
    private int runs;

    @Option(
            names = "--reloads",
            defaultValue = "2",
            paramLabel = "N",
            description = "Boots. Default: ${DEFAULT-VALUE}.")
    private int reloads;

    @Option(
            names = "--warmup",
            defaultValue = "1",
            paramLabel = "N",
            description = "Runs a boot that do not count. Default: ${DEFAULT-VALUE}.")
    private int warmup;

    @Option(names = "--image", paramLabel = "IMAGE", description = "Input of every run. Default: seeded noise.")
    private Path image;

    @Mixin
    private PortOption port;

    @Mixin
    private JsonOption json;

    MeasureCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (runs < 1 || reloads < 1 || warmup < 0) {
            throw new ParameterException(
                    command.commandLine(), "--runs and --reloads are at least 1, --warmup at least 0");
        }
        MeasureApplication.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            result = new MeasureApplication(progress)
                    .measure(new MeasureApplication.Request(
                            folder,
                            port.name(),
                            port.deadlines(),
                            new MeasurementPlan(reloads, runs, warmup),
                            Optional.ofNullable(image)));
        }
        json.write(console, () -> JsonFiles.toBytes(result.report()));
        if (!json.toStandardOutput()) {
            new ReportText(console).measurement(result.report().measurement());
            console.print("report    " + folder.resolve("report.html"));
        }
        // A board that failed in between leaves figures that mean nothing: a script must not take them for good.
        return result.report().measurement().verdict().equals(Verdict.QUARANTINED.reportName()) ? 1 : 0;
    }
}
