// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Memory of samples that goes round: outside of the heap, where a graph reads it in place, and no more of it than samples are
 * under way at a time. A sample of a megabyte on the heap is garbage after one run, and the heap grows until somebody looks.
 */
final class SampleMemory {
    /** Samples that are read, waiting and worked on. */
    private static final int AT_A_TIME = 4;

    private final Map<Integer, Deque<ByteBuffer>> free = new HashMap<>();
    private final Map<Integer, Integer> made = new HashMap<>();

    /** {@code size} bytes, little-endian, with any content; on the heap where nothing comes back of what was taken. */
    synchronized ByteBuffer take(int size) {
        ByteBuffer known =
                free.computeIfAbsent(size, unused -> new ArrayDeque<>()).poll();
        if (known != null) {
            return known.clear();
        }
        boolean further = made.merge(size, 1, Integer::sum) <= AT_A_TIME;
        return (further ? ByteBuffer.allocateDirect(size) : ByteBuffer.allocate(size)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** What {@link #take} gave and nobody reads any more; once. */
    synchronized void giveBack(ByteBuffer buffer) {
        if (buffer.isDirect()) {
            free.get(buffer.capacity()).add(buffer);
        }
    }
}
