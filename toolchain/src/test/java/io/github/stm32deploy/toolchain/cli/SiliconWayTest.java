// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.host.fake.FakeDevice;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.TickScale;
import io.github.stm32deploy.stedgeai.standin.StandInInstallation;
import io.github.stm32deploy.toolchain.deploy.StandInCube;
import io.github.stm32deploy.toolchain.deploy.boot.BootImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * From a model to a measured STM32N6, through the command line, with everything that is not here played: the vendor's
 * drivers by sources of this project, the programmer by a program that keeps the flash in a file, and the board by a device
 * in memory. The firmware is really compiled and linked; it does not run.
 */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the stand-ins are started by shell scripts")
class SiliconWayTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"stm32n6570-dk", "nucleo-n657x0-q"})
    void built_flashed_and_measured(String id) throws Exception {
        DemoApplication.assumeTools(DemoApplication.VIRTUAL);
        DemoApplication.assumeTools(DemoApplication.HOST);
        Path cube = StandInCube.write(folder.resolve("cube"), Boards.byId(id));
        Path out = folder.resolve("application");
        Cli.run("build", DemoApplication.quantized(), "--board", id, "--cube", cube, "-o", out)
                .fine();
        Schemas.plan(Files.readAllBytes(out.resolve("image/deploy-plan.json")));

        Path state = Files.createDirectories(folder.resolve("board"));
        String loader = Boards.byId(id).boot().orElseThrow().flash().loader();
        Files.writeString(state.resolve("board.txt"), "loader " + loader + "\n");
        Path programmer = StandInInstallation.programmer(folder.resolve("bin"), state, loader);
        byte[] first = new byte[512];
        ByteBuffer.wrap(first)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x3420_0000)
                .putInt(0x3418_0401);
        Path fsbl = Files.write(folder.resolve("fsbl.bin"), BootImage.pack(first, BootImage.Kind.FSBL));

        Cli.run("flash", out, "--fsbl", fsbl, "--dry-run").fine();
        Cli.run("flash", out, "--fsbl", fsbl, "--programmer", programmer, "--yes")
                .fine();
        byte[] flash = Files.readAllBytes(state.resolve("flash.img"));
        byte[] application = Files.readAllBytes(out.resolve("image/firmware-boot.bin"));
        assertThat(Arrays.copyOfRange(flash, 0x10_0000, 0x10_0000 + application.length))
                .isEqualTo(application);
        byte[] weights = Files.readAllBytes(out.resolve("image/weights.bin"));
        assertThat(Arrays.copyOfRange(flash, 0x100_0000, 0x100_0000 + weights.length))
                .isEqualTo(weights);

        JsonNode described =
                new ObjectMapper().readTree(out.resolve("application.json").toFile());
        try (DeviceTerminal board = DeviceTerminal.of(device(id, described), folder)) {
            Cli.Ran greeted = Cli.run(
                            "flash", out, "--mode", "ram", "--programmer", programmer, "--yes", "--port", board.port())
                    .fine();
            assertThat(greeted.err()).contains("greeted", id);
            Cli.run("measure", out, "--port", board.port(), "--runs", "10").fine();
        }
        JsonNode measured =
                new ObjectMapper().readTree(out.resolve("report.json").toFile()).path("measurement");
        assertThat(measured.path("device").path("board").asText()).isEqualTo(id);
        assertThat(measured.path("verdict").asText()).isEqualTo("trusted");

        // The board of somebody else's build is greeted, and told apart by its digest.
        ((com.fasterxml.jackson.databind.node.ObjectNode) described).put("firmwareDigest", "00".repeat(32));
        try (DeviceTerminal board = DeviceTerminal.of(device(id, described), folder)) {
            Cli.Ran stale =
                    Cli.run("flash", out, "--mode", "ram", "--programmer", programmer, "--yes", "--port", board.port());
            stale.refusedAfterPlan(3, "RUN-STALE-FIRMWARE");
        }
    }

    private static FakeDevice device(String id, JsonNode application) {
        Answer.Tensor tensor = new Answer.Tensor("x", "int8", List.of(100L), 100, 1f, 0);
        return new FakeDevice(new Answer.Hello(
                1,
                id,
                false,
                application.path("firmwareDigest").asText(),
                application.path("modelDigest").asText().substring(0, 32),
                "fake model",
                "microseconds",
                new TickScale(1, 1),
                800_000_000,
                4096,
                List.of(tensor),
                List.of(tensor),
                application.path("layerNames").size(),
                true));
    }
}
