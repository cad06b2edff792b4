// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * YuNet of 2023 (yunet_n, yunet_s; OpenCV 4.8 and later): per stride cls, obj [1, n, 1], bbox [1, n, 4], kps [1, n, 10].
 *
 * @param score SQRT: sqrt(clamp(cls, 0, 1) * clamp(obj, 0, 1)) as OpenCV; NONE: cls * obj, negative factors as 0
 * @param levels from fine to coarse
 */
public record YuNetV2Spec(
        int inputWidth, int inputHeight, List<Level> levels, ScoreRule score, NmsSpec nms, Capacity capacity)
        implements DecoderSpec {
    static final int LANDMARKS = 5;

    /**
     * One stride.
     *
     * @param clsOutput index of cls in the network's outputs; the others likewise
     */
    public record Level(
            int gridWidth,
            int gridHeight,
            int stride,
            int clsOutput,
            int objOutput,
            int boxOutput,
            int landmarkOutput) {
        public int cells() {
            return gridWidth * gridHeight;
        }
    }

    public YuNetV2Spec {
        levels = List.copyOf(levels);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
        if (score.activation() == ScoreRule.Activation.SIGMOID) {
            throw new IllegalArgumentException("cls and obj of YuNet v2 are probabilities already");
        }
    }

    /** A factor of the score as the rule takes it; NaN stays NaN. */
    float factor(float x) {
        if (x < 0) {
            return 0;
        }
        return score.activation() == ScoreRule.Activation.SQRT && x > 1 ? 1 : x;
    }

    /** The rule for cls alone: what cannot pass with the largest obj that the tensor can hold is not looked at. */
    ScoreRule clsRule(ElementType objElement, float objScale, int objZeroPoint) {
        float largest = switch (objElement) {
            case INT8 -> objScale * (float) (Byte.MAX_VALUE - objZeroPoint);
            case UINT8 -> objScale * (float) (255 - objZeroPoint);
            default -> Float.POSITIVE_INFINITY;
        };
        return score.withFactor(factor(largest));
    }

    @Override
    public String family() {
        return "YuNet v2";
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
    public YuNetV2Spec withScoreThreshold(float threshold) {
        NmsSpec recheck = nms.recheckAbove() ? nms.withRecheckAbove(threshold) : nms;
        return new YuNetV2Spec(inputWidth, inputHeight, levels, score.withThreshold(threshold), recheck, capacity);
    }

    @Override
    public YuNetV2Spec withCapacity(Capacity value) {
        return new YuNetV2Spec(inputWidth, inputHeight, levels, score, nms, value);
    }

    @Override
    public YuNetV2Spec withNms(NmsSpec value) {
        return new YuNetV2Spec(inputWidth, inputHeight, levels, score, value, capacity);
    }

    @Override
    public FamilyDecoder decoder() {
        return new YuNetV2Decoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        List<ScoreRead> reads = new ArrayList<>();
        for (Level level : levels) {
            ModelOutput obj = outputs.get(level.objOutput());
            reads.add(new ScoreRead(level.clsOutput(), clsRule(obj.type().element(), obj.scale(), obj.zeroPoint())));
        }
        return reads;
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        List<String> fields =
                new ArrayList<>(List.of(CParameters.rule(score), CParameters.field("level_count", levels.size())));
        for (int i = 0; i < levels.size(); i++) {
            Level level = levels.get(i);
            fields.add(CParameters.nested(
                    "level[" + i + "]",
                    CParameters.field("grid_width", level.gridWidth()),
                    CParameters.field("grid_height", level.gridHeight()),
                    CParameters.field("stride", CParameters.real(level.stride())),
                    CParameters.field("cls_output", level.clsOutput()),
                    CParameters.field("obj_output", level.objOutput()),
                    CParameters.field("box_output", level.boxOutput()),
                    CParameters.field("landmark_output", level.landmarkOutput()),
                    CParameters.threshold(thresholds.get(i))));
        }
        return new CParameters("yunet_v2", fields);
    }
}
