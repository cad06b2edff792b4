// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.firmware;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.boards.MemoryRegion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What the templates of {@code board/<id>/} may name: everything as text in the form that C, ld or CMake takes. */
final class BoardView {
    /** Segments begin where their sections do, not at the page before, where the headers of the file would be loaded too. */
    private static final List<String> SMALL_PAGES =
            List.of("-Wl,-z,common-page-size=0x400", "-Wl,-z,max-page-size=0x400");

    private static final String OVERDRIVE = "overdrive";

    /** External memories are mapped from here on (Armv8-M memory map). */
    private static final long EXTERNAL = 0x6000_0000L;

    private final Board board;
    private final Optional<MemoryPlacement> placement;
    private final FirmwareNetwork network;

    /** @param placement empty for a board without memory of its own */
    BoardView(Board board, Optional<MemoryPlacement> placement, FirmwareNetwork network) {
        this.board = board;
        this.placement = placement;
        this.network = network;
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
        values.put("named", named());
        values.put("tested", placement.map(this::tested).orElse(List.of()));
        values.put("baud", board.link().baud().orElse(0L) + "u");
        values.put("overdrive", overdrive() ? "1" : "0");
        values.put("externalRam", hasExternalRam() ? "1" : "0");
        values.put("linkFlags", board.kind() == Board.Kind.HARDWARE ? SMALL_PAGES : List.of());
        values.put("vendor", vendor());
        values.put("npu", network instanceof NpuNetwork);
        values.put("constants", network instanceof NpuNetwork npu ? constants(npu) : Map.of());
        values.put(
                "externalRamRegion", externalRam().map(BoardView::region).orElse(Map.of("start", "0", "bytes", "0")));
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
        board.port().family().ifPresent(family -> folders.add("port/" + family));
        board.port().processor().ifPresent(processor -> folders.add("port/" + processor));
        return folders;
    }

    /** Memories by the names that users know: those of the firmware, and the pools of the NPU that lie elsewhere. */
    private List<Map<String, String>> named() {
        List<Map<String, String>> named = new ArrayList<>();
        for (MemoryRegion region : board.memory()) {
            named.add(row(region.name(), region.start(), region.bytes()));
        }
        board.npu()
                .ifPresent(npu -> npu.pools().stream()
                        .filter(pool -> pool.sizeBytes() > 0)
                        .filter(pool -> board.memory().stream().noneMatch(region -> region.contains(pool.start())))
                        .forEach(pool -> named.add(row(pool.name(), pool.start(), pool.sizeBytes()))));
        return named;
    }

    /** RAM for activations in which nothing is loaded: what it holds may be overwritten by a test. */
    private List<Map<String, String>> tested(MemoryPlacement placed) {
        List<MemoryRegion> loaded = List.of(placed.code(), placed.tables(), placed.variables(), placed.weights());
        List<Map<String, String>> tested = new ArrayList<>();
        for (String name : board.placement().arena()) {
            MemoryRegion region = board.region(name);
            if (!loaded.contains(region) && constants().stream().noneMatch(region::contains)) {
                Map<String, String> row = new HashMap<>(row(name, region.start(), region.bytes()));
                row.put("external", region.kind() == MemoryRegion.Kind.EXTERNAL_RAM ? "1" : "0");
                tested.add(row);
            }
        }
        return tested;
    }

    /** Where constants of an NPU's network lie before the program starts. */
    private List<Long> constants() {
        return network instanceof NpuNetwork npu
                ? npu.images().stream().map(NpuNetwork.Image::address).toList()
                : List.of();
    }

    /** The flash that the program may read: from the first to the last constant of the network there. */
    private static Map<String, String> constants(NpuNetwork npu) {
        List<NpuNetwork.Image> images = npu.images().stream()
                .filter(image -> image.address() >= EXTERNAL)
                .toList();
        long start = images.stream().mapToLong(NpuNetwork.Image::address).min().orElse(0);
        long end = images.stream()
                .mapToLong(image -> image.address() + npu.content(image).length)
                .max()
                .orElse(0);
        return Map.of(
                "start", String.format(Locale.ROOT, "0x%08X", start), "end", String.format(Locale.ROOT, "0x%08X", end));
    }

    private boolean overdrive() {
        return board.npu()
                .map(npu -> npu.clocks().get(0).name().equals(OVERDRIVE))
                .orElse(false);
    }

    private boolean hasExternalRam() {
        return externalRam().isPresent();
    }

    private Optional<MemoryRegion> externalRam() {
        return board.memory().stream()
                .filter(region -> region.kind() == MemoryRegion.Kind.EXTERNAL_RAM)
                .findFirst();
    }

    private Map<String, Object> vendor() {
        return board.vendor()
                .<Map<String, Object>>map(vendor -> Map.of(
                        "name", vendor.name(),
                        "definitions", vendor.definitions(),
                        "includes", vendor.includes(),
                        "sources", vendor.sources()))
                .orElse(Map.of("name", "", "definitions", List.of(), "includes", List.of(), "sources", List.of()));
    }

    private static Map<String, String> row(String name, long start, long bytes) {
        return Map.of(
                "name", name,
                "start", String.format(Locale.ROOT, "0x%08Xu", start),
                "bytes", String.format(Locale.ROOT, "0x%Xu", bytes));
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
