// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.task;

import java.util.List;

/**
 * The labels that two classifiers give one image.
 *
 * @param reference best first, at most {@link #RANKS}
 * @param candidate best first, at most {@link #RANKS}
 */
public record LabelMatch(String image, List<Label> reference, List<Label> candidate) {
    /** Labels compared: "top 5". */
    public static final int RANKS = 5;

    public LabelMatch {
        reference = List.copyOf(reference);
        candidate = List.copyOf(candidate);
        if (reference.isEmpty() || candidate.isEmpty()) {
            throw new IllegalArgumentException("a classifier without a label for " + image);
        }
    }

    /** A label with the network's own value for it. */
    public record Label(int index, double score) {}

    /** Both have the same best label. */
    public boolean sameBest() {
        return reference.get(0).index() == candidate.get(0).index();
    }

    /** The reference's best label is among the best five of the candidate. */
    public boolean bestAmongCandidates() {
        return candidate.stream()
                .anyMatch(label -> label.index() == reference.get(0).index());
    }

    /** Labels that stand among the best five of both. */
    public int common() {
        return (int) reference.stream()
                .filter(label -> candidate.stream().anyMatch(other -> other.index() == label.index()))
                .count();
    }

    /** What separates the reference's best label from its second: where that is small, either is as good. */
    public double margin() {
        return reference.size() < 2
                ? Double.POSITIVE_INFINITY
                : reference.get(0).score() - reference.get(1).score();
    }
}
