// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Objects;

/**
 * Networks that end in Caffe's and OpenVINO's DetectionOutput (face-detection-adas-0001): rows [.., N, 7] of image, label, score
 * and corners from 0 to 1, decoded and suppressed inside; the first negative image ends them.
 *
 * @param output index in the network's outputs
 */
public record DetectionOutputSpec(
        int inputWidth, int inputHeight, int output, ScoreRule score, NmsSpec nms, Capacity capacity)
        implements DecoderSpec {
    static final int COLUMNS = 7;

    public DetectionOutputSpec {
        Objects.requireNonNull(score);
        Objects.requireNonNull(nms);
        Objects.requireNonNull(capacity);
    }

    @Override
    public String family() {
        return "detection output";
    }

    @Override
    public int landmarkCount() {
        return 0;
    }

    @Override
    public float scoreThreshold() {
        return score.threshold();
    }

    @Override
    public DetectionOutputSpec withScoreThreshold(float threshold) {
        return new DetectionOutputSpec(inputWidth, inputHeight, output, score.withThreshold(threshold), nms, capacity);
    }

    @Override
    public DetectionOutputSpec withCapacity(Capacity value) {
        return new DetectionOutputSpec(inputWidth, inputHeight, output, score, nms, value);
    }

    @Override
    public DetectionOutputSpec withNms(NmsSpec value) {
        return new DetectionOutputSpec(inputWidth, inputHeight, output, score, value, capacity);
    }

    @Override
    public FamilyDecoder decoder() {
        return new DetectionOutputDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return List.of(new ScoreRead(output, score));
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        return new CParameters(
                "detection_output",
                List.of(
                        CParameters.field("output", output),
                        CParameters.field("width", CParameters.real(inputWidth)),
                        CParameters.field("height", CParameters.real(inputHeight)),
                        CParameters.rule(score),
                        CParameters.threshold(thresholds.get(0))));
    }
}
