// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.BoardException;
import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.MemoryRegion;
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
        description = "Boards that applications are built for.",
        mixinStandardHelpOptions = true,
        footer = {"", "Example: stm32-deploy boards show qemu-mps3-an547"})
final class BoardsCommand implements Runnable {
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
            description = "Processor, memory and link of a board.",
            mixinStandardHelpOptions = true,
            footer = {"", "Example: stm32-deploy boards show qemu-mps3-an547"})
    void show(@Parameters(paramLabel = "ID") String id) {
        Board board = known(id);
        console.print(board.name() + "  (" + kind(board) + ")");
        console.print("  core      " + board.processor().core() + ", vector extension "
                + board.processor().vectorExtension());
        console.print("  compiler  " + board.toolchain().compiler() + " "
                + String.join(" ", board.toolchain().flags()));
        console.print("  counts    " + board.ticks().unit());
        for (MemoryRegion region : board.memory()) {
            console.print("  memory    " + region);
        }
        for (String source : board.sources()) {
            console.print("  source    " + source);
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

    private static String kind(Board board) {
        return switch (board.kind()) {
            case VIRTUAL -> "emulated";
            case HOST -> "host";
            case HARDWARE -> "hardware";
        };
    }
}
