// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The demo's model, built through the command line once for each board, and shared by all tests. Do not write into it. */
final class DemoApplication {
    static final String VIRTUAL = "qemu-mps3-an547";
    static final String HOST = "host";

    private static final Map<String, Path> BUILT = new HashMap<>();
    private static Path material;

    private DemoApplication() {}

    /** Recipe, model, calibration pictures and scenes. */
    static synchronized Path material() {
        if (material == null) {
            try {
                material = Files.createTempDirectory("drawn faces ä ");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(material)));
                Recipes.extractDemo(material);
            } catch (IOException unwritable) {
                throw new UncheckedIOException(unwritable);
            }
        }
        return material;
    }

    static Path recipe() {
        return material().resolve("drawn-faces.yaml");
    }

    static Path calibration() {
        return material().resolve("calibration");
    }

    static Path scene(int number) {
        return material().resolve("scenes").resolve("scene-" + number + ".png");
    }

    /** The model in int8: needs no calibration any more. */
    static synchronized Path quantized() {
        Path file = material().resolve("int8.onnx");
        if (!Files.exists(file)) {
            Cli.run("quantize", recipe(), "--calibration", "random", "-o", file).fine();
        }
        return file;
    }

    /** A folder that {@code build} made for a board. */
    static synchronized Path built(String board) {
        assumeTools(board);
        return BUILT.computeIfAbsent(board, id -> {
            Path folder = material().resolve("built for " + id);
            Cli.run("build", recipe(), "--calibration", calibration(), "--board", id, "-o", folder)
                    .fine();
            return folder;
        });
    }

    static void assumeTools(String board) {
        ToolLocator tools = new ToolLocator();
        List<ToolLocator.Kind> needed = board.equals(HOST)
                ? List.of(ToolLocator.Kind.CMAKE, ToolLocator.Kind.BUILDER, ToolLocator.Kind.HOST_GCC)
                : List.of(
                        ToolLocator.Kind.CMAKE,
                        ToolLocator.Kind.BUILDER,
                        ToolLocator.Kind.ARM_GCC,
                        ToolLocator.Kind.NEWLIB,
                        ToolLocator.Kind.QEMU);
        for (ToolLocator.Kind kind : needed) {
            assumeTrue(tools.isPresent(kind), kind + " is not installed");
        }
        assumeTrue(Files.exists(Path.of("/dev/ptmx")), "there are no pseudo-terminals here");
    }

    private static void delete(Path folder) {
        try (Stream<Path> tree = Files.walk(folder)) {
            tree.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }
}
