// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A network that sees one face and gives its points: one detection with all of them, its box drawn around them, its score
 * the presence of a face, or 1 where the network does not state it.
 *
 * @param output index of the points in the network's outputs
 * @param values numbers of each point, 2 or 3; x and y first
 * @param scaleX input pixels of 1
 * @param presence index of the logit of "there is a face"
 * @param crop name of the crop in {@code landmark.FaceView}
 */
public record LandmarkSpec(
        String family,
        int inputWidth,
        int inputHeight,
        int output,
        int landmarkCount,
        int values,
        float scaleX,
        float scaleY,
        OptionalInt presence,
        String crop)
        implements DecoderSpec {
    public LandmarkSpec {
        Objects.requireNonNull(family);
        Objects.requireNonNull(presence);
        Objects.requireNonNull(crop);
    }

    @Override
    public Optional<String> view() {
        return Optional.of(crop);
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
        return presence.isPresent() ? 0.5f : 0;
    }

    /** The network says itself whether there is a face: the same decoder. */
    @Override
    public LandmarkSpec withScoreThreshold(float threshold) {
        return this;
    }

    /** There is one face: the same decoder. */
    @Override
    public LandmarkSpec withCapacity(Capacity value) {
        return this;
    }

    @Override
    public LandmarkSpec withNms(NmsSpec value) {
        return this;
    }

    @Override
    public FamilyDecoder decoder() {
        return new LandmarkDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return List.of();
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        return new CParameters(
                "landmarks",
                List.of(
                        CParameters.field("output", output),
                        CParameters.field("points", landmarkCount),
                        CParameters.field("values", values),
                        CParameters.field("scale_x", CParameters.real(scaleX)),
                        CParameters.field("scale_y", CParameters.real(scaleY)),
                        CParameters.field("has_presence", presence.isPresent()),
                        CParameters.field("presence_output", presence.orElse(0))));
    }
}
