// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Optional;

/** FaceBoxes: boxes and two scores for each of the published priors. */
final class FaceBoxesRecognition {
    private static final float SCORE_THRESHOLD = 0.5f;
    private static final float IOU_THRESHOLD = 0.3f;

    private FaceBoxesRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        Priors priors = PublishedPriors.faceBoxes(input.width(), input.height());
        return PriorHeads.find(outputs, priors, 2, 0)
                .filter(PriorHeads::hasRawBoxes)
                .flatMap(heads -> heads.faceScores(SCORE_THRESHOLD, true)
                        .map(scores -> recognised(outputs, input, priors, heads, scores)));
    }

    private static Recognised recognised(
            List<ModelOutput> outputs, ImageInput input, Priors priors, PriorHeads heads, ClassScores scores) {
        SsdSpec spec = new SsdSpec(
                "FaceBoxes",
                input.width(),
                input.height(),
                BoxNumbers.usualDeltas(),
                priors,
                scores,
                0,
                0,
                heads.heads(),
                NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, IOU_THRESHOLD)
                        .withTopK(5000)
                        .withKeep(750),
                DecoderRecognition.FACES);
        String evidence =
                "FaceBoxes: " + heads.words(outputs) + ", and a " + input.width() + "x" + input.height() + " input has "
                        + priors.count() + " priors; " + heads.scoresRead() + "; score above " + SCORE_THRESHOLD;
        return new Recognised(spec, evidence, Optional.of(CaffeContract.of(input)));
    }
}
