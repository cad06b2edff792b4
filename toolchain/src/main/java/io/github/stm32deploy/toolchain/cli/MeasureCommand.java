// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.host.measure.MeasurementPlan;
import io.github.stm32deploy.host.measure.Verdict;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.ValidationReport;
import io.github.stm32deploy.toolchain.usecase.MeasureApplication;
import io.github.stm32deploy.toolchain.usecase.MeasureValidationFirmware;
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

/** {@code measure DIR}, or {@code measure --protocol st}. */
@Command(
        name = "measure",
        description = "Boots a built application and measures it; with --protocol st measures what ST's validation "
                + "firmware holds, whoever flashed it.",
        mixinStandardHelpOptions = true,
        footer = {
            "",
            "Example: stm32-deploy measure face --runs 10 --json -",
            "         stm32-deploy measure --protocol st --port /dev/ttyACM0"
        })
final class MeasureCommand implements Callable<Integer> {
    private static final int LEAST_BAUD = 9_600;
    /** ST's firmware sets up to 2,764,800. */
    private static final int MOST_BAUD = 12_000_000;

    private final Console console;

    @Spec
    private CommandSpec command;

    /** Whose protocol the board speaks. */
    enum Protocol {
        own,
        st
    }

    @Parameters(arity = "0..1", paramLabel = "DIR", description = "Folder that build made; not with --protocol st.")
    private Path folder;

    @Option(
            names = "--protocol",
            defaultValue = "own",
            paramLabel = "own|st",
            description = "own: of the applications that build makes. st: of ST's validation firmware, versions 3.0 to "
                    + "3.2. Default: ${DEFAULT-VALUE}.")
    private Protocol protocol;

    @Option(
            names = "--baud",
            paramLabel = "N",
            description = "Bits a second, with --protocol st. Default: 921600, then 115200.")
    private Integer baud;

    @Option(
            names = "--network",
            paramLabel = "NAME",
            description = "Network in the firmware, with --protocol st. Default: its first.")
    private String network;

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
        if (protocol == Protocol.st) {
            return measureValidationFirmware();
        }
        if (folder == null) {
            throw new ParameterException(command.commandLine(), "measure takes the DIR that build made");
        }
        if (baud != null || network != null) {
            throw new ParameterException(command.commandLine(), "--baud and --network go with --protocol st");
        }
        Optional<String> name = port.of(folder, console);
        MeasureApplication.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            result = new MeasureApplication(progress)
                    .measure(new MeasureApplication.Request(
                            folder,
                            name,
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

    private int measureValidationFirmware() {
        if (folder != null || image != null) {
            throw new ParameterException(
                    command.commandLine(),
                    "--protocol st takes neither a DIR nor --image: the firmware holds the network");
        }
        if (baud != null && (baud < LEAST_BAUD || baud > MOST_BAUD)) {
            throw new ParameterException(
                    command.commandLine(), "--baud is at least " + LEAST_BAUD + " and at most " + MOST_BAUD);
        }
        String name = port.any(console);
        ValidationReport report;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            report = new MeasureValidationFirmware(progress)
                    .measure(new MeasureValidationFirmware.Request(
                            name,
                            Optional.ofNullable(baud),
                            port.validationDeadlines(),
                            new MeasurementPlan(1, runs, warmup),
                            Optional.ofNullable(network)));
        }
        json.write(console, () -> JsonFiles.toBytes(report));
        if (!json.toStandardOutput()) {
            ReportText text = new ReportText(console);
            text.line(
                    "measured by",
                    report.firmware().name() + ", protocol " + report.firmware().protocol() + ", "
                            + report.firmware().baud() + " baud, on "
                            + report.chip().device());
            for (ValidationReport.Network held : report.networks()) {
                text.line("network", held.name() + (held.name().equals(report.measured()) ? " (measured)" : ""));
            }
            text.measurement(report.measurement());
        }
        return MeasureValidationFirmware.isVoid(report) ? 1 : 0;
    }
}
