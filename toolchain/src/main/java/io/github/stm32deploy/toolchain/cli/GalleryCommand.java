// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.report.Gallery;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.usecase.MakeGallery;
import io.github.stm32deploy.toolchain.usecase.SetUpTools;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gallery MODEL... --images DIR -o DIR}. */
@Command(
        name = "gallery",
        description = {
            "Several models, the same images, one page of pictures: what each model finds on the board.",
            "Each model is repaired, made int8 with --calibration where it is float, built and run.",
            "Landmark and head-pose networks see the faces that the first detector before them found: name one first."
        },
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy gallery models --images photos -o gallery"})
final class GalleryCommand implements Callable<Integer> {
    private final Console console;

    @Parameters(arity = "1..*", paramLabel = "MODEL", description = "Model files, recipes, folders that are searched.")
    private List<Path> models;

    @Option(
            names = "--images",
            required = true,
            paramLabel = "DIR|FILE",
            description = "Images, or a folder of images; may be given more than once.")
    private List<Path> images;

    @Option(names = "-o", required = true, paramLabel = "DIR", description = "Folder to make.")
    private Path output;

    @Option(
            names = "--board",
            paramLabel = "ID",
            defaultValue = "qemu-mps3-an547",
            description = "Board. Default: ${DEFAULT-VALUE}.")
    private String board;

    @Mixin
    private QuantizationOptions quantization;

    @Mixin
    private SetupOptions setup;

    @Mixin
    private JsonOption json;

    GalleryCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Board target = BoardsCommand.known(board);
        MakeGallery.Request request =
                new MakeGallery.Request(models, images, target, quantization.choice(false), output);
        MakeGallery.check(request);
        Gallery gallery;
        try (ConsoleProgress progress = new ConsoleProgress(console, false)) {
            setup.ensure(console, progress, SetUpTools.neededFor(target));
            gallery = new MakeGallery(progress).make(request);
        }
        json.write(console, () -> JsonFiles.toBytes(gallery));
        if (!json.toStandardOutput()) {
            gallery.entries().forEach(this::print);
            console.print("");
            console.print(output.resolve("gallery.html") + (gallery.emulated() ? "   (run on an emulated board)" : ""));
        }
        return gallery.entries().stream().allMatch(Gallery.Entry::ran) ? 0 : 1;
    }

    private void print(Gallery.Entry entry) {
        String what = entry.ran()
                ? entry.family() + ", " + entry.pictures().size()
                        + (entry.pictures().size() == 1 ? " image" : " images")
                : entry.findings().isEmpty()
                        ? "did not run"
                        : entry.findings().get(0).code() + ": "
                                + entry.findings().get(0).happened();
        console.print(String.format(Locale.ROOT, "%-50s %s", entry.model(), what));
    }
}
