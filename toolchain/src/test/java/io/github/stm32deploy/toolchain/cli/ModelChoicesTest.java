// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a command says of the choices that were made, or that it made itself. */
class ModelChoicesTest {
    private static final String VIRTUAL = "qemu-mps3-an547";

    @TempDir
    Path folder;

    private Path output() {
        return folder.resolve("out");
    }

    @Test
    void a_recognised_decoder_is_named() {
        Cli.Ran ran =
                Cli.run("generate", DemoApplication.quantized(), "-o", output()).fine();
        assertThat(ran.err()).contains("note OUT-DECODER-RECOGNISED  ");
    }

    @Test
    void another_decoder_than_the_outputs_have_is_refused() {
        DemoApplication.built(DemoApplication.HOST);
        Cli.run("build", DemoApplication.quantized(), "--board", "host", "--decoder", "centerface", "-o", output())
                .refused(1, "OUT-DECODER-MISMATCH");
        assertThat(output()).doesNotExist();
    }

    @Test
    void calibration_of_an_int8_model_is_not_used() {
        Cli.Ran ran = Cli.run("generate", DemoApplication.quantized(), "--calibration", "random", "-o", output())
                .fine();
        assertThat(ran.err()).contains("note QUANT-CALIBRATION-UNUSED  ");
    }

    @Test
    void ranges_from_noise_are_marked() {
        Path floats = DemoApplication.material().resolve("drawn-faces.onnx");
        Cli.Ran ran = Cli.run("generate", floats, "--calibration", "random", "-o", output())
                .fine();
        assertThat(ran.err()).contains("wrong QUANT-CALIBRATION-SYNTHETIC  ");
    }

    @Test
    void a_contract_that_a_shipped_recipe_knows_is_used_and_named() {
        Path floats = DemoApplication.material().resolve("drawn-faces.onnx");
        Cli.Ran ran = Cli.run("quantize", floats, "--calibration", DemoApplication.calibration(), "-o", output())
                .fine();
        assertThat(ran.err())
                .contains("note READ-CONTRACT-KNOWN  ", "contract from recipe drawn-faces, found by digest");
    }

    @Test
    void what_was_made_from_a_known_file_keeps_its_contract() {
        Path mended = folder.resolve("mended.onnx");
        Cli.run("repair", DemoApplication.material().resolve("drawn-faces.onnx"), "-o", mended)
                .fine();
        Cli.Ran ran = Cli.run("quantize", mended, "--calibration", DemoApplication.calibration(), "-o", output())
                .fine();
        assertThat(ran.err()).contains("contract from recipe drawn-faces");
    }

    @Test
    void a_recipe_of_the_user_needs_no_other() {
        Cli.Ran ran = Cli.run("generate", DemoApplication.recipe(), "--calibration", "random", "-o", output())
                .fine();
        assertThat(ran.err()).doesNotContain("READ-CONTRACT-KNOWN");
    }

    @Test
    void a_float_model_is_checked_as_int8_on_a_board_without_npu() {
        Path floats = DemoApplication.material().resolve("drawn-faces.onnx");
        assertThat(Cli.run("check", floats, "--board", VIRTUAL).fine().err()).contains("note QUANT-NEEDED  ");
    }

    @Test
    void an_application_without_an_input_contract_takes_no_images() throws IOException {
        DemoApplication.assumeTools(DemoApplication.HOST);
        Path plain = folder.resolve("plain");
        // Of unknown origin: no recipe says how a picture becomes its input.
        Path stranger = folder.resolve("stranger.onnx");
        Files.write(
                stranger,
                OnnxWriter.toBytes(ModelFile.open(DemoApplication.quantized()).graph().toBuilder()
                        .metadata("stm32-deploy.source.sha256", "")
                        .build()));
        Cli.run("build", stranger, "--board", "host", "--decoder", "none", "-o", plain)
                .fine();
        Cli.run("run", plain, DemoApplication.scene(1), "-o", output()).refused(2, "RUN-CONTRACT-MISSING");
    }

