// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Objects;

/**
 * Plain output of a classifier: the labels with the largest values, best first, equal values by lower index. The score is
 * the network's own value.
 *
 * @param output index in the network's outputs
 * @param capacity both numbers are the k of "top k"
 */
public record ClassifierSpec(int output, Capacity capacity) implements DecoderSpec {
    public ClassifierSpec {
        Objects.requireNonNull(capacity);
    }

    @Override
    public String family() {
        return "classifier";
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
    public float scoreThreshold() {
        return 0;
    }

    /** A classifier has no threshold: the same decoder. */
    @Override
    public ClassifierSpec withScoreThreshold(float threshold) {
        return this;
    }

    @Override
    public ClassifierSpec withCapacity(Capacity value) {
        return new ClassifierSpec(output, value);
    }

    @Override
    public ClassifierSpec withNms(NmsSpec value) {
        return this;
    }

    @Override
    public FamilyDecoder decoder() {
        return new ClassifierDecoder(this);
    }

    @Override
    public List<ScoreRead> scoreReads(List<ModelOutput> outputs) {
        return List.of();
    }

    @Override
    public CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds) {
        return new CParameters("classifier", List.of(CParameters.field("output", output)));
    }
}
