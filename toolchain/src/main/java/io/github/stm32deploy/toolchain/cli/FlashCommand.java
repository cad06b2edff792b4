// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.toolchain.deploy.FuseScan;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.usecase.FlashApplication;
import io.github.stm32deploy.toolchain.usecase.FlashApplication.Mode;
import io.github.stm32deploy.toolchain.usecase.FlashImages;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flash DIR [--dry-run] [--yes]}. */
@Command(
        name = "flash",
        description = "Writes a built application to a board, reads it back, and greets it.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy flash face --fsbl ai_fsbl.hex --dry-run"})
final class FlashCommand implements Callable<Integer> {
    private static final int MAXIMUM_SECONDS = 86_400;

    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(paramLabel = "DIR", description = "Folder that build made.")
    private Path folder;

    @Option(names = "--dry-run", description = "Check the images and print the plan; touch neither tools nor board.")
    private boolean dryRun;

    @Option(names = "--yes", description = "Write without asking.")
    private boolean yes;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            defaultValue = "flash",
            description =
                    "flash: the board starts by itself; ram: loaded by the debugger and started at once, lost with "
                            + "the power. Default: ${DEFAULT-VALUE}.")
    private String mode;

    @Option(
            names = "--fsbl",
            paramLabel = "FILE",
            description = "ST's first-stage boot loader (ai_fsbl.hex). Default: the file that STM32_DEPLOY_FSBL names.")
    private Path fsbl;

    @Option(
            names = "--application",
            paramLabel = "FILE",
            description = "Signed image to write in place of the one that was packed.")
    private Path application;

    @Option(names = "--sign", description = "Have ST's signing tool make the boot image.")
    private boolean sign;

    @Option(
            names = "--programmer",
            paramLabel = "PATH",
            description =
                    "STM32_Programmer_CLI, or the folder that it is in. Default: STM32_DEPLOY_PROGRAMMER, PATH, the "
                            + "folders of ST's installers.")
    private Path programmer;

    @Option(
            names = "--probe",
            paramLabel = "SERIAL",
            description = "Serial number of the ST-LINK, where there are several.")
    private String probe;

    @Option(
            names = "--consent",
            split = ",",
            paramLabel = "NAME",
            description = "Irreversible things to let through, by name: " + FuseScan.CONSENT + ".")
    private Set<String> consents = Set.of();

    @Option(
            names = "--tool-timeout",
            paramLabel = "SECONDS",
            description = "Longest time of one call of ST's tools. Default: 2 minutes and more with the bytes.")
    private Integer toolSeconds;

    @Mixin
    private PortOption port;

    @Mixin
    private JsonOption json;

    FlashCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        FlashApplication.Request request = request();
        FlashImages images = FlashApplication.plan(request);
        if (!json.toStandardOutput()) {
            show(request, images);
        }
        if (dryRun) {
            json.write(console, () -> JsonFiles.toBytes(images.plan()));
            return 0;
        }
        agree(images);
        FlashApplication.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            result = new FlashApplication(progress).flash(request, images);
        }
        json.write(console, () -> JsonFiles.toBytes(result.outcomes()));
        if (!json.toStandardOutput()) {
            console.print("");
            for (FlashApplication.Outcome outcome : result.outcomes()) {
                console.print(String.format(
                        Locale.ROOT,
                        "%-12s  %s  %9d bytes  %s",
                        outcome.role(),
                        outcome.address(),
                        outcome.bytes(),
                        outcome.written() ? "written" + verified(outcome) : "already there"));
            }
            console.print("tool          STM32CubeProgrammer "
                    + result.programmer().version() + ", " + result.programmer().reason());
        }
        greet(request, images);
        return 0;
    }

    private static String verified(FlashApplication.Outcome outcome) {
        return outcome.role().equals("program") ? ", started" : ", read back";
    }

    private FlashApplication.Request request() {
        if (!List.of("ram", "flash").contains(mode)) {
            throw new ParameterException(command.commandLine(), "--mode is ram or flash");
        }
        for (String consent : consents) {
            if (!consent.equals(FuseScan.CONSENT)) {
                throw new ParameterException(
                        command.commandLine(), "--consent knows " + FuseScan.CONSENT + ", not " + consent);
            }
        }
        if (toolSeconds != null && (toolSeconds < 1 || toolSeconds > MAXIMUM_SECONDS)) {
            throw new ParameterException(
                    command.commandLine(), "--tool-timeout is at least 1 and at most " + MAXIMUM_SECONDS + " seconds");
        }
        if (sign && application != null) {
            throw new ParameterException(command.commandLine(), "--sign and --application exclude each other");
        }
        return new FlashApplication.Request(
                folder,
                mode.equals("ram") ? Mode.RAM : Mode.FLASH,
                Optional.ofNullable(programmer),
                Optional.ofNullable(fsbl),
                Optional.ofNullable(application),
                sign,
                Optional.ofNullable(probe),
                Optional.ofNullable(toolSeconds).map(Duration::ofSeconds),
                consents);
    }

    private void show(FlashApplication.Request request, FlashImages images) {
        DeployPlan plan = images.plan();
        console.print(plan.board() + ", firmware " + plan.firmwareDigest().substring(0, 12));
        for (FlashImages.Image image : images.toFlash(request.mode())) {
            console.print(String.format(
                    Locale.ROOT,
                    "%-12s  %s  %9d bytes  %s",
                    image.role(),
                    image.hexAddress(),
                    image.content().length,
                    image.name()));
        }
        if (request.mode() == Mode.RAM) {
            console.print(String.format(
                    Locale.ROOT,
                    "%-12s  %s  %9d bytes  %s",
                    "program",
                    images.program().hexAddress(),
                    images.program().content().length,
                    images.program().name()));
        }
        plan.flashing().procedures().stream()
                .filter(procedure -> procedure.mode().equals(mode))
                .findFirst()
                .ifPresent(procedure -> {
                    for (int i = 0; i < procedure.steps().size(); i++) {
                        console.print(String.format(
                                Locale.ROOT, "%3d  %s", i + 1, procedure.steps().get(i)));
                    }
                });
    }

    private void agree(FlashImages images) {
        if (yes) {
            return;
        }
        String question = "The board is connected and in development mode; write "
                + images.toFlash(mode.equals("ram") ? Mode.RAM : Mode.FLASH).size() + " images to its flash?";
        if (!console.confirm(question)) {
            throw new DiagnosedException(
                    Kind.USAGE,
                    Diagnosis.error("FLASH-NOT-CONFIRMED", Stage.FLASH, "nobody agreed to write the flash")
                            .where(folder.toString())
                            .observed(
                                    console.isTerminal() ? "the answer was no" : "no --yes, and no terminal to ask at")
                            .rule("what is in the flash of the board is overwritten")
                            .effect("nothing was written")
                            .fix("say --yes; --dry-run shows the plan")
                            .build());
        }
    }

    /** In RAM the firmware runs already; from flash it does once somebody has set the switches. */
    private void greet(FlashApplication.Request request, FlashImages images) {
        boolean runs = request.mode() == Mode.RAM
                || console.isTerminal()
                        && port.name().isPresent()
                        && console.confirm("The switches are set to flash and the board was plugged in again?");
        if (runs && port.name().isPresent()) {
            Answer.Hello hello = FlashApplication.greet(folder, port.name().get(), port.deadlines());
            console.say("greeted       " + hello.board() + " runs this firmware, "
                    + hello.firmwareDigest().substring(0, 12));
            return;
        }
        if (request.mode() == Mode.FLASH) {
            images.boot().mode("flash").steps().forEach(step -> console.say("next          " + step));
        }
        console.say("next          stm32-deploy measure " + folder + " --port PORT   (compares the firmware's digest)");
    }
}
