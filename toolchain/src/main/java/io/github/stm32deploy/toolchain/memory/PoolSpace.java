// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import io.github.stm32deploy.boards.Npu;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** Pools of one kind, laid end to end in the order of their addresses as the compiler's virtual pool has them. */
final class PoolSpace {
    /** Buffers start at multiples of 8 bytes ({@code alignment} of the pools in c_info files). */
    private static final long ALIGNMENT = 8;

    private record Range(PlacedBuffer buffer, long start) {
        long end() {
            return start + buffer.bytes();
        }
    }

    private final List<Npu.Pool> pools;
    /** Pools that a buffer is tried in alone, the preferred first. */
    private final List<Npu.Pool> preferred;

    private final Map<String, Long> starts = new HashMap<>();
    private final List<Range> taken = new ArrayList<>();
    private final long size;

    PoolSpace(List<Npu.Pool> pools) {
        this.pools =
                pools.stream().sorted(Comparator.comparingLong(Npu.Pool::start)).toList();
        long at = 0;
        for (Npu.Pool pool : this.pools) {
            starts.put(pool.name(), at);
            at += pool.sizeBytes();
        }
        size = at;
        preferred = preferred(this.pools);
    }

    /**
     * The fastest pools; of several, the second last of the address map first, then downwards, the last one at the end: ST's
     * description of the chip gives the outermost bank a higher power for reading.
     */
    private static List<Npu.Pool> preferred(List<Npu.Pool> pools) {
        long best = pools.stream().mapToLong(Npu.Pool::bytesPerSecond).max().orElse(0);
        List<Npu.Pool> fastest = new ArrayList<>(pools.stream()
                .filter(pool -> pool.bytesPerSecond() == best)
                .sorted(Comparator.comparingLong(Npu.Pool::start).reversed())
                .toList());
        if (fastest.size() > 1) {
            fastest.add(fastest.remove(0));
        }
        return fastest;
    }

    boolean fitsOnePool(long bytes) {
        return preferred.stream().anyMatch(pool -> bytes <= pool.sizeBytes());
    }

    boolean placeInOnePool(PlacedBuffer buffer) {
        for (Npu.Pool pool : preferred) {
            long start = starts.get(pool.name());
            OptionalLong gap = gap(buffer, start, start + pool.sizeBytes());
            if (gap.isPresent()) {
                put(buffer, gap.getAsLong());
                return true;
            }
        }
        return false;
    }

    boolean placeAcross(PlacedBuffer buffer) {
        OptionalLong gap = gap(buffer, 0, size);
        gap.ifPresent(start -> put(buffer, start));
        return gap.isPresent();
    }

    private OptionalLong gap(PlacedBuffer buffer, long from, long to) {
        long start = from;
        for (Range range : taken) {
            if (range.end() <= start || !range.buffer().meets(buffer)) {
                continue;
            }
            if (start + buffer.bytes() <= range.start()) {
                break;
            }
            start = (range.end() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        return start + buffer.bytes() <= to ? OptionalLong.of(start) : OptionalLong.empty();
    }

    private void put(PlacedBuffer buffer, long start) {
        Range range = new Range(buffer, start);
        int index = 0;
        while (index < taken.size() && taken.get(index).start() <= start) {
            index++;
        }
        taken.add(index, range);
        Npu.Pool into = pools.get(0);
        for (Npu.Pool pool : pools) {
            if (starts.get(pool.name()) <= start) {
                into = pool;
            }
        }
        buffer.put(into, start - starts.get(into.name()));
    }

    /** Highest address used in a pool, from its start; 0 for a pool of another kind. */
    long used(Npu.Pool pool) {
        Long start = starts.get(pool.name());
        if (start == null) {
            return 0;
        }
        long end = start + pool.sizeBytes();
        long highest = start;
        for (Range range : taken) {
            if (range.start() < end && range.end() > start) {
                highest = Math.max(highest, Math.min(range.end(), end));
            }
        }
        return highest - start;
    }

    /** Sum over the pools. */
    long used() {
        return pools.stream().mapToLong(this::used).sum();
    }
}
