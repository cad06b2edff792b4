// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.Objects;
import java.util.Optional;

/**
 * Scores with a column for each class.
 *
 * @param background the column that stands for nothing
 * @param softmax the columns are logits of a softmax; then {@code rule} is a sigmoid, of the difference of two
 * @param firstClass the column that is class 0 of the results
 */
public record ClassScores(int columns, Optional<Integer> background, boolean softmax, int firstClass, ScoreRule rule) {
    /** More than two columns: the difference to one other only bounds the softmax, and rounding is to lose none. */
    private static final float BOUND_SLACK = 0.999999f;

    public ClassScores {
        Objects.requireNonNull(background);
        Objects.requireNonNull(rule);
        if (columns < (softmax ? 2 : 1)
                || background.filter(b -> b < 0 || b >= columns).isPresent()) {
            throw new IllegalArgumentException("background " + background + " of " + columns + " columns");
        }
        if (softmax && rule.activation() != ScoreRule.Activation.SIGMOID) {
            throw new IllegalArgumentException(
                    "a softmax of two is the sigmoid of a difference, not " + rule.activation());
        }
    }

    /** Probabilities of background and face; a face is class 0. */
    static ClassScores ofFace(float threshold, boolean strict) {
        return new ClassScores(
                2, Optional.of(0), false, 1, new ScoreRule(ScoreRule.Activation.NONE, 1, threshold, strict));
    }

    /** The same from what a softmax over the columns is still to be applied to. */
    ClassScores asLogits() {
        return new ClassScores(
                columns,
                background,
                true,
                firstClass,
                new ScoreRule(ScoreRule.Activation.SIGMOID, 1, rule.threshold(), rule.strict()));
    }

    ClassScores withThreshold(float threshold) {
        return new ClassScores(columns, background, softmax, firstClass, rule.withThreshold(threshold));
    }

    int classes() {
        return columns - (background.isPresent() ? 1 : 0);
    }

    /** The column whose logit is subtracted from that of {@code column}. */
    int opponent(int column) {
        return background.orElse(column == 0 ? 1 : 0);
    }

    /** What decides which stored values are looked at. */
    ScoreRead read(int output) {
        ScoreRule first = softmax && columns > 2 ? rule.withThreshold(rule.threshold() * BOUND_SLACK) : rule;
        return new ScoreRead(output, first, softmax);
    }
}
