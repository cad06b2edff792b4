// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.deploy.StandInCube;
import io.github.stm32deploy.toolchain.deploy.StandInNpu;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.firmware.NpuNetwork;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code build --backend npu --network}, with stand-ins of everything that comes from the vendor. */
class CompiledNetworkTest {
    @TempDir
    Path folder;

    @Test
    void becomesAnApplicationWithItsPostProcessing() throws Exception {
        for (ToolLocator.Kind needed : new ToolLocator.Kind[] {
            ToolLocator.Kind.ARM_GCC, ToolLocator.Kind.NEWLIB, ToolLocator.Kind.CMAKE, ToolLocator.Kind.BUILDER
        }) {
            assumeThat(new ToolLocator().isPresent(needed))
                    .as(needed + " is installed")
                    .isTrue();
        }
        Board board = Boards.byId("stm32n6570-dk");
        Path compiled = StandInNpu.network(folder.resolve("compiled"), board, NpuNetwork.Api.LL_ATON, 0x71000000L);
        Path output = folder.resolve("out");

        Cli.Ran ran = Cli.run(
                        "build",
                        DemoApplication.recipe(),
                        "--calibration",
                        "random",
                        "--backend",
                        "npu",
                        "--board",
                        board.id(),
                        "--network",
                        compiled,
                        "--npu-runtime",
                        StandInNpu.runtime(),
                        "--cube",
                        StandInCube.write(folder.resolve("cube"), board),
                        "-o",
                        output)
                .fine();

        assertThat(new String(ran.out(), java.nio.charset.StandardCharsets.UTF_8))
                .contains("npu backend")
                .contains("verdict    npu+cpu");
        assertThat(output.resolve("image/firmware.elf")).isRegularFile();
        assertThat(output.resolve("image/network_atonbuf.xSPI2.raw")).hasSize(StandInNpu.CONSTANTS);
        assertThat(Files.readString(output.resolve("firmware/generated/n6_npu_wiring.c")))
                .contains(".decoder = &n6_model_decoder")
                .contains("\"npu-weights-octoFlash\", (const uint8_t *)0x71000000u, 16u, 0xECBB4B55u");
        assertThat(Files.readString(output.resolve("application.json")))
                .contains("\"epoch block 1 (EC)\", \"epoch block 2 (hybrid)\", \"epoch block 3 (SW)\"");
        assertThat(output.resolve("firmware/engine/n6_npu_stai.c")).doesNotExist();
        assertThat(output.resolve("firmware/lib/kernels")).doesNotExist();
    }
}
