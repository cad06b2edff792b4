// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import io.github.stm32deploy.boards.BoardProblem.Check;
import java.util.ArrayList;
import java.util.List;

/** What must hold between the fields of a description, each check by its name. */
final class BoardChecks {
    private static final long ADDRESS_SPACE = 1L << 32;
    private static final long STACK_ALIGNMENT = 32;

    private final String fileName;
    private final Board board;
    private final List<BoardProblem> problems = new ArrayList<>();

    BoardChecks(String fileName, Board board) {
        this.fileName = fileName;
        this.board = board;
    }

    List<BoardProblem> problems() {
        identity();
        purpose();
        board.npu().ifPresent(this::pools);
        board.npu().ifPresent(this::clocks);
        board.boot().ifPresent(boot -> problems.addAll(new BootChecks(fileName, boot, board.npu()).problems()));
        if (board.buildable()) {
            firmware();
        }
        return problems;
    }

    private void firmware() {
        regions();
        placement("code", board.placement().code());
        placement("variables", board.placement().variables());
        placement("arena", board.placement().arena());
        placement("weights", board.placement().weights());
        writable("variables", board.placement().variables());
        writable("arena", board.placement().arena());
        stack();
        ticks();
        board.npu().ifPresent(this::programOutsidePools);
    }

    private void purpose() {
        if (!board.buildable() && board.npu().isEmpty()) {
            add(
                    Check.PURPOSE_MISSING,
                    "npu",
                    "neither an NPU nor what a firmware build needs",
                    "a board is predicted for, built for, or both");
        }
    }

    private void pools(Npu npu) {
        List<Npu.Pool> pools = npu.pools();
        if (pools.stream().noneMatch(pool -> pool.kind() == Npu.PoolKind.ON_CHIP && pool.sizeBytes() > 0)) {
            add(Check.POOL_MISSING, "npu.pools", "no on-chip pool with room", "activations need one");
        }
        for (int i = 0; i < pools.size(); i++) {
            Npu.Pool pool = pools.get(i);
            if (pool.start() + pool.sizeBytes() > ADDRESS_SPACE) {
                add(
                        Check.REGION_BEYOND_ADDRESS_SPACE,
                        "npu.pools." + pool.name(),
                        "ends at 0x" + Long.toHexString(pool.start() + pool.sizeBytes()),
                        "addresses have 32 bits");
            }
            for (Npu.Pool earlier : pools.subList(0, i)) {
                if (earlier.name().equals(pool.name())) {
                    add(Check.REGION_NAME_TWICE, "npu.pools." + pool.name(), pool.name(), "each name once");
                }
                if (earlier.start() < pool.start() + pool.sizeBytes()
                        && pool.start() < earlier.start() + earlier.sizeBytes()) {
                    add(
                            Check.REGIONS_OVERLAP,
                            "npu.pools." + pool.name(),
                            earlier.name() + " and " + pool.name() + " share 0x"
                                    + Long.toHexString(Math.max(earlier.start(), pool.start())),
                            "an address belongs to one pool");
                }
            }
        }
    }

    private void clocks(Npu npu) {
        if (npu.clocks().isEmpty()) {
            add(Check.CLOCKS_MISSING, "npu.clocks", "[]", "at least one clock profile");
        }
    }

    private void identity() {
        if (!fileName.equals(board.id() + ".yaml")) {
            add(Check.ID_DIFFERS_FROM_FILE, "id", board.id(), "the id is the file's name without .yaml");
        }
    }

    private void regions() {
        List<MemoryRegion> memory = board.memory();
        for (int i = 0; i < memory.size(); i++) {
            MemoryRegion region = memory.get(i);
            if (region.end() > ADDRESS_SPACE) {
                add(
                        Check.REGION_BEYOND_ADDRESS_SPACE,
                        "memory." + region.name(),
                        "ends at 0x" + Long.toHexString(region.end()),
                        "addresses have 32 bits");
            }
            for (MemoryRegion earlier : memory.subList(0, i)) {
                if (earlier.name().equals(region.name())) {
                    add(Check.REGION_NAME_TWICE, "memory." + region.name(), region.name(), "each name once");
                }
                if (earlier.start() < region.end() && region.start() < earlier.end()) {
                    add(
                            Check.REGIONS_OVERLAP,
                            "memory." + region.name(),
                            earlier.name() + " and " + region.name() + " share 0x"
                                    + Long.toHexString(Math.max(earlier.start(), region.start())),
                            "an address belongs to one region");
                }
            }
        }
    }

    /** The NPU's compiler puts activations anywhere into its pools: code and variables must not lie there. */
    private void programOutsidePools(Npu npu) {
        for (MemoryRegion region : board.memory()) {
            if (board.placement().variables().contains(region.name())
                    || board.placement().code().indexOf(region.name()) == 0) {
                npu.pools().stream()
                        .filter(pool -> pool.sizeBytes() > 0)
                        .filter(pool -> pool.start() < region.end() && region.start() < pool.start() + pool.sizeBytes())
                        .forEach(pool -> add(
                                Check.PROGRAM_IN_POOL,
                                "memory." + region.name(),
                                region.name() + " and pool " + pool.name() + " share 0x"
                                        + Long.toHexString(Math.max(region.start(), pool.start())),
                                "code and variables lie outside the pools of the NPU"));
            }
        }
    }

    private void placement(String part, List<String> names) {
        if (names.isEmpty() && board.kind() != Board.Kind.HOST) {
            add(Check.PLACEMENT_EMPTY, "placement." + part, "[]", "at least one region of memory");
        }
        for (String name : names) {
            if (board.memory().stream().noneMatch(region -> region.name().equals(name))) {
                add(
                        Check.PLACEMENT_UNKNOWN_REGION,
                        "placement." + part,
                        name,
                        "regions are "
                                + String.join(
                                        ", ",
                                        board.memory().stream()
                                                .map(MemoryRegion::name)
                                                .toList()));
            }
        }
    }

    private void writable(String part, List<String> names) {
        for (MemoryRegion region : board.memory()) {
            if (names.contains(region.name()) && region.kind() == MemoryRegion.Kind.EXTERNAL_FLASH) {
                add(Check.PLACEMENT_READ_ONLY, "placement." + part, region.name() + " is flash", "needs RAM");
            }
        }
    }

    private void stack() {
        if (board.stackBytes() % STACK_ALIGNMENT != 0) {
            add(Check.STACK_UNALIGNED, "stack", board.stackBytes() + " bytes", "a multiple of " + STACK_ALIGNMENT);
        }
        for (MemoryRegion region : board.memory()) {
            if (board.placement().variables().contains(region.name()) && board.stackBytes() >= region.bytes()) {
                add(
                        Check.STACK_TOO_LARGE,
                        "stack",
                        board.stackBytes() + " bytes",
                        region.name() + " has " + region.bytes() + " bytes for stack and variables");
            }
        }
    }

    private void ticks() {
        boolean counts = board.ticks().unit().equals("instructions");
        if (counts == board.ticks().hertz().isPresent()) {
            add(
                    Check.TICK_RATE,
                    "ticks.hertz",
                    board.ticks().hertz().map(String::valueOf).orElse("nothing"),
                    "cycles and microseconds have a rate, instructions have none");
        }
    }

    private void add(Check check, String field, String observed, String rule) {
        problems.add(new BoardProblem(check, fileName + ", " + field, observed, rule));
    }
}
