// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * YOLOv8 (ultralytics) and its face models (derronqi/yolov8-face): raw heads with distributions over distances
 * (arXiv:2006.04388), or rows that the network decoded.
 *
 * @param bins of the distribution of each edge; 0 where boxes are decoded: centre and size
 * @param clipAtZero edges left of or above the input move to its border
 * @param landmarks points of each box, each x, y and a visibility that is not read
 * @param levels from fine to coarse; one where boxes are decoded
 * @param score NONE for probabilities, SIGMOID for logits; of the best class
 */
public record YoloV8Spec(
        int inputWidth,
        int inputHeight,
        int classes,
        int bins,
        boolean clipAtZero,
        int landmarks,
        List<Level> levels,
        ScoreRule score,
        NmsSpec nms,
        Capacity capacity)
        implements DecoderSpec {
    static final int USUAL_BINS = 16;
    static final int MOST_LANDMARKS = 17;
    private static final int MOST_BINS = 32;

    /**
     * One grid.
     *
     * @param strideX pixels of the network input for one unit of the numbers
     * @param points not read where there are no landmarks
     */
    public record Level(
            int gridWidth,
            int gridHeight,
            float strideX,
            float strideY,
            HeadPart scores,
            HeadPart boxes,
            HeadPart points) {
        int cells() {
            return gridWidth * gridHeight;
        }
    }

    public YoloV8Spec {
        levels = List.copyOf(levels);
        Objects.requireNonNull(score);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
        if (bins > MOST_BINS || landmarks > MOST_LANDMARKS || classes < 1) {
            throw new IllegalArgumentException(bins + " bins, " + landmarks + " points, " + classes + " classes");
        }
    }

    @Override
    public String family() {
        return "YOLOv8";
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
    public YoloV8Spec withScoreThreshold(float threshold) {
        return with(score.withThreshold(threshold), capacity);
    }

    @Override
    public YoloV8Spec withCapacity(Capacity value) {
        return with(score, value);
    }

    @Override
    public YoloV8Spec withNms(NmsSpec value) {
        return new YoloV8Spec(
                inputWidth, inputHeight, classes, bins, clipAtZero, landmarks, levels, score, value, capacity);
    }

    private YoloV8Spec with(ScoreRule rule, Capacity buffers) {
        return new YoloV8Spec(
                inputWidth, inputHeight, classes, bins, clipAtZero, landmarks, levels, rule, nms, buffers);
    }

    @Override
    public FamilyDecoder decoder() {
        return new YoloV8Decoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return levels.stream()
                .map(level -> new ScoreRead(level.scores().output(), score))
                .toList();
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        List<String> fields = new ArrayList<>(List.of(
                CParameters.rule(score),
                CParameters.field("class_count", classes),
                CParameters.field("bins", bins),
                CParameters.field("clip_at_zero", clipAtZero),
                CParameters.field("landmark_count", landmarks),
                CParameters.field("level_count", levels.size())));
        for (int i = 0; i < levels.size(); i++) {
            Level level = levels.get(i);
            fields.add(CParameters.nested(
                    "level[" + i + "]",
                    CParameters.field("grid_width", level.gridWidth()),
                    CParameters.field("grid_height", level.gridHeight()),
                    CParameters.field("stride_x", CParameters.real(level.strideX())),
                    CParameters.field("stride_y", CParameters.real(level.strideY())),
                    level.scores().field("scores"),
                    level.boxes().field("boxes"),
                    level.points().field("landmarks"),
                    CParameters.threshold(thresholds.get(i))));
        }
        return new CParameters("yolov8", fields);
    }
}
