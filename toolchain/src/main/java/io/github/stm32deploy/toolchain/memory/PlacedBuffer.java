// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import io.github.stm32deploy.boards.Npu;

/** A buffer, and where it lies once that is decided. */
final class PlacedBuffer {
    private final String tensor;
    private final long bytes;
    private final int firstEpoch;
    private final int lastEpoch;
    private Npu.Pool pool;
    private long offset;

    PlacedBuffer(String tensor, long bytes, int firstEpoch, int lastEpoch) {
        this.tensor = tensor;
        this.bytes = bytes;
        this.firstEpoch = firstEpoch;
        this.lastEpoch = lastEpoch;
    }

    String tensor() {
        return tensor;
    }

    long bytes() {
        return bytes;
    }

    int firstEpoch() {
        return firstEpoch;
    }

    int lastEpoch() {
        return lastEpoch;
    }

    /** True where the two are alive in one epoch: what an epoch reads may not be overwritten by what it writes. */
    boolean meets(PlacedBuffer other) {
        return firstEpoch <= other.lastEpoch && other.firstEpoch <= lastEpoch;
    }

    boolean isPlaced() {
        return pool != null;
    }

    void put(Npu.Pool into, long at) {
        pool = into;
        offset = at;
    }

    NpuMemoryPlan.Buffer inPlan() {
        boolean offChip = pool == null || pool.kind() != Npu.PoolKind.ON_CHIP;
        return new NpuMemoryPlan.Buffer(
                tensor, pool == null ? "" : pool.name(), offset, bytes, firstEpoch, lastEpoch, offChip);
    }
}
