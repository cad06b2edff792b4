// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.github.stm32deploy.boards.BoardProblem.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads a board description. Every problem is reported, not only the first. */
public final class BoardReader {
    /**
     * @param fileName for messages; its stem must be the id
     * @param yaml the description
     * @throws BoardException with all problems
     */
    public Board read(String fileName, String yaml) {
        JsonNode root;
        try {
            root = new YAMLMapper().readTree(yaml);
        } catch (JsonProcessingException reason) {
            throw new BoardException(List.of(new BoardProblem(
                    Check.NOT_YAML,
                    fileName + location(reason),
                    reason.getOriginalMessage(),
                    "a board description is YAML")));
        }
        List<BoardProblem> problems = new ArrayList<>();
        Board board = board(new BoardFields(fileName, "", root, problems));
        if (problems.isEmpty()) {
            problems.addAll(new BoardChecks(fileName, board).problems());
        }
        if (!problems.isEmpty()) {
            throw new BoardException(problems);
        }
        return board;
    }

    private static String location(JsonProcessingException reason) {
        return reason.getLocation() == null
                ? ""
                : ", line " + reason.getLocation().getLineNr();
    }

    private static Board board(BoardFields fields) {
        fields.allow(
                "id",
                "name",
                "kind",
                "processor",
                "toolchain",
                "ticks",
                "memory",
                "placement",
                "stack",
                "port",
                "link",
                "launch",
                "vendor",
                "npu",
                "boot",
                "sources");
        return new Board(
                fields.text("id"),
                fields.text("name"),
                fields.choice(
                        "kind",
                        Map.of("virtual", Board.Kind.VIRTUAL, "host", Board.Kind.HOST, "hardware", Board.Kind.HARDWARE),
                        Board.Kind.HOST),
                processor(fields.object("processor")),
                firmware(fields),
                fields.optionalObject("npu").map(BoardReader::npu),
                fields.optionalObject("boot").map(BootReader::boot),
                fields.texts("sources"));
    }

    /** All of these fields or none: a board without them is predicted for, not built for. */
    private static Optional<Board.Firmware> firmware(BoardFields fields) {
        if (!fields.hasAny("toolchain", "ticks", "memory", "placement", "stack", "port", "link", "launch", "vendor")) {
            return Optional.empty();
        }
        return Optional.of(new Board.Firmware(
                toolchain(fields.object("toolchain")),
                ticks(fields.object("ticks")),
                fields.objects("memory").stream().map(BoardReader::region).toList(),
                placement(fields.object("placement")),
                fields.size("stack"),
                port(fields.object("port")),
                link(fields.object("link")),
                fields.optionalObject("launch").map(BoardReader::launch),
                fields.optionalObject("vendor").map(BoardReader::vendor)));
    }

    private static Npu npu(BoardFields fields) {
        fields.allow("name", "pools", "clocks");
        return new Npu(
                fields.text("name"),
                fields.objects("pools").stream().map(BoardReader::pool).toList(),
                fields.objects("clocks").stream().map(BoardReader::clocks).toList());
    }

    private static Npu.Pool pool(BoardFields fields) {
        fields.allow("name", "start", "size", "kind", "bytesPerSecond");
        return new Npu.Pool(
                fields.text("name"),
                fields.address("start"),
                fields.sizeOrNone("size"),
                fields.choice(
                        "kind",
                        Map.of(
                                "on-chip", Npu.PoolKind.ON_CHIP,
                                "external-ram", Npu.PoolKind.EXTERNAL_RAM,
                                "external-flash", Npu.PoolKind.EXTERNAL_FLASH),
                        Npu.PoolKind.ON_CHIP),
                fields.count("bytesPerSecond"));
    }

    private static Npu.Clocks clocks(BoardFields fields) {
        fields.allow("name", "cpuHertz", "npuHertz", "flashBytesPerSecond");
        return new Npu.Clocks(
                fields.text("name"),
                fields.count("cpuHertz"),
                fields.count("npuHertz"),
                fields.count("flashBytesPerSecond"));
    }

    private static Board.Processor processor(BoardFields fields) {
        fields.allow("core", "vectorExtension", "clockHertz");
        return new Board.Processor(
                fields.text("core"),
                fields.oneOf("vectorExtension", "none", "mve"),
                fields.optionalCount("clockHertz"));
    }

    private static Board.Toolchain toolchain(BoardFields fields) {
        fields.allow("compiler", "flags");
        return new Board.Toolchain(fields.oneOf("compiler", "arm-none-eabi-gcc", "cc"), fields.texts("flags"));
    }

    private static Board.Ticks ticks(BoardFields fields) {
        fields.allow("unit", "hertz");
        return new Board.Ticks(
                fields.oneOf("unit", "instructions", "microseconds", "cycles"), fields.optionalCount("hertz"));
    }

    private static MemoryRegion region(BoardFields fields) {
        fields.allow("name", "start", "size", "kind");
        return new MemoryRegion(
                fields.text("name"),
                fields.address("start"),
                fields.size("size"),
                fields.choice(
                        "kind",
                        Map.of(
                                "tcm", MemoryRegion.Kind.TCM,
                                "sram", MemoryRegion.Kind.SRAM,
                                "external-ram", MemoryRegion.Kind.EXTERNAL_RAM,
                                "external-flash", MemoryRegion.Kind.EXTERNAL_FLASH),
                        MemoryRegion.Kind.SRAM));
    }

    private static Board.Placement placement(BoardFields fields) {
        fields.allow("code", "variables", "arena", "weights");
        return new Board.Placement(
                fields.texts("code"), fields.texts("variables"), fields.texts("arena"), fields.texts("weights"));
    }

    private static Board.Port port(BoardFields fields) {
        fields.allow("folder", "family", "processor");
        String processor = fields.text("processor");
        return new Board.Port(
                fields.text("folder"),
                fields.optionalText("family"),
                processor.toLowerCase(Locale.ROOT).equals("none") ? Optional.empty() : Optional.of(processor));
    }

    private static Board.Link link(BoardFields fields) {
        fields.allow("kind", "baud");
        return new Board.Link(fields.oneOf("kind", "qemu-pty", "pty", "serial"), fields.optionalCount("baud"));
    }

    private static Board.Vendor vendor(BoardFields fields) {
        fields.allow("name", "definitions", "includes", "sources");
        return new Board.Vendor(
                fields.text("name"), fields.texts("definitions"), fields.texts("includes"), fields.texts("sources"));
    }

    private static Board.Launch launch(BoardFields fields) {
        fields.allow("tool", "arguments");
        return new Board.Launch(fields.text("tool"), fields.texts("arguments"));
    }
}
