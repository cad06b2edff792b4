// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * YOLO detectors that have an objectness beside their classes: YOLOv5-face, YOLOv5, YOLOv7, YOLOX, st_yolo_x, YOLOv3. Formulas
 * and sources stand in {@code n6_decode_yolo.h}.
 *
 * @param family as people write it
 * @param classes numbers of classes; not read where the score is the objectness alone
 * @param landmarks points of each box
 * @param levels from fine to coarse; one with one anchor where boxes are decoded
 * @param score NONE for probabilities, SIGMOID for logits, of objectness and classes alike
 */
public record YoloSpec(
        String family,
        int inputWidth,
        int inputHeight,
        BoxForm form,
        ScoreForm scoreForm,
        int classes,
        int landmarks,
        int anchorsPerCell,
        List<Level> levels,
        ScoreRule score,
        NmsSpec nms,
        Capacity capacity)
        implements DecoderSpec {
    static final int BOX = 4;
    /** Numbers before the classes, or before the points. */
    static final int BOX_AND_OBJECTNESS = BOX + 1;

    private static final int MOST_ANCHORS = 5;
    private static final int MOST_LANDMARKS = 5;

    /** In the order of {@code n6_yolo_box_t}. */
    public enum BoxForm {
        /** Centre (2 s(t) - 0.5 + g) step, size (2 s(t))^2 anchor. */
        TWICE_SIGMOID,
        /** Centre (s(t) + g) step, size exp(t) anchor. */
        SIGMOID_EXP,
        /** Centre (t + g) step, size exp(t) step. */
        LINEAR_EXP,
        /** The network did it. */
        DECODED
    }

    /** In the order of {@code n6_yolo_score_t}. */
    public enum ScoreForm {
        OBJECTNESS,
        /** The best class. */
        TIMES_CLASS,
        TIMES_SOFTMAX,
        /** A candidate for each class that passes; its flat index is that of the class. */
        EVERY_CLASS
    }

    /** In pixels of the network input. */
    public record Anchor(float width, float height) {
        static List<Anchor> of(float... sizes) {
            List<Anchor> anchors = new ArrayList<>();
            for (int i = 0; i + 1 < sizes.length; i += 2) {
                anchors.add(new Anchor(sizes[i], sizes[i + 1]));
            }
            return anchors;
        }
    }

    /**
     * One grid.
     *
     * @param stepX pixels of the network input from a cell to the next; for decoded boxes those of one unit
     * @param anchors as many as in a cell where the form has them
     * @param points not read where there are no landmarks
     */
    public record Level(
            int gridWidth,
            int gridHeight,
            float stepX,
            float stepY,
            List<Anchor> anchors,
            HeadPart boxes,
            HeadPart objectness,
            HeadPart classScores,
            HeadPart points) {
        public Level {
            anchors = List.copyOf(anchors);
        }

        int cells() {
            return gridWidth * gridHeight;
        }
    }

    public YoloSpec {
        Objects.requireNonNull(family);
        Objects.requireNonNull(form);
        Objects.requireNonNull(scoreForm);
        Objects.requireNonNull(score);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
        levels = List.copyOf(levels);
        boolean anchored = form == BoxForm.TWICE_SIGMOID || form == BoxForm.SIGMOID_EXP;
        for (Level level : levels) {
            if (anchored && level.anchors().size() != anchorsPerCell) {
                throw new IllegalArgumentException(
                        level.anchors().size() + " anchors where a cell has " + anchorsPerCell);
            }
        }
        if (anchorsPerCell < 1 || anchorsPerCell > MOST_ANCHORS || landmarks > MOST_LANDMARKS || classes < 1) {
            throw new IllegalArgumentException(
                    anchorsPerCell + " anchors, " + landmarks + " points, " + classes + " classes");
        }
    }

    @Override
    public int landmarkCount() {
        return landmarks;
    }

    @Override
    public float scoreThreshold() {
        return score.threshold();
    }

    @Override
    public YoloSpec withScoreThreshold(float threshold) {
        return with(score.withThreshold(threshold), capacity);
    }

    @Override
    public YoloSpec withCapacity(Capacity value) {
        return with(score, value);
    }

    @Override
    public YoloSpec withNms(NmsSpec value) {
        return new YoloSpec(
                family,
                inputWidth,
                inputHeight,
                form,
                scoreForm,
                classes,
                landmarks,
                anchorsPerCell,
                levels,
                score,
                value,
                capacity);
    }

    private YoloSpec with(ScoreRule rule, Capacity buffers) {
        return new YoloSpec(
                family,
                inputWidth,
                inputHeight,
                form,
                scoreForm,
                classes,
                landmarks,
                anchorsPerCell,
                levels,
                rule,
                nms,
                buffers);
    }

    @Override
    public FamilyDecoder decoder() {
        return new YoloDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return levels.stream()
                .map(level -> new ScoreRead(level.objectness().output(), score))
                .toList();
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        List<String> fields = new ArrayList<>(List.of(
                CParameters.rule(score),
                CParameters.field("box", "N6_YOLO_" + form),
                CParameters.field("score_of", "N6_YOLO_" + scoreForm),
                CParameters.field("class_count", classes),
                CParameters.field("landmark_count", landmarks),
                CParameters.field("anchors_per_cell", anchorsPerCell),
                CParameters.field("level_count", levels.size())));
        for (int i = 0; i < levels.size(); i++) {
            Level level = levels.get(i);
            List<String> parts = new ArrayList<>(List.of(
                    CParameters.field("grid_width", level.gridWidth()),
                    CParameters.field("grid_height", level.gridHeight()),
                    CParameters.field("step_x", CParameters.real(level.stepX())),
                    CParameters.field("step_y", CParameters.real(level.stepY()))));
            for (int a = 0; a < level.anchors().size(); a++) {
                Anchor anchor = level.anchors().get(a);
                parts.add(CParameters.nested(
                        "anchor[" + a + "]",
                        CParameters.field("width", CParameters.real(anchor.width())),
                        CParameters.field("height", CParameters.real(anchor.height()))));
            }
            parts.add(level.boxes().field("boxes"));
            parts.add(level.objectness().field("objectness"));
            parts.add(level.classScores().field("classes"));
            parts.add(level.points().field("landmarks"));
            parts.add(CParameters.threshold(thresholds.get(i)));
            fields.add(CParameters.nested("level[" + i + "]", parts.toArray(String[]::new)));
        }
        return new CParameters("yolo", fields);
    }
}
