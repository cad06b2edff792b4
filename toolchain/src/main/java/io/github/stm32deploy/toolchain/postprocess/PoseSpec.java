// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A head-pose network that gives its angles directly: one result of score 1 with yaw in x1, pitch in y1 and roll in x2, in
 * degrees.
 *
 * @param crop name of the crop in {@code landmark.FaceView}
 */
public record PoseSpec(String family, Angle yaw, Angle pitch, Angle roll, String crop) implements DecoderSpec {
    /**
     * Where an angle is: factor * value + offset degrees.
     *
     * @param output index in the network's outputs
     * @param place which of its numbers
     */
    public record Angle(int output, int place, float factor, float offset) {
        String parameters() {
            return "{" + output + ", " + place + ", " + CParameters.real(factor) + ", " + CParameters.real(offset)
                    + "}";
        }
    }

    public PoseSpec {
        Objects.requireNonNull(family);
        Objects.requireNonNull(yaw);
        Objects.requireNonNull(pitch);
        Objects.requireNonNull(roll);
        Objects.requireNonNull(crop);
    }

    @Override
    public Optional<String> view() {
        return Optional.of(crop);
    }

    @Override
    public int inputWidth() {
        return 0;
    }

    @Override
    public int inputHeight() {
        return 0;
    }

    @Override
    public int landmarkCount() {
        return 0;
    }

    @Override
    public NmsSpec nms() {
        return NmsSpec.none();
    }

    @Override
    public Capacity capacity() {
        return new Capacity(1, 1);
    }

    @Override
    public float scoreThreshold() {
        return 0;
    }

    /** There is no score: the same decoder. */
    @Override
    public PoseSpec withScoreThreshold(float threshold) {
        return this;
    }

    /** There is one face: the same decoder. */
    @Override
    public PoseSpec withCapacity(Capacity value) {
        return this;
    }

    @Override
    public PoseSpec withNms(NmsSpec value) {
        return this;
    }

    @Override
    public FamilyDecoder decoder() {
        return new PoseDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return List.of();
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        return new CParameters(
                "angles",
                List.of(
                        CParameters.field("yaw", yaw.parameters()),
                        CParameters.field("pitch", pitch.parameters()),
                        CParameters.field("roll", roll.parameters())));
    }
}
