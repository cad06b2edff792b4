// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** Cheapest way to part a directed graph into two sides: Edmonds and Karp's maximum flow (JACM 19, 1972). */
final class MinimumCut {
    /** No cut goes through such an edge. */
    static final long NEVER = Long.MAX_VALUE / 4;

    static final int SOURCE = 0;
    static final int SINK = 1;

    private final List<List<Integer>> edgesOf = new ArrayList<>();
    private final List<Integer> heads = new ArrayList<>();
    private final List<Long> capacities = new ArrayList<>();

    MinimumCut() {
        vertex();
        vertex();
    }

    int vertex() {
        edgesOf.add(new ArrayList<>());
        return edgesOf.size() - 1;
    }

    /** Costs {@code capacity} where {@code from} is on the side of the source and {@code to} on that of the sink. */
    void edge(int from, int to, long capacity) {
        edgesOf.get(from).add(heads.size());
        heads.add(to);
        capacities.add(capacity);
        edgesOf.get(to).add(heads.size());
        heads.add(from);
        capacities.add(0L);
    }

    /** True for every vertex on the side of the source, in the cut nearest to it. */
    boolean[] sourceSide() {
        int[] through = search();
        while (through[SINK] >= 0) {
            long least = NEVER;
            for (int vertex = SINK; vertex != SOURCE; vertex = heads.get(through[vertex] ^ 1)) {
                least = Math.min(least, capacities.get(through[vertex]));
            }
            for (int vertex = SINK; vertex != SOURCE; vertex = heads.get(through[vertex] ^ 1)) {
                int edge = through[vertex];
                capacities.set(edge, capacities.get(edge) - least);
                capacities.set(edge ^ 1, capacities.get(edge ^ 1) + least);
            }
            through = search();
        }
        boolean[] side = new boolean[through.length];
        for (int vertex = 0; vertex < side.length; vertex++) {
            side[vertex] = vertex == SOURCE || through[vertex] >= 0;
        }
        return side;
    }

    /** The edge through which each vertex is reached from the source first, -1 where it is not. */
    private int[] search() {
        int[] through = new int[edgesOf.size()];
        Arrays.fill(through, -1);
        Deque<Integer> open = new ArrayDeque<>(List.of(SOURCE));
        while (!open.isEmpty()) {
            int vertex = open.remove();
            for (int edge : edgesOf.get(vertex)) {
                int next = heads.get(edge);
                if (next != SOURCE && through[next] < 0 && capacities.get(edge) > 0) {
                    through[next] = edge;
                    open.add(next);
                }
            }
        }
        return through;
    }
}
