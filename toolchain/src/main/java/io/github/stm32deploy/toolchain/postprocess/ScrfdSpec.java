// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * SCRFD (arXiv:2105.04714; deepinsight/insightface): distances in strides from the corner of a cell, several anchors in each.
 *
 * @param levels from fine to coarse
 * @param score NONE for probabilities, SIGMOID where the head gives logits
 */
public record ScrfdSpec(
        int inputWidth,
        int inputHeight,
        int anchorsPerCell,
        boolean hasLandmarks,
        List<Level> levels,
        ScoreRule score,
        NmsSpec nms,
        Capacity capacity)
        implements DecoderSpec {
    static final int LANDMARKS = 5;

    /**
     * One stride.
     *
     * @param landmarks not read where the model has none
     */
    public record Level(
            int gridWidth, int gridHeight, int stride, HeadPart scores, HeadPart boxes, HeadPart landmarks) {
        int cells() {
            return gridWidth * gridHeight;
        }
    }

    public ScrfdSpec {
        levels = List.copyOf(levels);
        Objects.requireNonNull(score);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
    }

    @Override
    public String family() {
        return "SCRFD";
    }

    @Override
    public int landmarkCount() {
        return hasLandmarks ? LANDMARKS : 0;
    }

    @Override
    public float scoreThreshold() {
        return score.threshold();
    }

    @Override
    public ScrfdSpec withScoreThreshold(float threshold) {
        return with(score.withThreshold(threshold), capacity);
    }

    @Override
    public ScrfdSpec withCapacity(Capacity value) {
        return with(score, value);
    }

    @Override
    public ScrfdSpec withNms(NmsSpec value) {
        return new ScrfdSpec(inputWidth, inputHeight, anchorsPerCell, hasLandmarks, levels, score, value, capacity);
    }

    private ScrfdSpec with(ScoreRule rule, Capacity buffers) {
        return new ScrfdSpec(inputWidth, inputHeight, anchorsPerCell, hasLandmarks, levels, rule, nms, buffers);
    }

    @Override
    public FamilyDecoder decoder() {
        return new ScrfdDecoder(this);
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
                CParameters.field("anchors_per_cell", anchorsPerCell),
                CParameters.field("has_landmarks", hasLandmarks),
                CParameters.field("level_count", levels.size())));
        for (int i = 0; i < levels.size(); i++) {
            Level level = levels.get(i);
            fields.add(CParameters.nested(
                    "level[" + i + "]",
                    CParameters.field("grid_width", level.gridWidth()),
                    CParameters.field("grid_height", level.gridHeight()),
                    CParameters.field("stride", CParameters.real(level.stride())),
                    level.scores().field("scores"),
                    level.boxes().field("boxes"),
                    level.landmarks().field("landmarks"),
                    CParameters.threshold(thresholds.get(i))));
        }
        return new CParameters("scrfd", fields);
    }
}