    @Test
    void an_application_without_a_decoder_shows_nothing_on_images() {
        DemoApplication.assumeTools(DemoApplication.HOST);
        Path plain = folder.resolve("plain");
        Cli.run(
                        "build",
                        DemoApplication.recipe(),
                        "--calibration",
                        DemoApplication.calibration(),
                        "--board",
                        "host",
                        "--decoder",
                        "none",
                        "-o",
                        plain)
                .fine();
        Cli.run("run", plain, DemoApplication.scene(1), "-o", output()).refused(2, "RUN-DECODER-MISSING");
        assertThat(output()).doesNotExist();
    }

    @Test
    void candidates_that_find_no_room_are_told() throws IOException {
        DemoApplication.assumeTools(DemoApplication.HOST);
        Files.copy(DemoApplication.material().resolve("drawn-faces.onnx"), folder.resolve("drawn-faces.onnx"));
        Path recipe = Files.writeString(
                folder.resolve("crowded.yaml"),
                Files.readString(DemoApplication.recipe())
                        .replace("scoreThreshold: 0.5", "scoreThreshold: 0.01")
                        .replace("capacity: 64", "capacity: 2"));
        Path built = folder.resolve("built");
        Cli.run("build", recipe, "--calibration", DemoApplication.calibration(), "--board", "host", "-o", built)
                .fine();
        Cli.Ran ran =
                Cli.run("run", built, DemoApplication.scene(3), "-o", output()).fine();
        assertThat(ran.err()).contains("wrong RUN-DETECTIONS-TRUNCATED  ", "scene-3.png");
        Path roomy = folder.resolve("roomy");
        Snapshot.copy(DemoApplication.built(DemoApplication.HOST), roomy);
        Cli.Ran usual = Cli.run("run", roomy, DemoApplication.scene(3), "-o", folder.resolve("usual"))
                .fine();
        assertThat(usual.err()).doesNotContain("RUN-DETECTIONS-TRUNCATED");
    }

    @Test
    void a_recipe_with_room_for_no_candidate_is_refused() throws IOException {
        Files.copy(DemoApplication.material().resolve("drawn-faces.onnx"), folder.resolve("drawn-faces.onnx"));
        Path recipe = Files.writeString(
                folder.resolve("roomless.yaml"),
                Files.readString(DemoApplication.recipe()).replace("capacity: 64", "capacity: 0"));
        Cli.run("generate", recipe, "--calibration", "random", "-o", output()).refused(1, "READ-RECIPE-INVALID");
    }

    @Test
    void a_file_that_may_not_be_read_is_no_model_yet() throws IOException, InterruptedException {
        Path secret = Files.copy(DemoApplication.quantized(), folder.resolve("secret.onnx"));
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("-wx------"));
        try (ChildProgram program = ChildProgram.startBoundByPermissions(folder, "check", secret)) {
            assertThat(program.awaitExit()).as(program.err()).isEqualTo(2);
            assertThat(program.err()).contains("error READ-FILE-UNREADABLE  ");
        }
    }

    @Test
    void a_recipe_of_another_file_is_not_believed() throws IOException {
        Path recipe = folder.resolve("other.yaml");
        Files.copy(DemoApplication.material().resolve("drawn-faces.onnx"), folder.resolve("drawn-faces.onnx"));
        String text = Files.readString(DemoApplication.recipe())
                .replaceFirst("sha256: \"?[0-9a-f]{64}\"?", "sha256: \"" + "0".repeat(64) + "\"");
        Files.writeString(recipe, text);
        assertThat(Cli.run("check", recipe, "--board", VIRTUAL).err()).contains("READ-RECIPE-OTHER-MODEL  ");
    }

    @Test
    void a_recipe_without_a_file_says_where_the_file_is() {
        assertThat(Cli.run("models", "show", "there-is-none")
                        .refused(2, "USAGE-MODEL-UNKNOWN")
                        .err())
                .contains("stm32-deploy models list");
    }
}
