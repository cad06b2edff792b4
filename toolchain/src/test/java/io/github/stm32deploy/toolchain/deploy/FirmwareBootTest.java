// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.protocol.Answer;
import io.github.stm32deploy.protocol.ErrorCode;
import io.github.stm32deploy.protocol.Request;
import io.github.stm32deploy.toolchain.firmware.FirmwareNetwork;
import io.github.stm32deploy.toolchain.firmware.FirmwareRequest;
import io.github.stm32deploy.toolchain.firmware.FirmwareTree;
import io.github.stm32deploy.toolchain.firmware.SmallNetwork;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
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
            assertThat(hello.clocks()).as("clocks of an emulator mean nothing").isEmpty();
            assertThat(hello.failedChecks()).isZero();
            assertThat(((Answer.StartChecks) device.ask(new Request.StartChecks(0, 100))).items())
                    .extracting(Answer.StartCheck::name, Answer.StartCheck::failed)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("stack-guard", false),
                            org.assertj.core.groups.Tuple.tuple("network", false));
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
            again.ask(new Request.Hello());
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

    @Test
    void theHostBoardStandsAnyBytesUnderSanitizers() throws Exception {
        WrittenFirmware written = write("host");
        assumeTrue(TOOLS.isPresent(ToolLocator.Kind.CMAKE), "cmake is not installed");
        assumeTrue(TOOLS.isPresent(ToolLocator.Kind.BUILDER), "neither ninja nor make is installed");
        assumeTrue(TOOLS.isPresent(ToolLocator.Kind.HOST_GCC), "no C compiler is installed");
        // The way of somebody who keeps the project and never saw its generator.
        Path project = written.folder().resolve("firmware");
        for (List<String> command : List.of(
                List.of("cmake", "--preset", "host-sanitize"),
                List.of("cmake", "--build", "--preset", "host-sanitize"))) {
            ChildProcess.Outcome outcome = ChildProcess.run(command, project, Duration.ofMinutes(5));
            assertThat(outcome.succeeded()).as(outcome.output()).isTrue();
        }
        Random random = new Random(20);
        try (PipeDevice device = PipeDevice.host(project.resolve("build/host-sanitize/firmware.elf"))) {
            for (int round = 0; round < 20; round++) {
                byte[] noise = new byte[20_000];
                random.nextBytes(noise);
                assertThat(device.askAfterNoise(noise, new Request.Hello())).isInstanceOf(Answer.Hello.class);
                runAndCheck(device);
            }
            device.process().getOutputStream().close();
            assertThat(device.process().waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(device.process().exitValue()).isZero();
        }
    }

    /** What goes wrong in the first layer, by the first byte of the input. */
    private static final String FAULTY_LAYER = """
            switch (arena[0]) {
            case 1: *(volatile uint8_t *)(uintptr_t)weights = 1; break;
            case 2: *(volatile uint32_t *)(uintptr_t)0x28000000u = 1; break;
            case 3: return (n6_status_t)*(volatile uint32_t *)(arena + 0x100000);
            case 4: { volatile uint8_t deep[400]; deep[0] = 4; (void)first(layer, arena, weights); return (n6_status_t)deep[0]; }
            case 5: __asm volatile("udf #1"); break;
            case 6: return (n6_status_t)*(volatile uint32_t *)(uintptr_t)(arena[1] * 16u);
            default: break;
            }
            return n6_layer_lookup(layer, arena, weights);
            """;

    @Test
    void aFaultIsAnsweredRecordedAndSurvived() throws Exception {
        WrittenFirmware written = write("qemu-mps3-an547", SmallNetwork.network(FAULTY_LAYER));
        BuiltFirmware built = buildOrSkip(written);

        try (PipeDevice device = PipeDevice.qemu(built.elf())) {
            faults(device, 1, "memory-fault", 0x6000_0020L, "DDR"); // weights are read only
            faults(device, 2, "memory-fault", 0x2800_0000L, ""); // QSPI, where QEMU would ignore the write
            faults(device, 3, "memory-fault", 0x2110_0000L, "SRAM"); // far behind the arena
            faults(device, 4, "stack-overflow", 0, "");
            faults(device, 5, "undefined-instruction", 0, "");
            faults(device, 6, "memory-fault", 0x10, "ITCM"); // a null pointer and an offset
            device.ask(new Request.Hello());
            runAndCheck(device);
            assertThat(device.ask(new Request.Reset())).isInstanceOf(Answer.Done.class);
            assertThat(device.ask(new Request.Hello())).isInstanceOf(Answer.Hello.class);
        }
    }

    private static void faults(PipeDevice device, int input, String kind, long address, String region)
            throws Exception {
        device.ask(new Request.Hello());
        byte[] image = new byte[64];
        image[0] = (byte) input;
        image[1] = 1;
        device.ask(new Request.WriteInput(0, 0, image));
        Answer.Refusal refusal = (Answer.Refusal) device.ask(new Request.Run());
        assertThat(refusal.code()).isEqualTo(ErrorCode.RUN_FAILED);
        assertThat(refusal.text())
                .isEqualTo(kind
                        + (address == 0 ? "" : String.format(" at 0x%08x", address))
                        + (region.isEmpty() ? "" : " in " + region));
        device.ask(new Request.Hello());
        Answer.Fault fault = (Answer.Fault) device.ask(new Request.LastFault());
        assertThat(fault.kind()).isEqualTo(kind);
        assertThat(fault.address()).isEqualTo(address);
        assertThat(fault.region()).isEqualTo(region);
        assertThat(fault.programCounter() == 0).isEqualTo(kind.equals("stack-overflow"));
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
        return write(board, SmallNetwork.network());
    }

    private WrittenFirmware write(String board, FirmwareNetwork network) throws Exception {
        Board described = Boards.byId(board);
        // A folder as users have them: blanks and letters beyond ASCII.
        return FirmwareTree.write(
                folder.resolve("Gesichter für später"),
                new FirmwareRequest(described, network, Optional.empty(), "test"));
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
