// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

/**
 * A range of addresses backed by one kind of memory.
 *
 * @param start first address
 * @param bytes size
 */
public record MemoryRegion(String name, long start, long bytes, Kind kind) {
    /** What backs a region, closest to the core first. */
    public enum Kind {
        TCM,
        SRAM,
        EXTERNAL_RAM,
        EXTERNAL_FLASH
    }

    /** First address behind the region. */
    public long end() {
        return start + bytes;
    }

    public boolean contains(long address) {
        return address >= start && address < end();
    }
}
