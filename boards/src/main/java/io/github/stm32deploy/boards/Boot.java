// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import java.util.List;

/**
 * How a board without internal flash gets its program: what lies where in external flash, what writes it, and what a
 * person has to do at the board.
 *
 * @param flash the external flash that the board starts from
 * @param slots ranges of it, each for one kind of image, addresses ascending
 * @param modes what the boot switches can be set to
 * @param cable which socket the debug probe and the serial link are behind, a sentence
 */
public record Boot(Flash flash, List<Slot> slots, List<Mode> modes, String cable) {
    public Boot {
        slots = List.copyOf(slots);
        modes = List.copyOf(modes);
    }

    /**
     * @param start address at which it is mapped
     * @param eraseBytes what the loader erases at once; images in two slots never share it
     * @param loader file name of the external loader of STM32CubeProgrammer
     */
    public record Flash(long start, long bytes, long eraseBytes, String loader) {
        /** First address behind it. */
        public long end() {
            return start + bytes;
        }
    }

    /** What a slot is for. */
    public enum Role {
        /** First-stage boot loader, started by the boot ROM. */
        FSBL,
        /** The application with its boot header, copied to RAM by the FSBL. */
        APPLICATION,
        /** Command streams of the NPU that are kept in flash. */
        BLOBS,
        /** Weights of the network, read in place. */
        WEIGHTS
    }

    /**
     * @param copiedTo address in RAM that an image with a boot header is copied to, header included; 0 where it is used
     *     in place
     * @param ramBytes room there; 0 where it is used in place
     */
    public record Slot(Role role, long start, long bytes, long copiedTo, long ramBytes) {
        /** First address behind it. */
        public long end() {
            return start + bytes;
        }

        /** Bytes that an image in it may have. */
        public long capacity() {
            return ramBytes == 0 ? bytes : Math.min(bytes, ramBytes);
        }
    }

    /**
     * @param name {@code development} (a debugger loads RAM and writes flash) or {@code flash} (the board starts by itself)
     * @param steps what to do at the board, one sentence each
     */
    public record Mode(String name, List<String> steps) {
        public Mode {
            steps = List.copyOf(steps);
        }
    }

    /** The slot of that role; that there is one is checked by the loader for FSBL, application and weights. */
    public Slot slot(Role role) {
        return slots.stream()
                .filter(slot -> slot.role() == role)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no slot for " + role));
    }

    /** The mode of that name; {@code development} and {@code flash} are always there. */
    public Mode mode(String name) {
        return modes.stream()
                .filter(mode -> mode.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no boot mode " + name));
    }
}
