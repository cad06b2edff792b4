// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.MemoryRegion;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.deploy.boot.FuseController;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What must hold of a linked program before it is worth flashing on a board of silicon: it links without it, and the
 * board is silent, overwrites itself, or burns fuses.
 */
final class ProgramGate {
    private final Board board;
    private final ElfFile elf;
    private final List<Diagnosis> problems = new ArrayList<>();

    private ProgramGate(Board board, ElfFile elf) {
        this.board = board;
        this.elf = elf;
    }

    /**
     * @throws DiagnosedException with all that does not hold
     * @throws IOException where the program is no sound ELF file
     */
    static void pass(Board board, ElfFile elf) throws IOException {
        ProgramGate gate = new ProgramGate(board, elf);
        gate.vectors();
        gate.sections();
        gate.fuses();
        if (!gate.problems.isEmpty()) {
            throw new DiagnosedException(DiagnosedException.Kind.FINDING, gate.problems);
        }
    }

    /** Word 0 of the vector table is the stack's top, word 1 the reset entry, in Thumb state: the boot loader takes both. */
    private void vectors() throws IOException {
        MemoryRegion code = board.region(board.placement().code().get(0));
        Optional<byte[]> table = elf.segments().stream()
                .filter(segment -> segment.physicalAddress() == code.start())
                .map(ElfFile.Segment::content)
                .findFirst();
        if (table.isEmpty() || table.get().length < 8) {
            problem(
                    "BUILD-VECTORS-WRONG",
                    "the vector table is not where the boot loader looks for it",
                    code.name(),
                    "nothing is loaded at " + hex(code.start()),
                    "the vector table lies at " + hex(code.start()) + ", behind the image header");
            return;
        }
        ByteBuffer words = ByteBuffer.wrap(table.get()).order(ByteOrder.LITTLE_ENDIAN);
        long stack = words.getInt(0) & 0xFFFF_FFFFL;
        long reset = words.getInt(4) & 0xFFFF_FFFFL;
        MemoryRegion variables = board.region(board.placement().variables().get(0));
        if (stack % 8 != 0 || stack <= variables.start() || stack > variables.end()) {
            problem(
                    "BUILD-VECTORS-WRONG",
                    "the program starts with a stack outside its memory",
                    "word 0 of the vector table",
                    hex(stack),
                    "a multiple of 8 in " + variables.name() + ", " + span(variables));
        }
        if ((reset & 1) == 0 || !code.contains(reset)) {
            problem(
                    "BUILD-VECTORS-WRONG",
                    "the program starts at an address outside its code",
                    "word 1 of the vector table",
                    hex(reset),
                    "a Thumb address (lowest bit set) in " + code.name() + ", " + span(code));
        }
    }

    /** Every section lies in one region; code and variables in none that the NPU's compiler gives away. */
    private void sections() throws IOException {
        for (ElfFile.Section section : elf.sections()) {
            if (!section.allocated() || section.bytes() == 0) {
                continue;
            }
            long end = section.address() + section.bytes();
            boolean inside = board.memory().stream()
                    .anyMatch(region -> region.contains(section.address()) && end <= region.end());
            if (!inside) {
                problem(
                        "BUILD-SECTION-MISPLACED",
                        "a part of the program lies outside the board's memory",
                        "section " + section.name(),
                        hex(section.address()) + " to " + hex(end),
                        "each section lies in one region of the board description");
            }
            if (!section.name().equals(".arena") && !section.name().equals(".weights")) {
                pools(section, end);
            }
        }
    }

    private void pools(ElfFile.Section section, long end) {
        board.npu().map(Npu::pools).orElse(List.of()).stream()
                .filter(pool -> pool.kind() == Npu.PoolKind.ON_CHIP && pool.sizeBytes() > 0)
                .filter(pool -> pool.start() < end && section.address() < pool.start() + pool.sizeBytes())
                .forEach(pool -> problem(
                        "BUILD-SECTION-MISPLACED",
                        "a part of the program lies in a memory pool of the NPU",
                        "section " + section.name(),
                        hex(section.address()) + " to " + hex(end),
                        "pool " + pool.name() + " from " + hex(pool.start()) + " holds activations"));
    }

    private void fuses() throws IOException {
        Optional<String> found = FuseController.namedIn(elf.names());
        if (found.isPresent()) {
            problem(
                    "BUILD-FUSE-CODE",
                    "the program contains code that programs one-time fuses",
                    "firmware.elf",
                    found.get(),
                    "fuses cannot be set back: no program of this tool has such code");
        }
    }

    private void problem(String code, String what, String where, String observed, String rule) {
        problems.add(Diagnosis.error(code, Stage.BUILD, what)
                .where(board.id() + ", " + where)
                .observed(observed)
                .rule(rule)
                .effect("there is no image")
                .fix("take back what was changed in firmware/, or build again")
                .build());
    }

    private static String span(MemoryRegion region) {
        return hex(region.start()) + " to " + hex(region.end());
    }

    private static String hex(long address) {
        return String.format(Locale.ROOT, "0x%08x", address);
    }
}
