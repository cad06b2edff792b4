// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import io.github.stm32deploy.boards.BoardProblem.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What must hold in the {@code boot} section of a description, and between it and the pools of the NPU. */
final class BootChecks {
    private final String fileName;
    private final Boot boot;
    private final Optional<Npu> npu;
    private final List<BoardProblem> problems = new ArrayList<>();

    BootChecks(String fileName, Boot boot, Optional<Npu> npu) {
        this.fileName = fileName;
        this.boot = boot;
        this.npu = npu;
    }

    List<BoardProblem> problems() {
        slots();
        required();
        modes();
        npu.ifPresent(this::pools);
        return problems;
    }

    private void slots() {
        List<Boot.Slot> slots = boot.slots();
        for (int i = 0; i < slots.size(); i++) {
            Boot.Slot slot = slots.get(i);
            if (slot.start() < boot.flash().start() || slot.end() > boot.flash().end()) {
                add(
                        Check.SLOT_OUTSIDE_FLASH,
                        field(slot),
                        range(slot.start(), slot.end()),
                        "the flash is "
                                + range(boot.flash().start(), boot.flash().end()));
            }
            if ((slot.start() - boot.flash().start()) % boot.flash().eraseBytes() != 0) {
                add(
                        Check.SLOT_UNALIGNED,
                        field(slot),
                        hex(slot.start()),
                        "a slot begins where an erase block of " + boot.flash().eraseBytes() + " bytes does");
            }
            for (Boot.Slot earlier : slots.subList(0, i)) {
                if (earlier.role() == slot.role()) {
                    add(Check.SLOT_TWICE, field(slot), "a second slot of that role", "each role once");
                }
                if (earlier.start() < slot.end() && slot.start() < earlier.end()) {
                    add(
                            Check.REGIONS_OVERLAP,
                            field(slot),
                            "shares " + hex(Math.max(earlier.start(), slot.start())) + " with " + name(earlier),
                            "an address belongs to one slot");
                }
            }
        }
    }

    private void required() {
        for (Boot.Role role : List.of(Boot.Role.FSBL, Boot.Role.APPLICATION, Boot.Role.WEIGHTS)) {
            Optional<Boot.Slot> slot =
                    boot.slots().stream().filter(each -> each.role() == role).findFirst();
            if (slot.isEmpty()) {
                add(
                        Check.SLOT_MISSING,
                        "boot.slots",
                        "no slot " + name(role),
                        "fsbl, application and weights have one");
            } else if (role != Boot.Role.WEIGHTS && slot.get().ramBytes() == 0) {
                add(
                        Check.SLOT_MISSING,
                        field(slot.get()),
                        "no copiedTo",
                        "an image with a boot header is copied to RAM");
            }
        }
    }

    private void modes() {
        for (String name : List.of("development", "flash")) {
            long count = boot.modes().stream()
                    .filter(mode -> mode.name().equals(name))
                    .count();
            if (count != 1) {
                add(Check.BOOT_MODE, "boot.modes", count + " of " + name, "development and flash, each once");
            }
        }
    }

    /** Weights are flashed where the NPU reads them: a pool outside the slot would be read blank. */
    private void pools(Npu accelerator) {
        boot.slots().stream()
                .filter(slot -> slot.role() == Boot.Role.WEIGHTS)
                .forEach(slot -> accelerator.pools().stream()
                        .filter(pool -> pool.kind() == Npu.PoolKind.EXTERNAL_FLASH)
                        .filter(pool -> pool.start() < slot.start() || pool.start() + pool.sizeBytes() > slot.end())
                        .forEach(pool -> add(
                                Check.POOL_OUTSIDE_SLOT,
                                "npu.pools." + pool.name(),
                                range(pool.start(), pool.start() + pool.sizeBytes()),
                                "the slot for weights is " + range(slot.start(), slot.end()))));
    }

    private static String field(Boot.Slot slot) {
        return "boot.slots." + name(slot);
    }

    private static String name(Boot.Slot slot) {
        return name(slot.role());
    }

    private static String name(Boot.Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    private static String range(long start, long end) {
        return hex(start) + " to " + hex(end - 1);
    }

    private static String hex(long address) {
        return String.format(Locale.ROOT, "0x%08x", address);
    }

    private void add(Check check, String field, String observed, String rule) {
        problems.add(new BoardProblem(check, fileName + ", " + field, observed, rule));
    }
}
