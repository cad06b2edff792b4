// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.stedgeai.standin.StandInInstallation;
import io.github.stm32deploy.toolchain.deploy.StandInCube;
import io.github.stm32deploy.toolchain.deploy.StandInNpu;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.deploy.boot.BootImage;
import io.github.stm32deploy.toolchain.firmware.NpuNetwork;
import io.github.stm32deploy.toolchain.neuralart.StandInCase;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.Report;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * From a model to a board's flash, every program of ST and the board played by stand-ins: ST Edge AI Core, its runtime,
 * STM32CubeN6, STM32_Programmer_CLI. Only the C compiler is real.
 */
@EnabledOnOs(OS.LINUX)
class NpuWayTest {
    private static final long FLASH = 0x7000_0000L;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({
        "stm32n6570-dk, STAI, MX66UW1G45G_STM32N6570-DK.stldr",
        "nucleo-n657x0-q, LL_ATON, MX25UM51245G_STM32N6570-NUCLEO.stldr"
    })
    void a_model_is_compiled_built_and_flashed(String id, NpuNetwork.Api api, String loader) throws Exception {
        for (ToolLocator.Kind needed : new ToolLocator.Kind[] {
            ToolLocator.Kind.ARM_GCC, ToolLocator.Kind.NEWLIB, ToolLocator.Kind.CMAKE, ToolLocator.Kind.BUILDER
        }) {
            assumeThat(new ToolLocator().isPresent(needed))
                    .as(needed + " is installed")
                    .isTrue();
        }
        Board board = Boards.byId(id);
        long weights = board.npu().orElseThrow().pools().stream()
                .filter(pool -> pool.name().equals("octoFlash"))
                .findFirst()
                .orElseThrow()
                .start();
        Path compiled = StandInNpu.network(folder.resolve("compiled"), board, api, weights);
        StandInCase stedgeai = new StandInCase(folder.resolve("st")).withNetwork(compiled, StandInNpu.CONSTANTS);
        stedgeai.generate(stedgeai.goodRun(board)).install().runtime(StandInNpu.runtime());
        Path output = folder.resolve("made");

        Cli.Ran built = Cli.run(
                        "build",
                        DemoApplication.recipe(),
                        "--calibration",
                        "random",
                        "--backend",
                        "npu",
                        "--board",
                        id,
                        "--stedgeai",
                        stedgeai.root(),
                        "--cube",
                        StandInCube.write(folder.resolve("cube"), board),
                        "-o",
                        output)
                .fine();

        assertThat(built.text()).contains("3 obtained", "NPU compiler 1.1.3-275");
        assertThat(output.resolve("image/firmware.elf")).isRegularFile();
        assertThat(output.resolve("network"))
                .isDirectoryContaining(file -> file.endsWith("network.c"))
                .isDirectoryContaining(file -> file.endsWith("network_c_info.json"));
        assertThat(output.resolve("compiled")).doesNotExist();
        Schemas.report(Files.readAllBytes(output.resolve("report.json")));
        Report report = JsonFiles.read(output.resolve("report.json"), Report.class);
        assertThat(report.obtained().images()).hasSize(1);
        assertThat(report.build().toolVersions()).containsKey("NPU runtime");
        assertThat(report.quantization().synthetic()).isTrue();

        Path onTheDesk = Files.createDirectories(folder.resolve("board"));
        Files.writeString(onTheDesk.resolve("board.txt"), "loader " + loader + "\n");
        Path programmer = StandInInstallation.programmer(folder.resolve("CubeProgrammer/bin"), onTheDesk, loader);
        List<Object> flash =
                List.of("flash", output, "--programmer", programmer, "--fsbl", fsbl(), "--tool-timeout", "60");

        assertThat(Cli.run(with(flash, "--dry-run")).fine().text())
                .contains("application   0x70100000", String.format("0x%08x", weights));
        assertThat(onTheDesk.resolve("flash.img")).doesNotExist();
        Cli.run(with(flash, "--yes")).fine();
        byte[] flashed = Files.readAllBytes(onTheDesk.resolve("flash.img"));
        int at = (int) (weights - FLASH);
        assertThat(Arrays.copyOfRange(flashed, at, at + StandInNpu.CONSTANTS))
                .isEqualTo(Files.readAllBytes(output.resolve("network/network_atonbuf.xSPI2.raw")));
    }

    private static Object[] with(List<Object> arguments, Object last) {
        return java.util.stream.Stream.concat(arguments.stream(), java.util.stream.Stream.of(last))
                .toArray();
    }

    /** A boot loader as ST's, of a pattern. */
    private Path fsbl() throws java.io.IOException {
        byte[] program = new byte[2000];
        ByteBuffer.wrap(program)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0x3420_0000)
                .putInt(0x3418_0501);
        return Files.write(folder.resolve("ai_fsbl.bin"), BootImage.pack(program, BootImage.Kind.FSBL));
    }
}
