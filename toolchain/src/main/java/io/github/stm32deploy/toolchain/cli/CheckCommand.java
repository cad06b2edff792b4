// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.usecase.CheckModel;
import io.github.stm32deploy.toolchain.usecase.ModelFolder;
import io.github.stm32deploy.toolchain.usecase.WholeFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
            "Do these models run on the NPU of a board, what runs on the CPU instead, why, what to do about it,"
                    + " and how much RAM, flash and time they take. Everything is predicted: no board and no tool"
                    + " of the vendor is needed.",
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy check face.onnx hands.tflite --fail-on wrong"})
final class CheckCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(
            arity = "1..*",
            paramLabel = "MODEL",
            description = "Model files (ONNX, TFLite), recipes, or folders that are searched for them.")
    private List<Path> models;

    @Mixin
    private TargetOptions target;

    @Mixin
    private InputOptions inputs;

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
        Board board = target.board();
        String backend = target.backend(board);
        Map<String, Shape> shapes = inputs.shapes();
        List<ModelFolder.Found> found = ModelFolder.find(models);
        if (html != null && found.size() > 1) {
            throw new ParameterException(command.commandLine(), "--html takes one model; compare makes a page of many");
        }
        if (!shapes.isEmpty() && found.size() > 1) {
            throw new ParameterException(command.commandLine(), "--input takes one model: names differ between models");
        }
        List<CheckModel.Result> results = new ArrayList<>();
        try (ConsoleProgress progress = new ConsoleProgress(console, found.size() == 1)) {
            for (ModelFolder.Found model : found) {
                CheckModel.Result result = new CheckModel(progress)
                        .check(new CheckModel.Request(model.file(), board, backend, target.sdk(), shapes));
                results.add(result);
                progress.advance(results.size(), found.size());
                if (!json.toStandardOutput()) {
                    new CheckText(console).print(result.report());
                }
                new DiagnosisText(console).say(result.diagnoses());
            }
        }
        json.write(console, () -> CheckModel.json(results));
        if (html != null) {
            WholeFile.write(html, results.get(0).html());
        }
        boolean failed = results.stream()
                .flatMap(result -> result.diagnoses().stream())
                .anyMatch(diagnosis -> diagnosis.severity().compareTo(failOn) >= 0);
        return failed ? 1 : 0;
    }
}
