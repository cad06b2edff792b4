// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.boards;

import java.util.List;

/**
 * The neural accelerator of a board, as its compiler sees it.
 *
 * @param name {@code Neural-ART 14}
 * @param pools memory that the compiler may use, in its own order (addresses ascending)
 * @param clocks clock profiles, the default one first
 */
public record Npu(String name, List<Pool> pools, List<Clocks> clocks) {
    public Npu {
        pools = List.copyOf(pools);
        clocks = List.copyOf(clocks);
    }

    /** Kind of a pool. */
    public enum PoolKind {
        ON_CHIP,
        EXTERNAL_RAM,
        EXTERNAL_FLASH
    }

    /**
     * A memory pool, named as in the vendor's reports ({@code npuRAM5}, {@code octoFlash}).
     *
     * @param start first address
     * @param sizeBytes size given to the network; 0 where the pool is kept for the firmware
     * @param bytesPerSecond rate at which the NPU streams from or to it at the default clocks
     */
    public record Pool(String name, long start, long sizeBytes, PoolKind kind, long bytesPerSecond) {}

    /**
     * @param name {@code overdrive} or {@code nominal}
     * @param flashBytesPerSecond rate of weights from external flash as measured in that profile, not as declared
     */
    public record Clocks(String name, long cpuHertz, long npuHertz, long flashBytesPerSecond) {}
}
