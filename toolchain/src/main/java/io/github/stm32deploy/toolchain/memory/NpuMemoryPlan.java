// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import java.util.List;

/**
 * Where weights and activations of a network are predicted to lie in the pools of a board.
 *
 * @param pools every pool of the board, also unused ones, in the order of the board description
 * @param buffers activations, in the order in which they are first written
 * @param livenessPeakBytes no placement needs less: the largest sum of tensors alive in one epoch
 * @param internalRamBytes as ST's report prints it: the sum over on-chip pools of the highest address used
 * @param externalRamBytes the same over external RAM
 * @param weightsBytes weights in the NPU's format, as they lie in flash
 * @param fits false where activations or weights exceed all pools together
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
            String pool, long sizeBytes, long usedBytes, long activationBytes, long weightBytes, boolean onChip) {}

    /**
     * @param tensor name of the activation, or of scratch memory ({@code epoch 7 scratch})
     * @param pool first pool it lies in
     * @param offset bytes from the start of that pool; a buffer may span into the pools that follow it in memory
     * @param spilled true where it lies in external RAM
     * @param firstEpoch number of the epoch that writes it, 0 for network inputs
     * @param lastEpoch number of the last epoch that reads it
     */
    public record Buffer(
            String tensor, String pool, long offset, long bytes, int firstEpoch, int lastEpoch, boolean spilled) {}

    /** Tensors that leave the chip: each costs tens of milliseconds per MiB. */
    public List<Buffer> spills() {
        return buffers.stream().filter(Buffer::spilled).toList();
    }
}
