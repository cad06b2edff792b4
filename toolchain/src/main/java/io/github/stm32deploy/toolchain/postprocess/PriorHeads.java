// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput.Ending;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The outputs of a detector with priors: boxes, two scores and perhaps landmarks for each prior, joined or apart for each grid.
 *
 * @param boxes what the boxes' values are
 * @param scores what the scores' values are
 */
record PriorHeads(List<SsdSpec.Head> heads, Ending boxes, Ending scores) {
    private static final int BOX = 4;

    /**
     * @param classes columns of the scores, other than four
     * @param landmarks points of a prior; 0 where there are none
     * @return empty where the outputs are not exactly these, or more than one could be meant
     */
    static Optional<PriorHeads> find(List<ModelOutput> outputs, Priors priors, int classes, int landmarks) {
        int each = landmarks > 0 ? 3 : 2;
        if (outputs.size() == each) {
            return joined(outputs, priors.count(), classes, landmarks);
        }
        if (outputs.size() != each * priors.levels().size() || priors.levels().size() > SsdSpec.MAX_HEADS) {
            return Optional.empty();
        }
        List<SsdSpec.Head> heads = new ArrayList<>();
        for (Priors.Level level : priors.levels()) {
            Optional<SsdSpec.Head> head = head(outputs, level, classes, landmarks);
            if (head.isEmpty()) {
                return Optional.empty();
            }
            heads.add(head.get());
        }
        return of(outputs, heads);
    }

    private static Optional<PriorHeads> joined(List<ModelOutput> outputs, int rows, int classes, int landmarks) {
        Optional<Integer> box = rowsOf(outputs, rows, BOX);
        Optional<Integer> score = rowsOf(outputs, rows, classes);
        Optional<Integer> points = landmarks == 0 ? Optional.of(0) : rowsOf(outputs, rows, 2 * landmarks);
        if (box.isEmpty() || score.isEmpty() || points.isEmpty()) {
            return Optional.empty();
        }
        return of(outputs, List.of(new SsdSpec.Head(SsdSpec.Layout.ROWS, box.get(), score.get(), points.get(), rows)));
    }

    private static Optional<PriorHeads> of(List<ModelOutput> outputs, List<SsdSpec.Head> heads) {
        List<Ending> boxes = heads.stream()
                .map(head -> outputs.get(head.boxOutput()).ending())
                .distinct()
                .toList();
        List<Ending> scores = heads.stream()
                .map(head -> outputs.get(head.scoreOutput()).ending())
                .distinct()
                .toList();
        return boxes.size() == 1 && scores.size() == 1
                ? Optional.of(new PriorHeads(heads, boxes.get(0), scores.get(0)))
                : Optional.empty();
    }

    private static Optional<SsdSpec.Head> head(
            List<ModelOutput> outputs, Priors.Level level, int classes, int landmarks) {
        for (SsdSpec.Layout layout : SsdSpec.Layout.values()) {
            Optional<Integer> box = outputOf(outputs, level, layout, BOX);
            Optional<Integer> score = outputOf(outputs, level, layout, classes);
            Optional<Integer> points =
                    landmarks == 0 ? Optional.of(0) : outputOf(outputs, level, layout, 2 * landmarks);
            if (box.isPresent() && score.isPresent() && points.isPresent()) {
                return Optional.of(new SsdSpec.Head(layout, box.get(), score.get(), points.get(), level.count()));
            }
        }
        return Optional.empty();
    }

    private static Optional<Integer> outputOf(
            List<ModelOutput> outputs, Priors.Level level, SsdSpec.Layout layout, int columns) {
        int channels = columns * level.cell().size();
        return switch (layout) {
            case ROWS -> rowsOf(outputs, level.count(), columns);
            case CHANNELS_LAST -> ofShape(outputs, Shape.of(1, level.gridHeight(), level.gridWidth(), channels));
            case CHANNELS_FIRST -> ofShape(outputs, Shape.of(1, channels, level.gridHeight(), level.gridWidth()));
        };
    }

    private static Optional<Integer> rowsOf(List<ModelOutput> outputs, int rows, int columns) {
        return only(
                outputs,
                output -> output.type().shape().rank() <= 3 && output.rows() == rows && output.columns() == columns);
    }

    private static Optional<Integer> ofShape(List<ModelOutput> outputs, Shape shape) {
        return only(outputs, output -> output.type().shape().equals(shape));
    }

    private static Optional<Integer> only(List<ModelOutput> outputs, java.util.function.Predicate<ModelOutput> wanted) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            if (wanted.test(outputs.get(i))) {
                found.add(i);
            }
        }
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }

    /**
     * Scores of background and face, with the softmax that is still to be done.
     *
     * @return empty where the graph ends in arithmetic that says neither
     */
    Optional<ClassScores> faceScores(float threshold, boolean strict) {
        ClassScores probabilities = ClassScores.ofFace(threshold, strict);
        return switch (scores) {
            case SOFTMAX, SIGMOID, UNKNOWN -> Optional.of(probabilities);
            case LINEAR -> Optional.of(probabilities.asLogits());
            case CALCULATED -> Optional.empty();
        };
    }

    /** How the scores were read, for the evidence. */
    String scoresRead() {
        return switch (scores) {
            case SOFTMAX, SIGMOID -> "the graph ends in the activation of the scores";
            case LINEAR -> "the scores are logits, and the decoder does their softmax";
            case CALCULATED, UNKNOWN -> "scores are taken for probabilities, as published";
        };
    }

    /** Raw numbers, as far as is known. */
    boolean hasRawBoxes() {
        return boxes == Ending.LINEAR || boxes == Ending.UNKNOWN;
    }

    /** Names and shapes of the outputs, for the evidence. */
    String words(List<ModelOutput> outputs) {
        SsdSpec.Head first = heads.get(0);
        return heads.size() == 1
                ? "boxes " + outputs.get(first.boxOutput()) + " and scores " + outputs.get(first.scoreOutput())
                : heads.size() + " heads of boxes and scores, the first " + outputs.get(first.boxOutput()) + " and "
                        + outputs.get(first.scoreOutput());
    }
}
