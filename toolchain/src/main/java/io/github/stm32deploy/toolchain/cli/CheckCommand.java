// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.usecase.CheckModel;
import io.github.stm32deploy.toolchain.usecase.WholeFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code check MODEL...}. */
@Command(
        name = "check",
        description = {
            "Can these models be deployed by the cpu backend, and if not, why and what to do.",
            "Rules and prediction for the NPU are not part of this version."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy check face.onnx hands.tflite --fail-on wrong"})
final class CheckCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(arity = "1..*", paramLabel = "MODEL", description = "Model files (ONNX, TFLite) or recipes.")
    private List<Path> models;

    @Option(
            names = "--board",
            paramLabel = "ID",
            defaultValue = "qemu-mps3-an547",
            description = "Board. Default: ${DEFAULT-VALUE}.")
    private String board;

    @Option(
            names = "--fail-on",
            paramLabel = "SEVERITY",
            defaultValue = "error",
            description = "Exit with 1 where a finding is this grave: slow, wrong, error. Default: ${DEFAULT-VALUE}.")
    private Severity failOn;

    @Option(names = "--html", paramLabel = "FILE", description = "The report of one model as a page.")
    private Path html;

    @Mixin
    private JsonOption json;

    CheckCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (html != null && models.size() > 1) {
            throw new ParameterException(command.commandLine(), "--html takes one model");
        }
        Board target = BoardsCommand.known(board);
        List<CheckModel.Result> results = new ArrayList<>();
        try (ConsoleProgress progress = new ConsoleProgress(console, models.size() == 1)) {
            for (Path model : models) {
                CheckModel.Result result = new CheckModel(progress).check(new CheckModel.Request(model, target));
                results.add(result);
                progress.advance(results.size(), models.size());
                if (!json.toStandardOutput()) {
                    new ReportText(console).print(result.report());
                }
                new DiagnosisText(console).say(result.diagnoses());
            }
        }
        json.write(console, CheckModel.json(results));
        if (html != null) {
            WholeFile.write(html, results.get(0).html());
        }
        boolean failed = results.stream()
                .flatMap(result -> result.diagnoses().stream())
                .anyMatch(diagnosis -> diagnosis.severity().compareTo(failOn) >= 0);
        return failed ? 1 : 0;
    }
}
