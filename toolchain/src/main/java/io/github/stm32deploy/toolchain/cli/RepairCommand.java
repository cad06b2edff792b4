// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.usecase.RepairModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code repair MODEL -o OUT.onnx}. */
@Command(
        name = "repair",
        description = {
            "Changes a model so that the vendor's compiler takes it and the NPU runs it, and proves that its results stay:"
                    + " before and after run on the same inputs in ONNX Runtime, and a change that moves results is"
                    + " reverted.",
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy repair face.onnx -o face_mended.onnx"})
final class RepairCommand implements Callable<Integer> {
    private final Console console;

    @Spec
    private CommandSpec command;

    @Parameters(paramLabel = "MODEL", description = "Model file (ONNX, TFLite) or recipe.")
    private Path model;

    @Option(names = "-o", paramLabel = "OUT.onnx", description = "File to write.")
    private Path output;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "ID",
            description = "Only these repairs; also those that happen on request only.")
    private List<String> only = List.of();

    @Option(
            names = "--cut",
            split = ",",
            paramLabel = "TENSOR",
            description =
                    "The graph ends at these tensors, named as in the file: they become outputs, and what is computed"
                            + " from them goes.")
    private List<String> cut = List.of();

    @Option(names = "--list", description = "Say what would be done and why, and write nothing.")
    private boolean list;

    @Mixin
    private TargetOptions target;

    @Mixin
    private InputOptions inputs;

    @Mixin
    private JsonOption json;

    RepairCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (output == null && !list) {
            throw new ParameterException(command.commandLine(), "-o OUT.onnx is missing (or --list)");
        }
        RepairModel.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            result = new RepairModel(progress)
                    .repair(new RepairModel.Request(
                            model,
                            list ? Optional.empty() : Optional.of(output),
                            only,
                            target.sdk(),
                            inputs.shapes(),
                            cut));
        }
        json.write(console, result::json);
        if (!json.toStandardOutput()) {
            result.repairs().forEach(this::print);
            console.print(result.summary());
        }
        new DiagnosisText(console).say(result.diagnoses());
        return 0;
    }

    private void print(Report.Repair repair) {
        String mark = list ? "would" : repair.parity().kept() ? "done" : "reverted";
        console.print(String.format(Locale.ROOT, "%-8s  %s", mark, console.bold(repair.id())));
        console.print("          " + repair.reason() + ": " + names(repair.nodes()));
        repair.contract().forEach(sentence -> console.print("          " + sentence));
        if (!list) {
            console.print("          " + repair.parity().outcome());
        }
    }

    private static String names(List<String> nodes) {
        int shown = 4;
        return String.join(", ", nodes.subList(0, Math.min(shown, nodes.size())))
                + (nodes.size() > shown ? " and " + (nodes.size() - shown) + " more" : "");
    }
}
