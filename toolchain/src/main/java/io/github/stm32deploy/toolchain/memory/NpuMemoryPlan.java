// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import io.github.stm32deploy.boards.Npu;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Where weights and activations of a network are predicted to lie in the pools of a board.
 *
 * @param pools every pool of the board, also unused ones, in the order of the board description
 * @param buffers activations, in the order in which they are first written
 * @param livenessPeakBytes no placement needs less: the largest sum of tensors alive in one epoch
 * @param internalRamBytes as ST's report prints it: the sum over on-chip pools of the highest address used
 * @param externalRamBytes the same over external RAM
 * @param weightsBytes weights in the NPU's format, as they lie in flash
 * @param fits false where a buffer finds no place in any pool, or the weights exceed the flash
 */
public record NpuMemoryPlan(
        List<PoolUse> pools,
        List<Buffer> buffers,
        long livenessPeakBytes,
        long internalRamBytes,
        long externalRamBytes,
        long weightsBytes,
        boolean fits) {

    public NpuMemoryPlan {
        pools = List.copyOf(pools);
        buffers = List.copyOf(buffers);
    }

    /** What a pool holds; {@code usedBytes} is the highest address used in it. */
    public record PoolUse(
            String pool, long sizeBytes, long usedBytes, long activationBytes, long weightBytes, Npu.PoolKind kind) {
        public boolean onChip() {
            return kind == Npu.PoolKind.ON_CHIP;
        }
    }

    /**
     * @param tensor name of the activation, or of scratch memory ({@code epoch 7 scratch})
     * @param pool first pool it lies in; empty where it fits nowhere
     * @param offset bytes from the start of that pool; a buffer may span into the pools that follow it in memory
     * @param spilled true where it lies in external RAM, or nowhere
     * @param firstEpoch number of the epoch that writes it, 0 for network inputs
     * @param lastEpoch number of the last epoch that reads it
     */
    public record Buffer(
            String tensor, String pool, long offset, long bytes, int firstEpoch, int lastEpoch, boolean spilled) {}

    /** Tensors that leave the chip: each costs tens of milliseconds per MiB. */
    public List<Buffer> spills() {
        return buffers.stream().filter(Buffer::spilled).toList();
    }

    /** Tensors for which no pool has room. */
    public List<Buffer> unplaced() {
        return buffers.stream().filter(buffer -> buffer.pool().isEmpty()).toList();
    }

    /** Tensors alive in an epoch, in the order in which they are written. */
    public List<Buffer> alive(int epoch) {
        return buffers.stream()
                .filter(buffer -> buffer.firstEpoch() <= epoch && epoch <= buffer.lastEpoch())
                .toList();
    }

    /** Number of the first epoch in which the tensors alive reach {@link #livenessPeakBytes()}; 0 where there are none. */
    public int peakEpoch() {
        int last = buffers.stream().mapToInt(Buffer::lastEpoch).max().orElse(0);
        for (int epoch = 0; epoch <= last; epoch++) {
            if (alive(epoch).stream().mapToLong(Buffer::bytes).sum() == livenessPeakBytes) {
                return epoch;
            }
        }
        return 0;
    }

    public Optional<Buffer> largest() {
        return buffers.stream().max(Comparator.comparingLong(Buffer::bytes));
    }

    /** RAM of the board that the network may use, on the chip and off it. */
    public long availableRamBytes() {
        return pools.stream()
                .filter(pool -> pool.kind() != Npu.PoolKind.EXTERNAL_FLASH)
                .mapToLong(PoolUse::sizeBytes)
                .sum();
    }

    /**
     * What the activations take: as placed, or where they do not fit the tensors alive at once, and where gaps are the reason
     * what is placed and the largest that is not.
     */
    public long requiredRamBytes() {
        long placed = internalRamBytes + externalRamBytes;
        long missing = unplaced().stream().mapToLong(Buffer::bytes).max().orElse(0);
        if (missing == 0) {
            return placed;
        }
        long available = availableRamBytes();
        return livenessPeakBytes > available ? livenessPeakBytes : Math.max(placed + missing, available + 1);
    }

    /** By how much the activations exceed the RAM; 0 where every one has a place. */
    public long excessRamBytes() {
        return unplaced().isEmpty() ? 0 : requiredRamBytes() - availableRamBytes();
    }

    /** True where the RAM on the chip that activations leave free holds the weights. */
    public boolean weightsFitOnChip() {
        long free = pools.stream()
                .filter(PoolUse::onChip)
                .mapToLong(pool -> pool.sizeBytes() - pool.usedBytes())
                .sum();
        return weightsBytes <= free;
    }
}
