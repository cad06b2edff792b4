// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;

/**
 * Plans activation memory from lifetimes: buffers that are never alive together may share addresses.
 *
 * <p>Offset assignment is best fit over several fixed orders (by size, by size times lifetime, by first use), the lowest
 * peak wins; compare Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net Inference" (2020), "greedy by
 * size". The result depends on nothing but the requests.
 */
public final class ActivationPlanner {
    private final int alignment;

    /** @param alignment in bytes, of every offset; a power of two */
    public ActivationPlanner(int alignment) {
        if (Integer.bitCount(alignment) != 1) {
            throw new IllegalArgumentException("alignment " + alignment);
        }
        this.alignment = alignment;
    }

    /** Buffers that share storage because each is made in place from the one before. */
    private record Block(int index, long bytes, int firstStep, int lastStep) {
        boolean aliveWith(Block other) {
            return firstStep <= other.lastStep && other.firstStep <= lastStep;
        }

        long area() {
            return bytes * (lastStep - firstStep + 1L);
        }
    }

    private record Placed(Block block, long offset) {
        long end() {
            return offset + block.bytes;
        }
    }

    public ActivationPlan plan(List<ActivationBuffer> buffers) {
        int[] blockOf = new int[buffers.size()];
        List<Block> blocks = blocks(buffers, blockOf);
        long[] best = null;
        long bestPeak = Long.MAX_VALUE;
        for (Comparator<Block> order : ORDERS) {
            long[] offsets = new long[blocks.size()];
            long peak = place(blocks, order, offsets);
            if (peak < bestPeak) {
                bestPeak = peak;
                best = offsets;
            }
        }
        if (best == null) {
            best = new long[0];
        }
        int steps = buffers.stream().mapToInt(ActivationBuffer::lastStep).max().orElse(-1) + 1;
        List<Long> live = new ArrayList<>(Collections.nCopies(steps, 0L));
        for (Block block : blocks) {
            for (int step = block.firstStep; step <= block.lastStep; step++) {
                live.set(step, live.get(step) + block.bytes);
            }
        }
        List<ActivationPlan.Placement> placements = new ArrayList<>();
        for (int index = 0; index < buffers.size(); index++) {
            ActivationBuffer buffer = buffers.get(index);
            placements.add(new ActivationPlan.Placement(
                    buffer.name(),
                    buffer.bytes(),
                    best[blockOf[index]],
                    buffer.firstStep(),
                    buffer.lastStep(),
                    buffer.replaces().isPresent()));
        }
        long lowerBound = live.stream().mapToLong(Long::longValue).max().orElse(0);
        return new ActivationPlan(placements, blocks.isEmpty() ? 0 : bestPeak, lowerBound, live);
    }

    private static final List<Comparator<Block>> ORDERS = List.of(
            Comparator.comparingLong(Block::bytes)
                    .reversed()
                    .thenComparingInt(Block::firstStep)
                    .thenComparingInt(Block::index),
            Comparator.comparingLong(Block::area).reversed().thenComparingInt(Block::index),
            Comparator.comparingInt(Block::firstStep)
                    .thenComparing(Comparator.comparingLong(Block::bytes).reversed())
                    .thenComparingInt(Block::index));

    private List<Block> blocks(List<ActivationBuffer> buffers, int[] blockOf) {
        List<Block> blocks = new ArrayList<>();
        for (int index = 0; index < buffers.size(); index++) {
            ActivationBuffer buffer = buffers.get(index);
            if (buffer.replaces().isPresent()) {
                int source = buffer.replaces().getAsInt();
                ActivationBuffer replaced = buffers.get(source);
                if (source >= index
                        || replaced.lastStep() != buffer.firstStep()
                        || replaced.bytes() != buffer.bytes()) {
                    throw new IllegalArgumentException(buffer.name() + " cannot replace " + replaced.name());
                }
                Block block = blocks.get(blockOf[source]);
                if (block.lastStep != replaced.lastStep()) {
                    throw new IllegalArgumentException(replaced.name() + " is replaced twice");
                }
                blockOf[index] = blockOf[source];
                blocks.set(block.index, new Block(block.index, block.bytes, block.firstStep, buffer.lastStep()));
            } else {
                blockOf[index] = blocks.size();
                blocks.add(new Block(blocks.size(), aligned(buffer.bytes()), buffer.firstStep(), buffer.lastStep()));
            }
        }
        return blocks;
    }

    private static long place(List<Block> blocks, Comparator<Block> order, long[] offsets) {
        List<Placed> placed = new ArrayList<>();
        long peak = 0;
        for (Block block : blocks.stream().sorted(order).toList()) {
            List<Placed> conflicts = placed.stream()
                    .filter(other -> other.block.aliveWith(block))
                    .sorted(Comparator.comparingLong(Placed::offset))
                    .toList();
            long bestOffset = -1;
            long bestGap = Long.MAX_VALUE;
            long free = 0;
            for (Placed other : conflicts) {
                long gap = other.offset - free;
                if (gap >= block.bytes && gap < bestGap) {
                    bestGap = gap;
                    bestOffset = free;
                }
                free = Math.max(free, other.end());
            }
            long offset = bestOffset >= 0 ? bestOffset : free;
            placed.add(new Placed(block, offset));
            offsets[block.index] = offset;
            peak = Math.max(peak, offset + block.bytes);
        }
        return peak;
    }

    private long aligned(long bytes) {
        return (bytes + alignment - 1) & -(long) alignment;
    }
}
