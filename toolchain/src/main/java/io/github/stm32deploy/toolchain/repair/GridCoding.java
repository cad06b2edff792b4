// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How boxes come from the last convolutions of a detector on grids. A cell is (gx, gy), counted from 0; a step is the distance
 * of two cells in the units of the boxes.
 *
 * @param form of boxes
 * @param levels from the first rows of the former output to the last
 * @param points of each box; their numbers stand behind the box and its objectness
 * @param scores numbers of each box that become scores: objectness and classes; all through a sigmoid
 * @param bins of the distribution of each distance; 0 where a distance is one number
 */
public record GridCoding(Form form, List<Level> levels, int points, int scores, int bins) {
    /** t are the raw numbers of a cell and anchor, s is the sigmoid. */
    public enum Form {
        /** Centre (2 s(t) - 0.5 + g) step, size (2 s(t))^2 anchor: YOLOv5, YOLOv7. */
        TWICE_SIGMOID,
        /** Centre (s(t) + g) step, size exp(t) anchor: YOLOv3 (arXiv:1804.02767). */
        SIGMOID_EXP,
        /** Centre (t + g) step, size exp(t) step: YOLOX (arXiv:2107.08430). */
        LINEAR_EXP,
        /** Edges at the mean of a distribution over 0, 1, 2... steps from (g + 0.5) step: YOLOv8. */
        DISTRIBUTIONS
    }

    /** Width and height of an anchor, in the units of the boxes. */
    public record Anchor(float width, float height) {}

    /**
     * @param outputs tensors [1, channels, rows, columns] of this grid: numbers of an anchor follow each other, anchor by anchor
     * @param anchors of each cell; empty where sizes are multiples of the step
     */
    public record Level(List<String> outputs, int columns, int rows, float stepX, float stepY, List<Anchor> anchors) {
        public Level {
            outputs = List.copyOf(outputs);
            anchors = List.copyOf(anchors);
        }

        private Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("outputs", outputs);
            fields.put("columns", columns);
            fields.put("rows", rows);
            fields.put("stepX", stepX);
            fields.put("stepY", stepY);
            if (!anchors.isEmpty()) {
                fields.put(
                        "sizes",
                        anchors.stream()
                                .map(anchor -> List.of(anchor.width(), anchor.height()))
                                .toList());
            }
            return fields;
        }
    }

    public GridCoding {
        levels = List.copyOf(levels);
    }

    /** The family that such heads belong to, in the words of recipes. */
    public String family() {
        return switch (form) {
            case TWICE_SIGMOID -> points > 0 ? "yolov5-face" : "yolov5";
            case SIGMOID_EXP -> "yolov3";
            case LINEAR_EXP -> "yolox";
            case DISTRIBUTIONS -> "yolov8";
        };
    }

    /** The fields of a recipe's {@code decoder}. */
    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("coding", form.name().toLowerCase(Locale.ROOT).replace('_', '-'));
        fields.put("scores", scores);
        if (points > 0) {
            fields.put("points", points);
        }
        if (bins > 0) {
            fields.put("bins", bins);
        }
        fields.put("levels", levels.stream().map(Level::fields).toList());
        return fields;
    }

    /** What an application has to do with the raw numbers t of a cell. */
    String words() {
        List<String> parts = new ArrayList<>();
        switch (form) {
            case TWICE_SIGMOID -> {
                parts.add("centre (2 sigmoid(t) - 0.5 + cell) step");
                parts.add("size (2 sigmoid(t))^2 anchor");
            }
            case SIGMOID_EXP -> {
                parts.add("centre (sigmoid(t) + cell) step");
                parts.add("size exp(t) anchor");
            }
            case LINEAR_EXP -> {
                parts.add("centre (t + cell) step");
                parts.add("size exp(t) step");
            }
            case DISTRIBUTIONS ->
                parts.add("each edge lies the mean of its " + bins
                        + " softmax bins, in steps, from the middle of the cell");
        }
        if (points > 0) {
            parts.add("points t anchor + cell step");
        }
        parts.add("scores sigmoid(t)");
        return String.join(", ", parts);
    }
}
