// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.List;
import java.util.Optional;

/** DSFD lightnet: corners and two scores for each of the published priors. */
final class DsfdRecognition {
    /** Each corner by itself, clipped to the input. */
    static final BoxNumbers BOXES = new BoxNumbers(
            BoxNumbers.Coding.CORNER_DELTAS, BoxNumbers.XY, List.of(1 / 5f, 1 / 5f, 1 / 5f, 1 / 5f), true);

    private static final float SCORE_THRESHOLD = 0.5f;
    private static final float IOU_THRESHOLD = 0.3f;

    private DsfdRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        Priors priors = PublishedPriors.dsfd(input.width(), input.height());
        return PriorHeads.find(outputs, priors, 2, 0)
                .filter(PriorHeads::hasRawBoxes)
                .flatMap(heads -> heads.faceScores(SCORE_THRESHOLD, false)
                        .map(scores -> recognised(outputs, input, priors, heads, scores)));
    }

    private static Recognised recognised(
            List<ModelOutput> outputs, ImageInput input, Priors priors, PriorHeads heads, ClassScores scores) {
        SsdSpec spec = new SsdSpec(
                "DSFD lightnet",
                input.width(),
                input.height(),
                BOXES,
                priors,
                scores,
                0,
                0,
                heads.heads(),
                NmsSpec.hard(NmsSpec.IouConvention.STANDARD, IOU_THRESHOLD).withKeep(1500),
                DecoderRecognition.FACES);
        String evidence = "DSFD lightnet: " + heads.words(outputs) + ", and a " + input.width() + "x" + input.height()
                + " input has " + priors.count() + " priors; " + heads.scoresRead() + "; score from " + SCORE_THRESHOLD;
        return new Recognised(spec, evidence, Optional.of(contract(input)));
    }

    /** 610265158/DSFD-tensorflow, {@code lib/core/api/face_detector.py}. */
    private static InputContract contract(ImageInput input) {
        return new InputContract(
                input.layout(),
                InputContract.Colour.RGB,
                input.width(),
                input.height(),
                List.of(123f, 116f, 103f),
                List.of(58f, 57f, 57f),
                InputContract.ResizeMode.STRETCH,
                0);
    }
}
