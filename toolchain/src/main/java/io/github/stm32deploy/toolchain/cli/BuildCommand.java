// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.usecase.BuildApplication;
import io.github.stm32deploy.toolchain.usecase.BuildCompiled;
import io.github.stm32deploy.toolchain.usecase.BuildForNpu;
import io.github.stm32deploy.toolchain.usecase.CheckModel;
import io.github.stm32deploy.toolchain.usecase.SetUpTools;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code build MODEL -o DIR}. */
@Command(
        name = "build",
        description = "Builds the whole application: network, firmware project, image, report.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy build face.tflite --calibration photos -o face"})
final class BuildCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(paramLabel = "MODEL", description = "Model file (ONNX, TFLite) or recipe.")
    private Path model;

    @Option(names = "-o", required = true, paramLabel = "DIR", description = "Folder to make.")
    private Path output;

    @Option(
            names = "--board",
            paramLabel = "ID",
            defaultValue = "qemu-mps3-an547",
            description = "Board to build for. Default: ${DEFAULT-VALUE}.")
    private String board;

    @Spec
    private CommandSpec spec;

    @Mixin
    private BackendOption backend;

    @Mixin
    private DecoderOptions decoder;

    @Mixin
    private QuantizationOptions quantization;

    @Mixin
    private FirmwareOptions firmware;

    @Mixin
    private NpuOptions npu;

    @Mixin
    private SetupOptions setup;

    @Mixin
    private JsonOption json;

    BuildCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Board target = BoardsCommand.known(board);
        if (firmware.network().isPresent()) {
            return compiled(target, firmware.network().get());
        }
        if (backend.name().equals(CheckModel.NPU)) {
            return forNpu(target);
        }
        BuildApplication.Request request = new BuildApplication.Request(
                model, target, backend.name(), quantization.choice(true), decoder.choice(), firmware.choice(), output);
        BuildApplication.check(request);
        BuildApplication.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            setup.ensure(console, progress, SetUpTools.neededFor(target));
            result = new BuildApplication(progress).build(request);
        }
        return tell(result);
    }

    /** With a network that ST's compiler makes on the way. */
    private int forNpu(Board target) {
        BuildForNpu.Request request = new BuildForNpu.Request(
                model, target, quantization.choice(true), decoder.choice(), firmware.choice(), npu.choice(), output);
        BuildForNpu.check(request);
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            setup.ensure(console, progress, SetUpTools.neededFor(target));
            return tell(new BuildForNpu(progress).build(request));
        }
    }

    /** With a network that was compiled before. */
    private int compiled(Board target, Path network) {
        if (!backend.name().equals("npu")) {
            throw new ParameterException(spec.commandLine(), "--network needs --backend npu");
        }
        BuildCompiled.Request request = new BuildCompiled.Request(
                model, target, network, quantization.choice(true), decoder.choice(), firmware.choice(), output);
        BuildCompiled.check(request);
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            setup.ensure(console, progress, SetUpTools.neededFor(target));
            return tell(new BuildCompiled(progress).build(request));
        }
    }

    private int tell(BuildApplication.Result result) {
        new DiagnosisText(console).say(result.diagnoses());
        json.write(console, () -> JsonFiles.toBytes(result.report()));
        if (!json.toStandardOutput()) {
            new ReportText(console).print(result.report());
            console.print("");
            console.print("folder    " + result.folder());
            console.print("next      stm32-deploy measure " + quoted(result.folder()));
        }
        return 0;
    }

    /** As a shell takes it. */
    private static String quoted(Path path) {
        String text = path.toString();
        return text.contains(" ") ? '"' + text + '"' : text;
    }
}
