// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.MemoryRegion;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.firmware.FirmwareNetwork;
import io.github.stm32deploy.toolchain.firmware.FirmwareRequest;
import io.github.stm32deploy.toolchain.firmware.FirmwareTree;
import io.github.stm32deploy.toolchain.firmware.SmallNetwork;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirmwareBuildTest {
    private static final ToolLocator TOOLS = new ToolLocator();
    private static final Board VIRTUAL = Boards.byId("qemu-mps3-an547");

    @TempDir
    Path folder;

    @Test
    void twoBuildsInTwoFoldersAreByteIdenticalAndThePlanTellsWhatLiesWhere() throws Exception {
        skipWithoutArmTools();
        WrittenFirmware first = write("one", VIRTUAL, SmallNetwork.network());
        WrittenFirmware second = write("the other, grün", VIRTUAL, SmallNetwork.network());
        BuiltFirmware built = new FirmwareBuild(TOOLS).build(first);
        new FirmwareBuild(TOOLS).build(second);

        List<String> image = List.of(
                "deploy-plan.json", "firmware.bin", "firmware.elf", "firmware.hex", "firmware.map", "weights.bin");
        assertThat(names(first.folder().resolve("image"))).isEqualTo(image);
        assertThat(names(first.folder())).containsExactly("firmware", "image", "network");
        for (String name : image) {
            assertThat(second.folder().resolve("image").resolve(name))
                    .as(name)
                    .hasSameBinaryContentAs(first.folder().resolve("image").resolve(name));
        }
        assertThat(Files.readString(built.map())).doesNotContain(folder.toString());
        assertThat(built.plan().loads())
                .extracting(DeployPlan.Load::file, DeployPlan.Load::region, DeployPlan.Load::address)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("firmware.bin", "ITCM", "0x00000000"),
                        org.assertj.core.groups.Tuple.tuple("weights.bin", "DDR", "0x60000000"));
        Footprint footprint = built.footprint().orElseThrow();
        assertThat(footprint.arenaBytes()).isEqualTo(192);
        assertThat(footprint.stackBytes()).isEqualTo(16 * 1024);
        assertThat(footprint.textBytes()).isBetween(4_000L, 64_000L);
        assertThat(built.toolVersions()).containsOnlyKeys("arm-none-eabi-gcc", "cmake");
    }

    @Test
    void tablesThatMightNotFitBesideTheCodeGoToTheNextRegion() throws Exception {
        skipWithoutArmTools();
        Board cramped = withItcm(VIRTUAL, 192 << 10);
        BuiltFirmware built = new FirmwareBuild(TOOLS).build(write("a", cramped, SmallNetwork.network()));

        assertThat(built.plan().loads())
                .extracting(DeployPlan.Load::file)
                .containsExactly("firmware.bin", "firmware-sram.bin", "weights.bin");
        if (TOOLS.isPresent(ToolLocator.Kind.QEMU)) {
            try (PipeDevice device = PipeDevice.qemu(built.elf())) {
                assertThat(device.ask(new io.github.stm32deploy.protocol.Request.Hello()))
                        .isInstanceOf(io.github.stm32deploy.protocol.Answer.Hello.class);
            }
        }
    }

    @Test
    void aCompilersRefusalIsADiagnosisWithItsLogAndLeavesNoImage() throws Exception {
        skipWithoutArmTools();
        WrittenFirmware broken = write("a", VIRTUAL, SmallNetwork.network("return no_such_thing;"));
        DiagnosedException refusal =
                catchThrowableOfType(DiagnosedException.class, () -> new FirmwareBuild(TOOLS).build(broken));

        Diagnosis diagnosis = refusal.diagnoses().get(0);
        assertThat(diagnosis.code()).isEqualTo("BUILD-COMPILE-FAILED");
        assertThat(diagnosis.observed()).contains("no_such_thing");
        Path log = Path.of(diagnosis.fix().replaceFirst(".* is in ", ""));
        assertThat(log).content().contains("network.c");
        Files.delete(log);
        assertThat(names(broken.folder())).containsExactly("firmware", "network");
    }

    @Test
    void aWarningIsAnError() throws Exception {
        skipWithoutArmTools();
        WrittenFirmware sloppy = write(
                "a", VIRTUAL, SmallNetwork.network("double wide = (double)arena[0]; arena[0] = wide; return N6_OK;"));
        DiagnosedException refusal =
                catchThrowableOfType(DiagnosedException.class, () -> new FirmwareBuild(TOOLS).build(sloppy));

        assertThat(refusal.diagnoses().get(0).observed()).contains("-Werror");
        Files.delete(Path.of(refusal.diagnoses().get(0).fix().replaceFirst(".* is in ", "")));
    }

    @Test
    void variablesThatDoNotFitAreToldWithTheRegionAndTheBytes() throws Exception {
        skipWithoutArmTools();
        WrittenFirmware large = write(
                "a",
                VIRTUAL,
                SmallNetwork.network(
                        "static uint8_t big[600000]; big[arena[0]] = 1; return (n6_status_t)big[arena[1] * 1000u];"));
        DiagnosedException refusal =
                catchThrowableOfType(DiagnosedException.class, () -> new FirmwareBuild(TOOLS).build(large));

        Diagnosis diagnosis = refusal.diagnoses().get(0);
        assertThat(diagnosis.code()).isEqualTo("BUILD-MEMORY-EXCEEDED");
        assertThat(diagnosis.where()).contains("DTCM");
        assertThat(diagnosis.observed()).matches("\\d+ bytes too many");
        Files.delete(Path.of(diagnosis.fix().replaceFirst(".* is in ", "")));
    }

    @Test
    void aMissingToolIsNamedWithItsPackage() throws Exception {
        WrittenFirmware written = write("a", VIRTUAL, SmallNetwork.network());
        ToolLocator nothing = new ToolLocator(List.of(folder));
        DiagnosedException refusal =
                catchThrowableOfType(DiagnosedException.class, () -> new FirmwareBuild(nothing).build(written));

        assertThat(refusal.kind()).isEqualTo(DiagnosedException.Kind.ENVIRONMENT);
        assertThat(refusal.diagnoses().get(0).code()).isEqualTo("TOOL-CMAKE-MISSING");
        assertThat(refusal.diagnoses().get(0).fix()).contains("cmake");
        assertThat(nothing.all()).allMatch(tool -> tool.found().isEmpty());
    }

    @Test
    void aToolThatNeverAnswersDoesNotHoldUpTheList() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no POSIX shell");
        Path silent = folder.resolve("cmake");
        Files.writeString(silent, "#!/bin/sh\nexec sleep 600\n");
        assertThat(silent.toFile().setExecutable(true)).isTrue();
        ToolLocator tools = new ToolLocator(List.of(folder), java.time.Duration.ofMillis(200));

        Tool cmake = tools.find(ToolLocator.Kind.CMAKE);

        assertThat(cmake.found()).contains(silent);
        assertThat(cmake.version()).isEmpty();
        assertThat(ProcessHandle.current().descendants().filter(ProcessHandle::isAlive))
                .noneMatch(child -> child.info().commandLine().orElse("").contains("sleep 600"));
    }

    private static Board withItcm(Board board, long bytes) {
        List<MemoryRegion> memory = board.memory().stream()
                .map(region -> region.name().equals("ITCM")
                        ? new MemoryRegion("ITCM", region.start(), bytes, region.kind())
                        : region)
                .toList();
        return new Board(
                board.id(),
                board.name(),
                board.kind(),
                board.processor(),
                Optional.of(new Board.Firmware(
                        board.toolchain(),
                        board.ticks(),
                        memory,
                        board.placement(),
                        board.stackBytes(),
                        board.port(),
                        board.link(),
                        board.launch(),
                        board.vendor())),
                board.npu(),
                board.boot(),
                board.sources());
    }

    private WrittenFirmware write(String name, Board board, FirmwareNetwork network) throws IOException {
        return FirmwareTree.write(folder.resolve(name), new FirmwareRequest(board, network, Optional.empty(), "test"));
    }

    private static List<String> names(Path in) throws IOException {
        try (Stream<Path> files = Files.list(in)) {
            String[] names = files.map(path -> path.getFileName().toString()).toArray(String[]::new);
            Arrays.sort(names);
            return new ArrayList<>(List.of(names));
        }
    }

    private static void skipWithoutArmTools() {
        assumeTrue(TOOLS.isPresent(ToolLocator.Kind.CMAKE), "cmake is not installed");
        assumeTrue(TOOLS.isPresent(ToolLocator.Kind.BUILDER), "neither ninja nor make is installed");
        assumeTrue(TOOLS.isPresent(ToolLocator.Kind.NEWLIB), "arm-none-eabi-gcc with newlib is not installed");
    }
}
