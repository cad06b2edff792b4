// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What a decoder has to know and the removed part of a graph knew.
 *
 * @param from the operator that it was read from
 * @param boxes empty where the part decoded no boxes
 * @param scores empty where the part read no scores
 * @param suppression empty where the part suppressed nothing
 * @param grid of raw heads on grids; empty where the part read no such heads
 */
public record RecoveredDecoder(
        String from,
        Optional<Boxes> boxes,
        Optional<Scores> scores,
        Optional<Suppression> suppression,
        Optional<GridCoding> grid) {
    /** What is still to be done to scores. */
    public enum Activation {
        NONE,
        SIGMOID,
        SOFTMAX
    }

    /** @param output name of the output that holds the boxes */
    public record Boxes(String output, BoxCoding coding) {}

    /**
     * @param output name of the output that holds the scores
     * @param classes columns of it, the background's included
     * @param background the column that stands for nothing
     * @param activation what the decoder has to apply
     */
    public record Scores(String output, int classes, Optional<Integer> background, Activation activation) {}

    public RecoveredDecoder {
        Objects.requireNonNull(from);
        Objects.requireNonNull(boxes);
        Objects.requireNonNull(scores);
        Objects.requireNonNull(suppression);
        Objects.requireNonNull(grid);
    }

    /** A part that read no heads on grids. */
    public RecoveredDecoder(
            String from, Optional<Boxes> boxes, Optional<Scores> scores, Optional<Suppression> suppression) {
        this(from, boxes, scores, suppression, Optional.empty());
    }

    /** The family that such outputs belong to, in the words of recipes: {@code ssd}, {@code yolov8}, {@code boxes}. */
    public String family() {
        return grid.map(GridCoding::family).orElseGet(this::familyOfBoxes);
    }

    private String familyOfBoxes() {
        return boxes.map(found -> switch (found.coding().form()) {
                    case ANCHOR_DELTAS -> "ssd";
                    case DISTANCES -> "yolov8";
                    case CORNERS, CENTRE -> "boxes";
                })
                .orElse("scores");
    }

    /** The table that a recipe cannot hold in a few lines. */
    public Optional<AnchorTable> anchorFile() {
        return boxes.flatMap(found -> found.coding().anchors())
                .filter(table -> table.levels().isEmpty());
    }

    /**
     * The fields of a recipe's {@code decoder}, family left out.
     *
     * @param anchorFile name of the file that the recipe refers to for a table of anchors
     */
    public Map<String, Object> fields(String anchorFile) {
        Map<String, Object> fields = new LinkedHashMap<>();
        suppression
                .flatMap(Suppression::scoreThreshold)
                .filter(threshold -> threshold >= 0 && threshold <= 1)
                .ifPresent(threshold -> fields.put("scoreThreshold", threshold));
        suppression
                .flatMap(Suppression::maxDetections)
                .filter(most -> most > 0)
                .ifPresent(most -> fields.put("maxDetections", most));
        suppression.ifPresent(found -> fields.put("suppression", found.fields()));
        grid.ifPresent(found -> fields.put("grid", found.fields()));
        boxes.ifPresent(found -> {
            Map<String, Object> inner = new LinkedHashMap<>();
            inner.put("output", found.output());
            inner.putAll(found.coding().fields(anchorFile));
            fields.put("boxes", inner);
        });
        scores.ifPresent(found -> {
            Map<String, Object> inner = new LinkedHashMap<>();
            inner.put("output", found.output());
            inner.put("classes", found.classes());
            found.background().ifPresent(column -> inner.put("background", column));
            inner.put("activation", found.activation().name().toLowerCase(Locale.ROOT));
            fields.put("scores", inner);
        });
        return fields;
    }
}
