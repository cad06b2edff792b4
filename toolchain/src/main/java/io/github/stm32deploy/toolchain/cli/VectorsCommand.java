// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.VectorResults;
import io.github.stm32deploy.toolchain.report.VectorResults.Status;
import io.github.stm32deploy.toolchain.usecase.RunVectors;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code vectors PATH...}. */
@Command(
        name = "vectors",
        description = {
            "Runs golden vector files of decoders (schema fd-golden-1) and prints the worst difference of each. Exit code 1"
                    + " where a difference is beyond its tolerance, or a file was not run."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy vectors golden/blazeface --on host"})
final class VectorsCommand implements Callable<Integer> {
    private final Console console;

    @CommandLine.Spec
    private CommandLine.Model.CommandSpec spec;

    @Parameters(
            arity = "1..*",
            paramLabel = "PATH",
            description = "Vector files, or folders whose .json files are taken, subfolders included.")
    private List<Path> paths;

    @Option(
            names = "--on",
            paramLabel = "java|host|qemu",
            defaultValue = "java",
            description = {
                "java: the reference decoders. host: the C, compiled for this machine with sanitizers. qemu: the C on an"
                        + " emulated Cortex-M55 with Helium. Default: ${DEFAULT-VALUE}."
            })
    private RunVectors.On on;

    @Mixin
    private JsonOption json;

    VectorsCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        for (Path path : paths) {
            if (Files.notExists(path)) {
                throw new CommandLine.ParameterException(spec.commandLine(), path + " does not exist");
            }
        }
        VectorResults results;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            results = new RunVectors(progress).run(new RunVectors.Request(paths, on));
        }
        if (results.files().isEmpty()) {
            throw new CommandLine.ParameterException(spec.commandLine(), "no .json file in " + paths);
        }
        json.write(console, () -> JsonFiles.toBytes(results));
        if (!json.toStandardOutput()) {
            print(results);
        }
        return results.failed() + results.notRun() == 0 ? 0 : 1;
    }

    private void print(VectorResults results) {
        for (VectorResults.File file : results.files()) {
            String name = file.id() == null ? file.file() : file.id();
            console.print(String.format(Locale.ROOT, "%-8s %-44s %s", word(file.status()), name, detail(file)));
        }
        console.print("");
        console.print(results.files().size() + " files on " + results.on() + ": " + results.passed() + " passed, "
                + results.failed() + " failed, " + results.notRun() + " not run");
    }

    private static String word(Status status) {
        return switch (status) {
            case PASSED -> "passed";
            case FAILED -> "FAILED";
            case NOT_RUN -> "not run";
        };
    }

    private static String detail(VectorResults.File file) {
        String numbers = file.worstDifference() == null || file.where() == null
                ? ""
                : String.format(
                        Locale.ROOT,
                        "worst %.3g (%.0f %% of its tolerance, %s)",
                        file.worstDifference(),
                        100 * file.partOfTolerance(),
                        file.where());
        String reason = file.reason() == null ? "" : file.reason();
        if (numbers.isEmpty() && reason.isEmpty()) {
            return "equal";
        }
        return numbers.isEmpty() || reason.isEmpty() ? numbers + reason : reason + "; " + numbers;
    }
}
