// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is no model, no image, no board or no option: said by name, with the right exit code, and nothing is written. */
class BadInputTest {
    private static final List<String> COMMANDS = List.of("build", "generate", "quantize", "check");

    @TempDir
    Path folder;

    private Path model;
    private Path output;

    @BeforeEach
    void model() throws IOException {
        model = DemoApplication.material().resolve("drawn-faces.onnx");
        output = folder.resolve("out.onnx");
    }

    /** Every command that reads a model refuses it the same way. */
    private void refusedByAll(Path file, int exitCode, String code) throws IOException {
        for (String command : COMMANDS) {
            Map<String, String> before = Snapshot.of(folder);
            Cli.Ran ran = command.equals("check") ? Cli.run(command, file) : Cli.run(command, file, "-o", output);
            // check is asked for findings: what is no model is one, and its report may still be printed.
            ran.ends(exitCode);
            assertThat(ran.err()).as(command).contains("error " + code + "  ");
            assertThat(Snapshot.of(folder)).as(command).isEqualTo(before);
        }
    }

    private Path file(String name, byte[] content) throws IOException {
        return Files.write(folder.resolve(name), content);
    }

    @Test
    void a_file_that_is_not_there() throws IOException {
        refusedByAll(folder.resolve("missing.onnx"), 2, "READ-FILE-MISSING");
        refusedByAll(folder.resolve("missing.yaml"), 2, "READ-FILE-MISSING");
    }

    /** Of the first nothing can be read at its beginning, the second has bytes and no length. */
    @ParameterizedTest
    @ValueSource(strings = {"/proc/self/mem", "/proc/version"})
    void a_file_of_the_kernel(String file) throws IOException {
        assumeTrue(Files.isReadable(Path.of(file)), "there is no " + file + " here");
        refusedByAll(Path.of(file), 2, "READ-FILE-UNREADABLE");
    }

    @Test
    void a_folder() throws IOException {
        refusedByAll(folder, 2, "READ-IS-DIRECTORY");
    }

    @Test
    void an_empty_file() throws IOException {
        refusedByAll(file("empty.onnx", new byte[0]), 1, "READ-FILE-EMPTY");
    }

    @Test
    void a_web_page_named_onnx() throws IOException {
        byte[] page = "\n<!DOCTYPE html>\n<html><head><title>yunet.onnx at main</title></head></html>\n"
                .getBytes(StandardCharsets.UTF_8);
        refusedByAll(file("page.onnx", page), 1, "READ-NOT-A-MODEL");
    }

    @Test
    void the_web_pages_that_others_downloaded() throws IOException {
        Path pages = SharedFiles.folder("models/notmodel");
        assumeTrue(Files.isDirectory(pages), "../shared/models/notmodel is not on this machine");
        refusedByAll(pages.resolve("yunet_n_320_320.onnx"), 1, "READ-NOT-A-MODEL");
        refusedByAll(pages.resolve("version-RFB-320-int8.onnx"), 1, "READ-NOT-A-MODEL");
    }

    @Test
    void an_onnx_file_that_is_cut_short() throws IOException {
        byte[] whole = Files.readAllBytes(model);
        refusedByAll(file("cut.onnx", Arrays.copyOf(whole, whole.length / 2)), 1, "READ-MODEL-TRUNCATED");
    }

    @Test
    void a_tflite_file_that_is_cut_short() throws IOException {
        Path whole = SharedFiles.folder("models/blazeface/face_detection_front_128_integer_quant.tflite");
        assumeTrue(Files.isRegularFile(whole), "../shared/models is not on this machine");
        byte[] bytes = Files.readAllBytes(whole);
        refusedByAll(file("cut.tflite", Arrays.copyOf(bytes, bytes.length / 2)), 1, "READ-MODEL-TRUNCATED");
    }

