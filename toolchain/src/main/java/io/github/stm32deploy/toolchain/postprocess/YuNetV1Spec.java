// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * YuNet before 2023 (ShiqiYu/libfacedetection.train; OpenCV 4.5.4 to 4.7): priors, loc [N, 14], conf [N, 2], iou [N, 1].
 *
 * @param locOutput index of loc in the network's outputs; the others likewise
 * @param levels from fine to coarse
 * @param logits conf has no softmax yet
 * @param score of the probability of a face
 */
public record YuNetV1Spec(
        int inputWidth,
        int inputHeight,
        int locOutput,
        int confOutput,
        int iouOutput,
        List<Level> levels,
        boolean logits,
        ScoreRule score,
        NmsSpec nms,
        Capacity capacity)
        implements DecoderSpec {
    static final int LANDMARKS = 5;
    static final float CENTRE_VARIANCE = 0.1f;
    static final float WIDTH_VARIANCE = 0.1f;
    static final float HEIGHT_VARIANCE = 0.2f;
    private static final List<List<Integer>> SIZES =
            List.of(List.of(10, 16, 24), List.of(32, 48), List.of(64, 96), List.of(128, 192, 256));
    private static final int FIRST_STEP = 8;

    /**
     * Priors on one grid: in every cell one square per size, centred at ((c + 0.5) * step, (r + 0.5) * step).
     *
     * @param step pixels per cell
     * @param sizes sides in pixels
     */
    public record Level(int gridWidth, int gridHeight, int step, List<Integer> sizes) {
        public Level {
            sizes = List.copyOf(sizes);
        }

        public int priors() {
            return gridWidth * gridHeight * sizes.size();
        }
    }

    /** A prior: centre and side in pixels of the input. */
    public record Prior(float x, float y, float size) {}

    public YuNetV1Spec {
        levels = List.copyOf(levels);
        Objects.requireNonNull(score);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
    }

    /** The published grids and sizes for an input: halved twice, the first time rounded up, then once more per level. */
    public static List<Level> levels(int inputWidth, int inputHeight) {
        List<Level> levels = new ArrayList<>();
        int gridWidth = (inputWidth + 1) / 2 / 2;
        int gridHeight = (inputHeight + 1) / 2 / 2;
        int step = FIRST_STEP;
        for (List<Integer> sizes : SIZES) {
            gridWidth /= 2;
            gridHeight /= 2;
            levels.add(new Level(gridWidth, gridHeight, step, sizes));
            step *= 2;
        }
        return levels;
    }

    /** Number of priors of the published grids for an input. */
    public static int priorCount(int inputWidth, int inputHeight) {
        return levels(inputWidth, inputHeight).stream().mapToInt(Level::priors).sum();
    }

    /** All priors in the order of the flat index. */
    public List<Prior> priors() {
        List<Prior> priors = new ArrayList<>();
        for (Level level : levels) {
            for (int n = 0; n < level.priors(); n++) {
                priors.add(prior(level, n));
            }
        }
        return priors;
    }

    static Prior prior(Level level, int n) {
        int cell = n / level.sizes().size();
        return new Prior(
                ((float) (cell % level.gridWidth()) + 0.5f) * level.step(),
                ((float) (cell / level.gridWidth()) + 0.5f) * level.step(),
                level.sizes().get(n % level.sizes().size()));
    }

    @Override
    public String family() {
        return "YuNet v1";
    }

    @Override
    public int landmarkCount() {
        return LANDMARKS;
    }

    @Override
    public float scoreThreshold() {
        return score.threshold();
    }

    @Override
    public YuNetV1Spec withScoreThreshold(float threshold) {
        return new YuNetV1Spec(
                inputWidth,
                inputHeight,
                locOutput,
                confOutput,
                iouOutput,
                levels,
                logits,
                score.withThreshold(threshold),
                nms,
                capacity);
    }

    @Override
    public YuNetV1Spec withCapacity(Capacity value) {
        return new YuNetV1Spec(
                inputWidth, inputHeight, locOutput, confOutput, iouOutput, levels, logits, score, nms, value);
    }

    @Override
    public YuNetV1Spec withNms(NmsSpec value) {
        return new YuNetV1Spec(
                inputWidth, inputHeight, locOutput, confOutput, iouOutput, levels, logits, score, value, capacity);
    }

    @Override
    public FamilyDecoder decoder() {
        return new YuNetV1Decoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return List.of(logits ? new ScoreRead(confOutput, ruleOfLogits(), true) : new ScoreRead(confOutput, score));
    }

    /** Of the difference of the two logits, for the largest iou: the sigmoid reaches the smallest probability that passes. */
    ScoreRule ruleOfLogits() {
        float smallest = score.stored(ElementType.FLOAT32, 1, 0).value();
        return ScoreRule.atLeast(ScoreRule.Activation.SIGMOID, smallest);
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        List<String> fields = new ArrayList<>(List.of(
                CParameters.field("loc_output", locOutput),
                CParameters.field("conf_output", confOutput),
                CParameters.field("iou_output", iouOutput),
                CParameters.field("centre_variance", CParameters.real(CENTRE_VARIANCE)),
                CParameters.field("width_variance", CParameters.real(WIDTH_VARIANCE)),
                CParameters.field("height_variance", CParameters.real(HEIGHT_VARIANCE)),
                CParameters.field("logits", logits),
                CParameters.rule(score),
                CParameters.threshold(thresholds.get(0)),
                CParameters.field("level_count", levels.size())));
        for (int i = 0; i < levels.size(); i++) {
            Level level = levels.get(i);
            String sizes =
                    level.sizes().stream().map(CParameters::real).collect(Collectors.joining(", ", ".size = {", "}"));
            fields.add(CParameters.nested(
                    "level[" + i + "]",
                    CParameters.field("grid_width", level.gridWidth()),
                    CParameters.field("grid_height", level.gridHeight()),
                    CParameters.field("step", CParameters.real(level.step())),
                    CParameters.field("size_count", level.sizes().size()),
                    sizes));
        }
        return new CParameters("yunet_v1", fields);
    }
}
