// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * BlazeFace (arXiv:1907.05047; google-ai-edge/mediapipe, modules/face_detection): anchors of fixed size, six landmarks,
 * scores as logits. Regressors are pixels of a square of side {@code scale}; results are in input pixels, unclipped.
 *
 * @param scale side of the square that regressors refer to, normally the input size
 * @param levels from fine to coarse
 */
public record BlazeFaceSpec(
        int inputWidth,
        int inputHeight,
        float scale,
        int landmarkCount,
        List<Level> levels,
        ScoreRule score,
        NmsSpec nms,
        Capacity capacity)
        implements DecoderSpec {

    /**
     * Anchors on one grid.
     *
     * @param boxOutput index of the regressors [1, N, 4 + 2 * landmarks] in the network's outputs
     * @param scoreOutput index of the logits [1, N, 1]
     * @param firstRow of this level in those two
     */
    public record Level(
            int gridWidth, int gridHeight, int anchorsPerCell, int boxOutput, int scoreOutput, int firstRow) {
        public int anchors() {
            return gridWidth * gridHeight * anchorsPerCell;
        }
    }

    /** Centre of an anchor, normalised to the input. */
    public record Anchor(float x, float y) {}

    public BlazeFaceSpec {
        levels = List.copyOf(levels);
        Objects.requireNonNull(score);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
    }

    @Override
    public String family() {
        return "BlazeFace";
    }

    @Override
    public float scoreThreshold() {
        return score.threshold();
    }

    @Override
    public BlazeFaceSpec withScoreThreshold(float threshold) {
        return new BlazeFaceSpec(
                inputWidth, inputHeight, scale, landmarkCount, levels, score.withThreshold(threshold), nms, capacity);
    }

    @Override
    public BlazeFaceSpec withCapacity(Capacity value) {
        return new BlazeFaceSpec(inputWidth, inputHeight, scale, landmarkCount, levels, score, nms, value);
    }

    @Override
    public BlazeFaceSpec withNms(NmsSpec value) {
        return new BlazeFaceSpec(inputWidth, inputHeight, scale, landmarkCount, levels, score, value, capacity);
    }

    /** All anchors in the order of the flat index. */
    public List<Anchor> anchors() {
        List<Anchor> anchors = new ArrayList<>();
        for (Level level : levels) {
            for (int anchor = 0; anchor < level.anchors(); anchor++) {
                int cell = anchor / level.anchorsPerCell();
                anchors.add(new Anchor(
                        ((float) (cell % level.gridWidth()) + 0.5f) / level.gridWidth(),
                        ((float) (cell / level.gridWidth()) + 0.5f) / level.gridHeight()));
            }
        }
        return anchors;
    }

    /**
     * Grids of MediaPipe's anchor rule: consecutive equal strides share one grid of ceil(input / stride) cells, two anchors
     * a layer, or one where there is no interpolated aspect ratio (the full-range model).
     *
     * @param anchorsPerLayer 2, or 1 without the interpolated aspect ratio
     * @return levels that read box output 0 and score output 1, joined
     */
    public static List<Level> levels(int inputWidth, int inputHeight, List<Integer> strides, int anchorsPerLayer) {
        List<Level> levels = new ArrayList<>();
        int row = 0;
        for (int first = 0; first < strides.size(); ) {
            int stride = strides.get(first);
            int last = first;
            while (last < strides.size() && strides.get(last) == stride) {
                last++;
            }
            Level level = new Level(
                    (inputWidth + stride - 1) / stride,
                    (inputHeight + stride - 1) / stride,
                    (last - first) * anchorsPerLayer,
                    0,
                    1,
                    row);
            levels.add(level);
            row += level.anchors();
            first = last;
        }
        return levels;
    }

    @Override
    public FamilyDecoder decoder() {
        return new BlazeFaceDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return levels.stream()
                .map(level -> new ScoreRead(level.scoreOutput(), score))
                .toList();
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        List<String> fields = new ArrayList<>(List.of(
                CParameters.field("input_width", CParameters.real(inputWidth)),
                CParameters.field("input_height", CParameters.real(inputHeight)),
                CParameters.field("scale", CParameters.real(scale)),
                CParameters.field("landmark_count", landmarkCount),
                CParameters.rule(score),
                CParameters.field("level_count", levels.size())));
        for (int i = 0; i < levels.size(); i++) {
            Level level = levels.get(i);
            fields.add(CParameters.nested(
                    "level[" + i + "]",
                    CParameters.field("grid_width", level.gridWidth()),
                    CParameters.field("grid_height", level.gridHeight()),
                    CParameters.field("anchors_per_cell", level.anchorsPerCell()),
                    CParameters.field("box_output", level.boxOutput()),
                    CParameters.field("score_output", level.scoreOutput()),
                    CParameters.field("first_row", level.firstRow()),
                    CParameters.threshold(thresholds.get(i))));
        }
        return new CParameters("blazeface", fields);
    }
}
