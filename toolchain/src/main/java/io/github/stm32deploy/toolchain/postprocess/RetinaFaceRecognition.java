// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;
import java.util.Optional;

/** RetinaFace: boxes, two scores and five points for each of the published priors. */
final class RetinaFaceRecognition {
    static final float LANDMARK_FACTOR = 0.1f;
    private static final int LANDMARKS = 5;
    private static final float SCORE_THRESHOLD = 0.6f;
    private static final float IOU_THRESHOLD = 0.4f;

    private RetinaFaceRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        Priors priors = PublishedPriors.retinaFace(input.width(), input.height());
        return PriorHeads.find(outputs, priors, 2, LANDMARKS)
                .filter(PriorHeads::hasRawBoxes)
                .flatMap(heads -> heads.faceScores(SCORE_THRESHOLD, true)
                        .map(scores -> recognised(outputs, input, priors, heads, scores)));
    }

    private static Recognised recognised(
            List<ModelOutput> outputs, ImageInput input, Priors priors, PriorHeads heads, ClassScores scores) {
        SsdSpec spec = new SsdSpec(
                "RetinaFace",
                input.width(),
                input.height(),
                BoxNumbers.usualDeltas(),
                priors,
                scores,
                LANDMARKS,
                LANDMARK_FACTOR,
                heads.heads(),
                NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, IOU_THRESHOLD)
                        .withTopK(5000)
                        .withKeep(750),
                DecoderRecognition.FACES);
        String evidence = "RetinaFace: " + heads.words(outputs) + ", and a " + input.width() + "x" + input.height()
                + " input has " + priors.count() + " priors; " + heads.scoresRead() + "; score above "
                + SCORE_THRESHOLD;
        return new Recognised(spec, evidence, Optional.of(CaffeContract.of(input)));
    }
}