    @Test
    void a_recipe_that_is_none() throws IOException {
        refusedByAll(file("recipe.yaml", "just text".getBytes(StandardCharsets.UTF_8)), 1, "READ-RECIPE-INVALID");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "width: 128 | width: -128",
                "width: 128 | width: wide",
                "layout: NCHW | layout: NCWH",
                "colour: RGB | colour: CMYK",
                "mean: [127.5, 127.5, 127.5] | mean: [127.5]",
                "scale: [127.5, 127.5, 127.5] | scale: [0, 0, 0]",
                "resize: letterbox-centre | resize: shrink",
                "file: drawn-faces.onnx | file: [1, 2]",
            })
    void a_recipe_that_contradicts_itself(String part, String replacement) throws IOException {
        String recipe = Files.readString(DemoApplication.recipe());
        assertThat(recipe).contains(part);
        Files.copy(model, folder.resolve("drawn-faces.onnx"));
        refusedByAll(
                file("bad.yaml", recipe.replace(part, replacement).getBytes(StandardCharsets.UTF_8)),
                1,
                "READ-RECIPE-INVALID");
    }

    @Test
    void options_that_mean_nothing() throws IOException {
        Map<String, String> before = Snapshot.of(folder);
        Cli.run("build", model, "-o", output, "--board", "stm32f103").refused(2, "USAGE-BOARD-UNKNOWN");
        Cli.run("build", model, "-o", output, "--bord", "host").refused(2, "USAGE-ARGUMENTS");
        Cli.run("build", model, "-o", output, "--backend", "gpu").refused(2, "USAGE-ARGUMENTS");
        Cli.run("build", model, "-o", output, "--decoder", "yolo").refused(2, "USAGE-ARGUMENTS");
        Cli.run("build", model, "-o", output, "--method", "guess").refused(2, "USAGE-ARGUMENTS");
        Cli.run("build", model).refused(2, "USAGE-ARGUMENTS");
        Cli.run("biuld", model).refused(2, "USAGE-ARGUMENTS");
        Cli.run("measure", folder, "--runs", "0").refused(2, "USAGE-ARGUMENTS");
        Cli.run("measure", folder, "--runs", "many").refused(2, "USAGE-ARGUMENTS");
        Cli.run("measure", folder, "--timeout", "0").refused(2, "USAGE-ARGUMENTS");
        Cli.run("run", folder).refused(2, "USAGE-ARGUMENTS");
        Cli.run("boards", "show", "nucleo").refused(2, "USAGE-BOARD-UNKNOWN");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void a_clock_profile_that_the_board_does_not_have() throws IOException {
        Map<String, String> before = Snapshot.of(folder);
        Cli.Ran ran = Cli.run("build", model, "--board", "stm32n6570-dk", "--clocks", "turbo", "-o", output)
                .refused(2, "USAGE-CLOCKS-UNKNOWN");
        assertThat(ran.err()).contains("overdrive, nominal");
        Cli.run("build", model, "--clocks", "nominal", "-o", output).refused(2, "USAGE-CLOCKS-UNKNOWN");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void without_the_drivers_of_the_chip_nothing_is_built_and_the_sentence_says_where_they_come_from()
            throws IOException {
        Map<String, String> before = Snapshot.of(folder);
        Cli.Ran ran = Cli.run("build", model, "--board", "stm32n6570-dk", "--cube", folder + "/none", "-o", output)
                .refused(3, "TOOL-CUBE-INCOMPLETE");
        assertThat(ran.err()).contains("Drivers/STM32N6xx_HAL_Driver/Src/stm32n6xx_hal.c", "--cube FOLDER");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void boards_show_their_pools_and_clocks() {
        Cli.Ran ran = Cli.run("boards", "show", "nucleo-n657x0-q").fine();

        assertThat(ran.text())
                .contains("npuRAM5", "448 KiB", "weights from flash 99 MB/s")
                .doesNotContain("hyperRAM");
        assertThat(Cli.run("boards", "list").fine().text()).contains("stm32n6570-dk", "nucleo-n657x0-q");
    }

    @Test
    void the_npu_backend_is_not_silently_replaced() {
        for (String command : List.of("build", "generate")) {
            Cli.Ran ran =
                    Cli.run(command, model, "--backend", "npu", "-o", output).refused(2, "NPU-BOARD");
            assertThat(ran.err()).contains("--backend cpu").contains("--board stm32n6570-dk");
        }
        assertThat(output).doesNotExist();
    }

    @Test
    void a_compiled_network_needs_its_backend_a_board_with_npu_its_folder_and_the_runtime() {
        Cli.run("build", model, "--network", folder, "-o", output).refused(2, "USAGE-ARGUMENTS");
        Cli.run("build", model, "--backend", "npu", "--network", folder, "-o", output)
                .refused(2, "NPU-BOARD");
        Cli.run(
                        "build",
                        model,
                        "--backend",
                        "npu",
                        "--board",
                        "stm32n6570-dk",
                        "--network",
                        folder + "/none",
                        "-o",
                        output)
                .refused(2, "NPU-NETWORK-FOLDER");
        assertThat(output).doesNotExist();
    }

    @Test
    void a_float_model_without_calibration() {
        for (String command : List.of("generate", "quantize")) {
            Cli.Ran ran =
                    Cli.run(command, DemoApplication.recipe(), "-o", output).refused(2, "QUANT-CALIBRATION-MISSING");
            assertThat(ran.err()).contains("--calibration random");
        }
        assertThat(output).doesNotExist();
    }

    @Test
    void calibration_that_gives_nothing() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        Path text = file("notes.txt", "faces".getBytes(StandardCharsets.UTF_8));
        Path recipe = DemoApplication.recipe();
        Map<String, String> before = Snapshot.of(folder);
        Cli.run("quantize", recipe, "-o", output, "--calibration", folder.resolve("gone"))
                .refused(2, "QUANT-CALIBRATION-UNUSABLE");
        Cli.run("quantize", recipe, "-o", output, "--calibration", text).refused(2, "QUANT-CALIBRATION-UNUSABLE");
        Cli.run("quantize", recipe, "-o", output, "--calibration", empty).refused(1, "QUANT-CALIBRATION-EMPTY");
        assertThat(Snapshot.of(folder)).isEqualTo(before);
    }

    @Test
    void one_bad_calibration_image_is_named_and_left_out() throws IOException {
        Path images = Files.createDirectory(folder.resolve("images"));
        Snapshot.copy(DemoApplication.calibration(), images);
        Files.writeString(images.resolve("torn.png"), "this is no picture");
        Cli.Ran ran = Cli.run("quantize", DemoApplication.recipe(), "-o", output, "--calibration", images)
                .fine();
        assertThat(ran.err()).contains("note QUANT-CALIBRATION-SKIPPED", "torn.png");
        assertThat(output).isNotEmptyFile();

        Path only = Files.createDirectory(folder.resolve("only"));
        Files.writeString(only.resolve("torn.png"), "this is no picture");
        Cli.run("quantize", DemoApplication.recipe(), "-o", folder.resolve("none.onnx"), "--calibration", only)
                .refused(1, "QUANT-CALIBRATION-EMPTY");
        assertThat(folder.resolve("none.onnx")).doesNotExist();
    }

    @Test
    void calibration_for_a_model_that_is_int8_already_is_said_to_be_unused() {
        Cli.run("quantize", DemoApplication.recipe(), "-o", output, "--calibration", "random")
                .fine();
        Cli.Ran again = Cli.run("quantize", output, "-o", folder.resolve("again.onnx"), "--calibration", "nowhere")
                .fine();
        assertThat(again.err()).contains("note QUANT-CALIBRATION-UNUSED", "nowhere");
    }
}
