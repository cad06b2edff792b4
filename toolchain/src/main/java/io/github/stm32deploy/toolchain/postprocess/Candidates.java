// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/** The bounded set of candidates of one frame: the best by rank stay. */
final class Candidates {
    static final Comparator<Candidate> BEST_FIRST = (a, b) -> a.outranks(b) ? -1 : b.outranks(a) ? 1 : 0;

    private final int capacity;
    private final PriorityQueue<Candidate> lowestFirst = new PriorityQueue<>(BEST_FIRST.reversed());
    private int offered;

    Candidates(int capacity) {
        this.capacity = capacity;
    }

    /** Drops a candidate that is not finite, so that it can suppress nothing. */
    void offer(Candidate candidate) {
        if (!candidate.isFinite()) {
            return;
        }
        offered++;
        lowestFirst.add(candidate);
        if (lowestFirst.size() > capacity) {
            lowestFirst.remove();
        }
    }

    int offered() {
        return offered;
    }

    int capacity() {
        return capacity;
    }

    List<Candidate> bestFirst() {
        List<Candidate> sorted = new ArrayList<>(lowestFirst);
        sorted.sort(BEST_FIRST);
        return sorted;
    }
}
