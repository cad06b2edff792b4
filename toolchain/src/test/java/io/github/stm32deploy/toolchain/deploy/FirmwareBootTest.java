// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.Request;
import io.github.stm32deploy.toolchain.firmware.FirmwareRequest;
import io.github.stm32deploy.toolchain.firmware.FirmwareTree;
import io.github.stm32deploy.toolchain.firmware.SmallNetwork;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The firmware built for both boards by the installed compilers, started, and talked to. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FirmwareBootTest {
    private static final ToolLocator TOOLS = new ToolLocator();

    @TempDir
    Path folder;

    @Test
    void theVirtualBoardAnswersRunsAndCountsEachLayerExactly() throws Exception {
        WrittenFirmware written = write("qemu-mps3-an547");
        BuiltFirmware built = buildOrSkip(written);

        List<Long> first;
        try (PipeDevice device = PipeDevice.qemu(built.elf())) {
            Answer.Hello hello = (Answer.Hello) device.ask(new Request.Hello());
            assertThat(hello.board()).isEqualTo("qemu-mps3-an547");
            assertThat(hello.emulated()).isTrue();
            assertThat(hello.firmwareDigest()).isEqualTo(written.digest());
            assertThat(hello.modelName()).isEqualTo("small");
            assertThat(device.ask(new Request.LastFault()))
                    .isInstanceOfSatisfying(
                            Answer.Fault.class,
                            fault -> assertThat(fault.kind()).isEqualTo("none"));
            first = runAndCheck(device);
            assertThat(runAndCheck(device)).isEqualTo(first);
            Answer.Memory memory = (Answer.Memory) device.ask(new Request.Memory());
            assertThat(memory.arenaBytes()).isEqualTo(192);
            assertThat(memory.weightsBytes()).isEqualTo(288);
            assertThat(memory.stackBytes()).isEqualTo(16 * 1024);
            assertThat(memory.stackPeakBytes()).isBetween(200L, 8 * 1024L);
            assertThat(memory.staticBytes()).isBetween(8 * 1024L, 32 * 1024L);
        }
        try (PipeDevice again = PipeDevice.qemu(built.elf())) {
            assertThat(runAndCheck(again)).isEqualTo(first);
        }
    }

    @Test
    void theHostBoardSpeaksTheSameProtocolAndEndsWithItsInput() throws Exception {
        WrittenFirmware written = write("host");
        BuiltFirmware built = buildOrSkip(written);

        try (PipeDevice device = PipeDevice.host(built.elf())) {
            Answer.Hello hello = (Answer.Hello) device.ask(new Request.Hello());
            assertThat(hello.board()).isEqualTo("host");
            assertThat(hello.emulated()).isFalse();
            assertThat(hello.tickUnit()).isEqualTo("microseconds");
            runAndCheck(device);
            Answer.Memory memory = (Answer.Memory) device.ask(new Request.Memory());
            assertThat(memory.stackPeakBytes()).isBetween(500L, memory.stackBytes());
            device.process().getOutputStream().close();
            assertThat(device.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(device.process().exitValue()).isZero();
        }
    }

    private static List<Long> runAndCheck(PipeDevice device) throws Exception {
        byte[] image = new byte[SmallNetwork.SIDE * SmallNetwork.SIDE];
        for (int i = 0; i < image.length; i++) {
            image[i] = (byte) (i * 37 - 100);
        }
        device.ask(new Request.WriteInput(0, 0, image));
        Answer.RunTicks run = (Answer.RunTicks) device.ask(new Request.Run());
        assertThat(run.postprocessingTicks()).isZero();
        Answer.Bytes output = (Answer.Bytes) device.ask(new Request.ReadOutput(0, 0, 16));
        assertThat(output.bytes()).isEqualTo(SmallNetwork.expected(image));
        Answer.LayerTicks layers = (Answer.LayerTicks) device.ask(new Request.LayerTimes(0, 100));
        assertThat(layers.ticks()).hasSize(2);
        assertThat(layers.ticks().get(0) + layers.ticks().get(1)).isLessThanOrEqualTo(run.inferenceTicks());
        return List.of(
                run.inferenceTicks(), layers.ticks().get(0), layers.ticks().get(1));
    }

    private WrittenFirmware write(String board) throws Exception {
        Board described = Boards.byId(board);
        // A folder as users have them: blanks and letters beyond ASCII.
        return FirmwareTree.write(
                folder.resolve("Gesichter für später"),
                new FirmwareRequest(described, SmallNetwork.network(), Optional.empty(), "test"));
    }

    private static BuiltFirmware buildOrSkip(WrittenFirmware written) throws Exception {
        assumeTrue(TOOLS.locate(ToolLocator.Kind.CMAKE).isPresent(), "cmake is not installed");
        assumeTrue(TOOLS.locate(ToolLocator.Kind.BUILDER).isPresent(), "neither ninja nor make is installed");
        if (written.board().id().equals("host")) {
            assumeTrue(TOOLS.locate(ToolLocator.Kind.HOST_GCC).isPresent(), "no C compiler is installed");
        } else {
            assumeTrue(TOOLS.find(ToolLocator.Kind.NEWLIB).found().isPresent(), "arm-none-eabi-gcc is not installed");
            assumeTrue(TOOLS.locate(ToolLocator.Kind.QEMU).isPresent(), "qemu-system-arm is not installed");
        }
        return new FirmwareBuild(TOOLS).build(written);
    }
}
