// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.BoardException;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.Boot;
import io.github.stm32deploy.boards.MemoryRegion;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code boards list} and {@code boards show ID}. */
@Command(
        name = "boards",
        description = "Boards that applications are built for or predicted for.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy boards show qemu-mps3-an547"})
final class BoardsCommand implements Runnable {
    private static final long MEGA = 1_000_000;

    private final Console console;

    BoardsCommand(Console console) {
        this.console = console;
    }

    @Override
    public void run() {
        list();
    }

    @Command(
            name = "list",
            description = "One line a board.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example: stm32-deploy boards list"})
    void list() {
        for (Board board : Boards.all()) {
            console.print(String.format(Locale.ROOT, "%-20s %-9s %s", board.id(), kind(board), board.name()));
        }
    }

    @Command(
            name = "show",
            description = "Processor, memory, pools and clocks of a board.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example: stm32-deploy boards show qemu-mps3-an547"})
    void show(@Parameters(paramLabel = "ID") String id) {
        Board board = known(id);
        console.print(board.name() + "  (" + kind(board) + ")");
        console.print("  core      " + board.processor().core() + ", vector extension "
                + board.processor().vectorExtension());
        board.firmware()
                .ifPresentOrElse(
                        this::firmware,
                        () -> console.print("  builds    nothing yet: check and compare" + " predict for it"));
        board.npu().ifPresent(this::npu);
        board.boot().ifPresent(this::boot);
        for (String source : board.sources()) {
            console.print("  source    " + source);
        }
    }

    private void firmware(Board.Firmware firmware) {
        console.print("  compiler  " + firmware.toolchain().compiler() + " "
                + String.join(" ", firmware.toolchain().flags()));
        console.print("  counts    " + firmware.ticks().unit());
        for (MemoryRegion region : firmware.memory()) {
            console.print("  memory    " + region);
        }
    }

    private void boot(Boot boot) {
        for (Boot.Slot slot : boot.slots()) {
            console.print(String.format(
                    Locale.ROOT,
                    "  flash     %-11s  0x%08X  %6d KiB%s",
                    slot.role().name().toLowerCase(Locale.ROOT),
                    slot.start(),
                    slot.bytes() >> 10,
                    slot.ramBytes() == 0 ? "" : String.format(Locale.ROOT, ", copied to 0x%08X", slot.copiedTo())));
        }
        console.print("  loader    " + boot.flash().loader());
        for (Boot.Mode mode : boot.modes()) {
            console.print(
                    String.format(Locale.ROOT, "  boot      %-11s  %s", mode.name(), String.join("; ", mode.steps())));
        }
        console.print("  cable     " + boot.cable());
    }

    private void npu(Npu npu) {
        console.print("  npu       " + npu.name());
        for (Npu.Pool pool : npu.pools()) {
            console.print(String.format(
                    Locale.ROOT,
                    "  pool      %-9s  0x%08X  %6d KiB  %s, %d MB/s",
                    pool.name(),
                    pool.start(),
                    pool.sizeBytes() >> 10,
                    kind(pool.kind()),
                    pool.bytesPerSecond() / MEGA));
        }
        for (Npu.Clocks clocks : npu.clocks()) {
            console.print(String.format(
                    Locale.ROOT,
                    "  clocks    %-9s  CPU %d MHz, NPU %d MHz, weights from flash %d MB/s",
                    clocks.name(),
                    clocks.cpuHertz() / MEGA,
                    clocks.npuHertz() / MEGA,
                    clocks.flashBytesPerSecond() / MEGA));
        }
    }

    /** The board of that id, or the diagnosis that lists those there are. */
    static Board known(String id) {
        try {
            return Boards.byId(id);
        } catch (BoardException unknown) {
            throw new DiagnosedException(
                    Kind.USAGE,
                    Diagnosis.error("USAGE-BOARD-UNKNOWN", Stage.BUILD, "there is no board " + id)
                            .observed(id)
                            .rule("known boards: " + String.join(", ", Boards.ids()))
                            .effect("nothing was done")
                            .command("stm32-deploy boards list")
                            .build());
        }
    }

    private static String kind(Npu.PoolKind kind) {
        return switch (kind) {
            case ON_CHIP -> "on chip";
            case EXTERNAL_RAM -> "external RAM";
            case EXTERNAL_FLASH -> "external flash";
        };
    }

    private static String kind(Board board) {
        return switch (board.kind()) {
            case VIRTUAL -> "emulated";
            case HOST -> "host";
            case HARDWARE -> "hardware";
        };
    }
}
