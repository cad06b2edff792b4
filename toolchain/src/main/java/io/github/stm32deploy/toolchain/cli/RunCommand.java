// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import io.github.stm32deploy.toolchain.usecase.RunImages;
import io.github.stm32deploy.toolchain.usecase.SeenFaces;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code run DIR IMAGE... -o OUT}. */
@Command(
        name = "run",
        description = "Image to board to detections, drawn into PNG files.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy run face portrait.jpg -o found"})
final class RunCommand implements Callable<Integer> {
    private static final int LABELS_SHOWN = 3;

    private final Console console;

    @Parameters(index = "0", paramLabel = "DIR", description = "Folder that build made.")
    private Path folder;

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "IMAGE", description = "Images: PNG, JPEG, BMP, GIF.")
    private List<Path> images;

    @Option(
            names = "-o",
            paramLabel = "OUT",
            description = "Folder for drawn images and detections.json. Default: DIR/run.")
    private Path output;

    @Option(
            names = "--face",
            paramLabel = "X1,Y1,X2,Y2",
            description = "Box of a face in every image, in pixels, for a network that sees one face at a time; may be"
                    + " repeated. Without it and without --faces the image is the face.")
    private List<String> faces = List.of();

    @Option(
            names = "--faces",
            paramLabel = "FILE",
            description = "detections.json of a face detector's run over the same images: where the faces are.")
    private Path found;

    @Mixin
    private PortOption port;

    @Mixin
    private JsonOption json;

    RunCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        RunImages.Result result;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            result = new RunImages(progress)
                    .run(new RunImages.Request(
                            folder,
                            images,
                            port.of(folder, console),
                            port.deadlines(),
                            Optional.ofNullable(output),
                            new SeenFaces(faces.stream().map(SeenFaces::box).toList(), Optional.ofNullable(found))));
        }
        new DiagnosisText(console).say(result.diagnoses());
        json.write(console, () -> JsonFiles.toBytes(result.detections()));
        if (!json.toStandardOutput()) {
            result.detections().detections().forEach(this::print);
            console.print("drawn     " + result.output());
        }
        return 0;
    }

    private void print(Report.ImageDetections image) {
        if (image.classes() != null) {
            StringBuilder labels = new StringBuilder();
            image.classes().stream()
                    .limit(LABELS_SHOWN)
                    .forEach(label -> labels.append(
                            String.format(Locale.ROOT, "  class %d (%.3f)", label.index(), label.score())));
            console.print(image.image() + ":" + labels);
            return;
        }
        console.print(image.image() + ": " + image.boxes().size()
                + (image.boxes().size() == 1 ? " detection" : " detections"));
        for (Report.Box box : image.boxes()) {
            console.print(String.format(
                    Locale.ROOT,
                    "  score %.3f  x %.1f  y %.1f  width %.1f  height %.1f",
                    box.score(),
                    box.x(),
                    box.y(),
                    box.width(),
                    box.height()));
            if (box.pose() != null) {
                console.print(String.format(
                        Locale.ROOT,
                        "  yaw %.1f  pitch %.1f  roll %.1f degrees",
                        box.pose().yaw(),
                        box.pose().pitch(),
                        box.pose().roll()));
            }
        }
    }
}
