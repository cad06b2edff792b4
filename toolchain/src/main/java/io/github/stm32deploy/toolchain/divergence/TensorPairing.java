// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.divergence;

import io.github.stm32deploy.toolchain.divergence.ComputedTensors.Computed;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Which tensors of two graphs are the same tensor of the network: in the order of both, by name, or by operator and shape where
 * the names differ. The longest such sequence counts, a name three times as much as a likeness.
 */
final class TensorPairing {
    /**
     * @param first index in the one graph
     * @param second index in the other
     * @param byName false where only operator and shape agree
     */
    record Pair(int first, int second, boolean byName) {}

    private static final int SAME_NAME = 3;
    private static final int ALIKE = 1;

    private TensorPairing() {}

    static List<Pair> of(List<Computed> first, List<Computed> second) {
        int[][] best = new int[first.size() + 1][second.size() + 1];
        for (int one = first.size() - 1; one >= 0; one--) {
            for (int other = second.size() - 1; other >= 0; other--) {
                int weight = weight(first.get(one), second.get(other));
                int skipped = Math.max(best[one + 1][other], best[one][other + 1]);
                best[one][other] = weight == 0 ? skipped : Math.max(skipped, weight + best[one + 1][other + 1]);
            }
        }
        List<Pair> pairs = new ArrayList<>();
        int one = 0;
        int other = 0;
        while (one < first.size() && other < second.size()) {
            int weight = weight(first.get(one), second.get(other));
            if (weight > 0 && best[one][other] == weight + best[one + 1][other + 1]) {
                pairs.add(new Pair(one++, other++, weight == SAME_NAME));
            } else if (best[one + 1][other] >= best[one][other + 1]) {
                one++;
            } else {
                other++;
            }
        }
        return Collections.unmodifiableList(pairs);
    }

    private static int weight(Computed first, Computed second) {
        if (!Arrays.equals(sorted(first), sorted(second))) {
            return 0;
        }
        if (first.name().equals(second.name())) {
            return SAME_NAME;
        }
        return first.node().operator().equals(second.node().operator()) ? ALIKE : 0;
    }

    /** Sizes without ones, whatever the order of the axes: one layout of a tensor or the other. */
    private static long[] sorted(Computed tensor) {
        return Arrays.stream(tensor.type().shape().toArray())
                .filter(size -> size != 1)
                .sorted()
                .toArray();
    }
}
