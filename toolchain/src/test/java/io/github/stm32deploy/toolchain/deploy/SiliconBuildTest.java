// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.firmware.FirmwareRequest;
import io.github.stm32deploy.toolchain.firmware.FirmwareTree;
import io.github.stm32deploy.toolchain.firmware.SmallNetwork;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Firmware for boards of silicon, linked against a stand-in of the vendor's drivers: where its parts lie. */
class SiliconBuildTest {
    private static final ToolLocator TOOLS = new ToolLocator();

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"stm32n6570-dk", "nucleo-n657x0-q"})
    void sectionsLieWhereTheBoardSays(String id) throws Exception {
        for (ToolLocator.Kind needed : new ToolLocator.Kind[] {
            ToolLocator.Kind.ARM_GCC, ToolLocator.Kind.NEWLIB, ToolLocator.Kind.CMAKE, ToolLocator.Kind.BUILDER
        }) {
            assumeThat(TOOLS.isPresent(needed)).as(needed + " is installed").isTrue();
        }
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
}
