// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From a model file to a measured application, through the command line, on the boards that need no hardware. */
class WholeWayTest {
    private static final List<String> EVERYWHERE = List.of(
            "application.json",
            "model.onnx",
            "report.json",
            "report.html",
            "network/network.c",
            "network/network.h",
            "network/weights.bin",
            "firmware/CMakeLists.txt",
            "firmware/CMakePresets.json",
            "image/firmware.elf",
            "image/weights.bin",
            "image/deploy-plan.json");

    private static final double INSTRUCTIONS_A_TICK = 2;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {DemoApplication.HOST, DemoApplication.VIRTUAL})
    void the_demo_finds_every_drawn_face(String board) throws Exception {
        DemoApplication.assumeTools(board);
        Path out = folder.resolve("my demo");
        Cli.Ran ran = Cli.run("demo", "--board", board, "-o", out).fine();

        assertThat(ran.text())
                .contains("scene-1.png  1 of 1", "scene-2.png  0 of 0", "scene-3.png  2 of 2", "scene-4.png  3 of 3")
                .doesNotContain("more boxes than faces");
        assertThat(EVERYWHERE).allSatisfy(name -> assertThat(out.resolve(name)).isNotEmptyFile());
        if (board.equals(DemoApplication.VIRTUAL)) {
            assertThat(out.resolve("image/firmware.bin")).isNotEmptyFile();
            assertThat(out.resolve("image/firmware.hex")).isNotEmptyFile();
        }
        JsonNode report = Schemas.report(Files.readAllBytes(out.resolve("report.json")));
        JsonNode measurement = report.path("measurement");
        boolean emulated = board.equals(DemoApplication.VIRTUAL);
        assertThat(measurement.path("device").path("emulated").asBoolean()).isEqualTo(emulated);
        assertThat(measurement.path("inference").path("unit").asText())
                .isEqualTo(emulated ? "instructions" : "microseconds");
        assertThat(measurement.path("layers")).hasSameSizeAs(report.path("layers"));
        assertThat(report.path("detections")).hasSize(6);
        JsonNode detections = Schemas.detections(Files.readAllBytes(out.resolve("run/detections.json")));
        assertThat(detections.path("detections")).isEqualTo(report.path("detections"));
        for (JsonNode image : detections.path("detections")) {
            assertThat(out.resolve("run").resolve(image.path("image").asText())).isNotEmptyFile();
            for (JsonNode box : image.path("boxes")) {
                assertThat(box.path("landmarks")).hasSize(6);
            }
        }
        if (emulated) {
            assertMeasuredAgain(
                    out, measurement.path("inference").path("median").asDouble());
        }
        assertThat(Snapshot.of(folder).keySet())
                .as("nothing half made is left")
                .noneMatch(name -> Path.of(name).getFileName().toString().startsWith("."));
    }

    /** Instructions are counted, not timed: another boot gives the same number. */
    private static void assertMeasuredAgain(Path built, double median) throws IOException {
        Object[] once = {
            "measure",
            built,
            "--runs",
            "1",
            "--reloads",
            "1",
            "--warmup",
            "0",
            "--image",
            DemoApplication.scene(1),
            "--json",
            "-"
        };
        double again = Schemas.report(Cli.run(once).fine().out())
                .path("measurement")
                .path("inference")
                .path("median")
                .asDouble();
        assertThat(Math.abs(again - median)).isLessThanOrEqualTo(INSTRUCTIONS_A_TICK);
    }

    @ParameterizedTest
    @ValueSource(strings = {DemoApplication.HOST, DemoApplication.VIRTUAL})
    void the_same_input_gives_the_same_bytes(String board) throws Exception {
        Path first = DemoApplication.built(board);
        Path second = folder.resolve("somewhere/else");
        Cli.run(
                        "build",
                        DemoApplication.recipe(),
                        "--calibration",
                        DemoApplication.calibration(),
                        "--board",
                        board,
                        "-o",
                        second)
                .fine();
        assertThat(Snapshot.of(second)).isEqualTo(Snapshot.of(first));
    }

    @Test
    void names_with_spaces_and_umlauts_end_to_end() throws Exception {
        DemoApplication.assumeTools(DemoApplication.HOST);
        Path home = Files.createDirectory(folder.resolve("Jürgen Groß & Söhne, 顔"));
        Path model = Files.copy(DemoApplication.quantized(), home.resolve("Gesichter für alle.onnx"));
        Path picture = Files.copy(DemoApplication.scene(1), home.resolve("schönes Bild.png"));
        Path built = home.resolve("Anwendung (neu)");
        Cli.run("build", model, "--board", "host", "-o", built).fine();
        Cli.Ran ran = Cli.run("run", built, picture, "-o", home.resolve("gefundene Köpfe"))
                .fine();
        assertThat(ran.text()).contains("schönes Bild.png");
        assertThat(home.resolve("gefundene Köpfe/schönes Bild.png")).isNotEmptyFile();
        Cli.run("measure", built, "--runs", "1", "--reloads", "1", "--image", picture)
                .fine();
        Schemas.report(Files.readAllBytes(built.resolve("report.json")));
        if (toolsOfTheVirtualBoard()) {
            Path virtual = home.resolve("virtuell, ganz neu");
            Cli.run("build", model, "-o", virtual).fine();
            Cli.run("run", virtual, picture).fine();
        }
    }

    private static boolean toolsOfTheVirtualBoard() {
        try {
            DemoApplication.assumeTools(DemoApplication.VIRTUAL);
            return true;
        } catch (org.opentest4j.TestAbortedException missing) {
            return false;
        }
    }

    @Test
    void pictures_of_the_same_name_do_not_replace_each_other() throws Exception {
        Path built = folder.resolve("built");
        Snapshot.copy(DemoApplication.built(DemoApplication.HOST), built);
        Path other = Files.createDirectory(folder.resolve("other"));
        Files.copy(DemoApplication.scene(3), other.resolve("scene-1.png"));
        Cli.run("run", built, DemoApplication.scene(1), other.resolve("scene-1.png"))
                .fine();
        assertThat(built.resolve("run/scene-1.png")).isNotEmptyFile();
        assertThat(built.resolve("run/scene-1-2.png")).isNotEmptyFile();
        Cli.run("run", built, DemoApplication.scene(3)).fine();
        assertThat(Snapshot.of(built.resolve("run")).keySet())
                .containsExactlyInAnyOrder("", "scene-3.png", "detections.json");
    }
}
