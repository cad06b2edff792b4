// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Optional;

/**
 * How the outputs of one network become detections: the family and everything its decoder needs. The C twin is an
 * {@code n6_decoder_t} with the family's parameters.
 */
public interface DecoderSpec {
    /** The family's name as people write it, {@code BlazeFace}. */
    String family();

    /** Width of the network input in pixels: the frame of the detections' coordinates; 0 where there are no boxes. */
    int inputWidth();

    int inputHeight();

    /**
     * The part of the image that the network was trained to see, for those that see one face at a time: a name of
     * {@code landmark.FaceView}. Empty for those that see the whole image.
     */
    default Optional<String> view() {
        return Optional.empty();
    }

    /** Points of every detection. */
    int landmarkCount();

    NmsSpec nms();

    Capacity capacity();

    /** The score threshold in the family's own terms; 0 for a classifier, which has none. */
    float scoreThreshold();

    /** The same decoder with another score threshold. */
    DecoderSpec withScoreThreshold(float threshold);

    /** The same decoder with other buffers. */
    DecoderSpec withCapacity(Capacity capacity);

    /** The same decoder with another suppression; the same one where nothing is suppressed. */
    DecoderSpec withNms(NmsSpec nms);

    /** The reference decoder of this spec. */
    FamilyDecoder decoder();

    /**
     * The comparisons of stored scores with the score threshold: one per level, or one where the family has no levels; none
     * for a classifier.
     *
     * @param outputs in the network's order
     */
    List<ScoreRead> scoreReads(List<ModelOutput> outputs);

    /**
     * The parameters of the C decoder.
     *
     * @param thresholds one for each of {@link #scoreReads}
     */
    CParameters cParameters(List<ScoreRule.StoredThreshold> thresholds);
}
