// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.MemoryRegion;
import io.github.stm32deploy.toolchain.firmware.FirmwareRequest;
import io.github.stm32deploy.toolchain.firmware.FirmwareTree;
import io.github.stm32deploy.toolchain.firmware.NpuNetwork;
import io.github.stm32deploy.toolchain.firmware.NpuNetworkFolder;
import io.github.stm32deploy.toolchain.firmware.WrittenFirmware;
import io.github.stm32deploy.toolchain.report.DeployPlan;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Firmware for networks of the NPU, linked against stand-ins of the vendor's drivers and runtime. */
class NpuBuildTest {
    private static final ToolLocator TOOLS = new ToolLocator();

    /** After the 16 entries of the processor, interrupt 53 is the NPU's. */
    private static final int NPU_VECTOR = 16 + 53;

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"stm32n6570-dk, LL_ATON, 0x70380000", "nucleo-n657x0-q, STAI, 0x71000000"})
    void theProgramLeavesTheNetworksMemoriesToIt(String id, NpuNetwork.Api api, String flash) throws Exception {
        for (ToolLocator.Kind needed : new ToolLocator.Kind[] {
            ToolLocator.Kind.ARM_GCC, ToolLocator.Kind.NEWLIB, ToolLocator.Kind.CMAKE, ToolLocator.Kind.BUILDER
        }) {
            assumeThat(TOOLS.isPresent(needed)).as(needed + " is installed").isTrue();
        }
        Board board = Boards.byId(id);
        long constants = Long.decode(flash);
        NpuNetworkFolder network =
                NpuNetworkFolder.read(StandInNpu.network(folder.resolve("compiled"), board, api, constants), board);
        assertThat(network.api()).isEqualTo(api);
        NpuRuntime runtime = NpuRuntime.require(Optional.of(StandInNpu.runtime()), Map.of(), network.compiler());
        WrittenFirmware written = FirmwareTree.write(
                folder.resolve("out"), new FirmwareRequest(board, npu(network), Optional.empty(), "test"));

        BuiltFirmware built = new FirmwareBuild(
                        TOOLS, Optional.of(StandInCube.write(folder.resolve("cube"), board)), Optional.of(runtime))
                .build(written);

        ElfFile elf = ElfFile.read(built.elf());
        Map<String, ElfFile.Section> sections = elf.sections().stream()
                .filter(ElfFile.Section::allocated)
                .filter(section -> section.bytes() > 0)
                .collect(Collectors.toMap(ElfFile.Section::name, section -> section));
        MemoryRegion code = board.region("CODE");
        MemoryRegion data = board.region("DATA");
        assertThat(sections).doesNotContainKeys(".arena", ".weights");
        for (ElfFile.Section section : sections.values()) {
            MemoryRegion region = code.contains(section.address()) ? code : data;
            assertThat(section.address()).as(section.name()).isBetween(region.start(), region.end() - section.bytes());
        }
        assertThat(vectors(elf, code.start()).get(NPU_VECTOR))
                .as("the NPU's interrupt does not lead to the fault handler")
                .isNotEqualTo(vectors(elf, code.start()).get(NPU_VECTOR - 1))
                .isBetween((int) code.start(), (int) code.end());
        assertThat(built.plan().loads())
                .extracting(DeployPlan.Load::file, DeployPlan.Load::region, DeployPlan.Load::bytes)
                .contains(tuple("network_atonbuf.xSPI2.raw", "octoFlash", (long) StandInNpu.CONSTANTS));
        assertThat(built.plan().loads())
                .extracting(DeployPlan.Load::address)
                .containsExactly("0x34000400", "0x" + flash.substring(2));
        assertThat(built.footprint().orElseThrow().weightsBytes()).isEqualTo(StandInNpu.CONSTANTS);
        assertThat(built.toolVersions()).containsEntry("NPU runtime", "0.0.0-1");
    }

    private static List<Integer> vectors(ElfFile elf, long start) throws java.io.IOException {
        byte[] content = elf.segments().stream()
                .filter(segment -> segment.physicalAddress() == start)
                .findFirst()
                .orElseThrow()
                .content();
        ByteBuffer words = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        return java.util.stream.IntStream.rangeClosed(0, NPU_VECTOR)
                .mapToObj(index -> words.getInt(4 * index))
                .toList();
    }

    private static NpuNetwork npu(NpuNetworkFolder network) {
        return new NpuNetwork(
                "faces",
                "00".repeat(32),
                network.name(),
                network.api(),
                network.files(),
                network.images(),
                network.pools(),
                List.of(new NpuNetwork.Output(List.of(1, 2, 4, 4), 0.25f, 3)),
                network.activationBytes());
    }
}
