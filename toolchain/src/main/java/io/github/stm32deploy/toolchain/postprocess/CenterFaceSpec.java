// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Objects;

/**
 * CenterFace (arXiv:1911.03599; Star-Clouds/CenterFace): heatmap, log sizes, offsets and landmarks on one grid.
 *
 * @param stride input pixels per cell
 * @param channelsLast outputs are [1, h, w, c]; otherwise [1, c, h, w]
 * @param heatmapOutput index of the 1-channel output in the network's outputs; the others likewise
 */
public record CenterFaceSpec(
        int inputWidth,
        int inputHeight,
        int stride,
        boolean channelsLast,
        int heatmapOutput,
        int scaleOutput,
        int offsetOutput,
        int landmarkOutput,
        ScoreRule score,
        NmsSpec nms,
        Capacity capacity)
        implements DecoderSpec {
    static final int LANDMARKS = 5;

    public CenterFaceSpec {
        Objects.requireNonNull(score);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
    }

    @Override
    public String family() {
        return "CenterFace";
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
    public CenterFaceSpec withScoreThreshold(float threshold) {
        return with(score.withThreshold(threshold), capacity);
    }

    @Override
    public CenterFaceSpec withCapacity(Capacity value) {
        return with(score, value);
    }

    @Override
    public CenterFaceSpec withNms(NmsSpec value) {
        return new CenterFaceSpec(
                inputWidth,
                inputHeight,
                stride,
                channelsLast,
                heatmapOutput,
                scaleOutput,
                offsetOutput,
                landmarkOutput,
                score,
                value,
                capacity);
    }

    private CenterFaceSpec with(ScoreRule rule, Capacity buffers) {
        return new CenterFaceSpec(
                inputWidth,
                inputHeight,
                stride,
                channelsLast,
                heatmapOutput,
                scaleOutput,
                offsetOutput,
                landmarkOutput,
                rule,
                nms,
                buffers);
    }

    @Override
    public FamilyDecoder decoder() {
        return new CenterFaceDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return List.of(new ScoreRead(heatmapOutput, score));
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        return new CParameters(
                "centerface",
                List.of(
                        CParameters.field("input_width", CParameters.real(inputWidth)),
                        CParameters.field("input_height", CParameters.real(inputHeight)),
                        CParameters.field("stride", CParameters.real(stride)),
                        CParameters.field("channels_last", channelsLast),
                        CParameters.field("heatmap_output", heatmapOutput),
                        CParameters.field("scale_output", scaleOutput),
                        CParameters.field("offset_output", offsetOutput),
                        CParameters.field("landmark_output", landmarkOutput),
                        CParameters.rule(score),
                        CParameters.threshold(thresholds.get(0))));
    }
}
