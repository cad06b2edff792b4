// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.usecase.RunDemo;
import io.github.stm32deploy.toolchain.usecase.SetUpTools;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code demo}: the bundled model, the whole way, on the virtual board. */
@Command(
        name = "demo",
        description = {
            "Takes the bundled detector the whole way: check, quantize, C, firmware, boot, images, measurement, report.",
            "The model knows drawn faces only; it shows the road."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy demo -o my-demo"})
final class DemoCommand implements Callable<Integer> {
    private final Console console;

    @Option(
            names = "-o",
            paramLabel = "DIR",
            defaultValue = "stm32-deploy-demo",
            description = "Folder to make. Default: ${DEFAULT-VALUE}.")
    private Path output;

    @Option(
            names = "--board",
            paramLabel = "ID",
            defaultValue = "qemu-mps3-an547",
            description = "Board. Default: ${DEFAULT-VALUE}.")
    private String board;

    @Mixin
    private SetupOptions setup;

    @Mixin
    private JsonOption json;

    DemoCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Board target = BoardsCommand.known(board);
        RunDemo.Request request = new RunDemo.Request(target, output);
        RunDemo.check(request);
        RunDemo.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            setup.ensure(console, progress, SetUpTools.neededFor(target));
            result = new RunDemo(progress).run(request);
        }
        new DiagnosisText(console).say(result.diagnoses());
        json.write(console, () -> JsonFiles.toBytes(result.report()));
        if (!json.toStandardOutput()) {
            new ReportText(console).print(result.report());
            for (RunDemo.Scene scene : result.scenes()) {
                console.print(String.format(
                        Locale.ROOT,
                        "%-12s %d of %d drawn faces found%s",
                        scene.image(),
                        scene.found(),
                        scene.faces(),
                        scene.surplus() == 0 ? "" : ", " + scene.surplus() + " more boxes than faces"));
            }
            Report.Device device = result.report().measurement().device();
            console.print("");
            console.print("report     " + output.resolve("report.html")
                    + (device.emulated() ? "   (instructions of an emulator, not time of a chip)" : ""));
            console.print(
                    "note       the demo model knows drawn faces only. Photographs need a real model, same commands:");
            console.print("           stm32-deploy build blazeface.tflite --calibration photos -o face");
            console.print("           stm32-deploy run face portrait.jpg");
        }
        return result.allFound() ? 0 : 1;
    }
}
