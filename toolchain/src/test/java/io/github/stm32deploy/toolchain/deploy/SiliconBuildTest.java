// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.firmware.FirmwareRequest;
import io.github.stm32deploy.toolchain.firmware.FirmwareTree;
import io.github.stm32deploy.toolchain.firmware.SmallNetwork;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Firmware for boards of silicon, linked against a stand-in of the vendor's drivers: where its parts lie. */
class SiliconBuildTest {
    private static final ToolLocator TOOLS = new ToolLocator();
    private static final Board BOARD = Boards.byId("stm32n6570-dk");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"stm32n6570-dk", "nucleo-n657x0-q"})
    void sectionsLieWhereTheBoardSays(String id) throws Exception {
        skipWithoutTools();
        Board board = Boards.byId(id);
        Path cube = StandInCube.write(folder.resolve("cube"), board);
        WrittenFirmware written = FirmwareTree.write(
                folder.resolve("out"), new FirmwareRequest(board, SmallNetwork.network(), Optional.empty(), "test"));

        BuiltFirmware built = new FirmwareBuild(TOOLS, Optional.of(cube)).build(written);

        ElfFile elf = ElfFile.read(built.elf());
        Map<String, ElfFile.Section> sections = elf.sections().stream()
                .filter(ElfFile.Section::allocated)
                .filter(section -> section.bytes() > 0)
                .collect(Collectors.toMap(ElfFile.Section::name, section -> section));
        assertThat(sections.get(".vectors").address()).isEqualTo(0x34000400L);
        assertThat(sections.get(".vectors").bytes()).as("16 + 195 entries").isEqualTo(844);
        assertThat(board.region("CODE").contains(sections.get(".text").address()))
                .isTrue();
        assertThat(board.region("DATA").contains(sections.get(".stack").address()))
                .isTrue();
        assertThat(sections.get(".arena").address()).isEqualTo(0x34100000L);
        assertThat(sections.get(".weights").address()).isEqualTo(0x71000000L);
        assertThat(elf.segments())
                .as("nothing is loaded over the image header")
                .allMatch(segment -> segment.physicalAddress() >= 0x34000400L);
        assertThat(built.plan().loads())
                .extracting(DeployPlan.Load::file, DeployPlan.Load::address)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("firmware.bin", "0x34000400"),
                        org.assertj.core.groups.Tuple.tuple("weights.bin", "0x71000000"));
        assertThat(PlanCheck.findings(built.plan(), board, built.elf().getParent()))
                .as("what flash would refuse")
                .isEmpty();
        assertThat(built.plan().flashing().images())
                .extracting(DeployPlan.Image::role, DeployPlan.Image::address)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("fsbl", "0x70000000"),
                        org.assertj.core.groups.Tuple.tuple("application", "0x70100000"),
                        org.assertj.core.groups.Tuple.tuple("weights", "0x71000000"));
        assertThat(built.toolVersions()).containsEntry("STM32CubeN6", "FW.N6.0.0.1");
    }

    /** What a program that is no use on the board looks like, by what was done to its sources. */
    @ParameterizedTest
    @CsvSource({
        "CODE : ORIGIN = 0x34000400,CODE : ORIGIN = 0x34000800," + "BUILD-VECTORS-WRONG",
        "DATA : ORIGIN = 0x340C0000,DATA : ORIGIN = 0x34110000," + "BUILD-SECTION-MISPLACED"
    })
    void aProgramThatLiesElsewhereIsNoImage(String right, String wrong, String code) throws Exception {
        skipWithoutTools();
        WrittenFirmware written = written();
        Path script = written.folder().resolve("firmware/board/stm32n6570-dk/linker.ld");
        assertThat(Files.readString(script)).contains(right);
        Files.writeString(script, Files.readString(script).replace(right, wrong));

        assertThat(refused(written, StandInCube.write(folder.resolve("cube"), BOARD)))
                .extracting(Diagnosis::code)
                .contains(code);
        assertThat(written.folder().resolve("image")).doesNotExist();
    }

    @Test
    void aProgramThatCouldBurnFusesIsNoImage() throws Exception {
        skipWithoutTools();
        Path cube = StandInCube.write(folder.resolve("cube"), BOARD);
        Path hal = cube.resolve("Drivers/STM32N6xx_HAL_Driver/Src/stm32n6xx_hal.c");
        Files.writeString(
                hal,
                Files.readString(hal)
                        .replace(
                                "void SystemInit(void) {}",
                                "__attribute__((noinline)) void HAL_BSEC_OTP_Program(void) { BSEC->FVRw[0] = 1u; }\n"
                                        + "void SystemInit(void) { HAL_BSEC_OTP_Program(); }"));

        List<Diagnosis> refused = refused(written(), cube);

        assertThat(refused).extracting(Diagnosis::code).containsExactly("BUILD-FUSE-CODE");
        assertThat(refused.get(0).observed()).isEqualTo("HAL_BSEC_OTP_Program");
    }

    private List<Diagnosis> refused(WrittenFirmware written, Path cube) {
        return catchThrowableOfType(
                        DiagnosedException.class, () -> new FirmwareBuild(TOOLS, Optional.of(cube)).build(written))
                .diagnoses();
    }

    private WrittenFirmware written() throws Exception {
        return FirmwareTree.write(
                folder.resolve("out"), new FirmwareRequest(BOARD, SmallNetwork.network(), Optional.empty(), "test"));
    }

    private static void skipWithoutTools() {
        for (ToolLocator.Kind needed : List.of(
                ToolLocator.Kind.ARM_GCC, ToolLocator.Kind.NEWLIB, ToolLocator.Kind.CMAKE, ToolLocator.Kind.BUILDER)) {
            assumeThat(TOOLS.isPresent(needed)).as(needed + " is installed").isTrue();
        }
    }
}
