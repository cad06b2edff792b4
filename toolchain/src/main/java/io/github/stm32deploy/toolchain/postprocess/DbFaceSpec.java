// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Objects;

/**
 * DBFace (dlunion/DBFace): peaks of a heat map, distances to the four sides and five landmarks on one grid.
 *
 * @param stride input pixels per cell
 * @param channelsLast outputs are [1, h, w, c]; otherwise [1, c, h, w]
 * @param heatmapOutput index of the 1-channel output in the network's outputs; the others likewise
 */
public record DbFaceSpec(
        int inputWidth,
        int inputHeight,
        int stride,
        boolean channelsLast,
        int heatmapOutput,
        int boxOutput,
        int landmarkOutput,
        ScoreRule score,
        NmsSpec nms,
        Capacity capacity)
        implements DecoderSpec {
    static final int LANDMARKS = 5;

    public DbFaceSpec {
        Objects.requireNonNull(score);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
    }

    @Override
    public String family() {
        return "DBFace";
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
    public DbFaceSpec withScoreThreshold(float threshold) {
        return with(score.withThreshold(threshold), capacity);
    }

    @Override
    public DbFaceSpec withCapacity(Capacity value) {
        return with(score, value);
    }

    @Override
    public DbFaceSpec withNms(NmsSpec value) {
        return new DbFaceSpec(
                inputWidth,
                inputHeight,
                stride,
                channelsLast,
                heatmapOutput,
                boxOutput,
                landmarkOutput,
                score,
                value,
                capacity);
    }

    private DbFaceSpec with(ScoreRule rule, Capacity buffers) {
        return new DbFaceSpec(
                inputWidth,
                inputHeight,
                stride,
                channelsLast,
                heatmapOutput,
                boxOutput,
                landmarkOutput,
                rule,
                nms,
                buffers);
    }

    @Override
    public FamilyDecoder decoder() {
        return new DbFaceDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return List.of(new ScoreRead(heatmapOutput, score));
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        return new CParameters(
                "dbface",
                List.of(
                        CParameters.field("stride", CParameters.real(stride)),
                        CParameters.field("channels_last", channelsLast),
                        CParameters.field("heatmap_output", heatmapOutput),
                        CParameters.field("box_output", boxOutput),
                        CParameters.field("landmark_output", landmarkOutput),
                        CParameters.rule(score),
                        CParameters.threshold(thresholds.get(0))));
    }
}
