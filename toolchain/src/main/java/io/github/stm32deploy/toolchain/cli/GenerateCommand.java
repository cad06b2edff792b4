// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.usecase.GenerateNetwork;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code generate MODEL -o DIR}. */
@Command(
        name = "generate",
        description = {
            "Writes only the C of the network, with its weights. --backend cpu: ours, needs no compiler; --backend npu: what ST Edge AI"
                    + " Core makes."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy generate face_int8.onnx -o face-c"})
final class GenerateCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "MODEL", description = "Model file (ONNX, TFLite) or recipe.")
    private Path model;

    @Option(names = "-o", required = true, paramLabel = "DIR", description = "Folder to make.")
    private Path output;

    @Option(
            names = "--board",
            paramLabel = "ID",
            defaultValue = "qemu-mps3-an547",
            description = "Board. Default: ${DEFAULT-VALUE}.")
    private String board;

    @Mixin
    private BackendOption backend;

    @Mixin
    private NpuOptions npu;

    @Mixin
    private QuantizationOptions quantization;

    @Mixin
    private JsonOption json;

    GenerateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Board target = BoardsCommand.known(board);
        GenerateNetwork.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            result = new GenerateNetwork(progress)
                    .generate(new GenerateNetwork.Request(
                            model, target, backend.name(), quantization.choice(true), npu.choice(), output));
        }
        new DiagnosisText(console).say(result.diagnoses());
        json.write(console, () -> JsonFiles.toBytes(result.report()));
        if (!json.toStandardOutput()) {
            new ReportText(console).print(result.report());
            console.print("folder     " + output);
        }
        return 0;
    }
}
