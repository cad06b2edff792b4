// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.MemoryRegion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What the templates of {@code board/<id>/} may name: everything as text in the form that C, ld or CMake takes. */
final class BoardView {
    private final Board board;

    BoardView(Board board) {
        this.board = board;
    }

    /** Values of the whole board folder but the linker script's places. */
    Map<String, Object> values() {
        Map<String, Object> values = new HashMap<>();
        values.put("id", board.id());
        values.put("emulated", board.emulated() ? "1" : "0");
        values.put("tickUnit", board.ticks().unit());
        values.put("clockHertz", board.processor().clockHertz().orElse(0L) + "u");
        values.put("stackBytes", Long.toString(board.stackBytes()));
        values.put("arenaAttribute", linksItself() ? "__attribute__((section(\".bss.n6_arena\")))" : "");
        values.put("linkerScript", linksItself() ? "linker.ld" : "");
        values.put("flags", board.toolchain().flags());
        values.put("includes", portFolders());
        values.put("regions", board.memory().stream().map(BoardView::region).toList());
        return values;
    }

    /** True where the firmware brings its linker script: there is no operating system below. */
    boolean linksItself() {
        return !board.memory().isEmpty();
    }

    /** Folders of hand-written C that belong to the board, {@code port/...}. */
    List<String> portFolders() {
        List<String> folders = new ArrayList<>();
        folders.add("port/" + board.port().folder());
        board.port().processor().ifPresent(processor -> folders.add("port/" + processor));
        return folders;
    }

    /** Regions by the part of the firmware that lies there. */
    static Map<String, String> places(MemoryPlacement placement) {
        return Map.of(
                "code", placement.code().name(),
                "tables", placement.tables().name(),
                "variables", placement.variables().name(),
                "arena", placement.arena().name(),
                "weights", placement.weights().name());
    }

    private static Map<String, String> region(MemoryRegion region) {
        return Map.of(
                "name", region.name(),
                "start", String.format(Locale.ROOT, "0x%08X", region.start()),
                "bytes", String.format(Locale.ROOT, "0x%X", region.bytes()));
    }
}
