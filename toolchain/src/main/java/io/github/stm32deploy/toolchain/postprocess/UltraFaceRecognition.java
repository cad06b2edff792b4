// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput.Ending;
import java.util.List;
import java.util.Optional;

/** UltraFace RFB and slim: two scores and a box for each of the published priors; boxes raw, or decoded in the graph. */
final class UltraFaceRecognition {
    private static final float SCORE_THRESHOLD = 0.7f;
    private static final float IOU_THRESHOLD = 0.3f;
    private static final int BEST_OF_A_CLASS = 200;
    private static final List<Integer> COLUMNS = List.of(2, 3);

    private UltraFaceRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        Priors priors = PublishedPriors.ultraFace(input.width(), input.height());
        // Three columns: background, face, masked face.
        return COLUMNS.stream()
                .flatMap(columns -> PriorHeads.find(outputs, priors, columns, 0).stream()
                        .flatMap(heads -> recognised(outputs, input, priors, columns, heads).stream()))
                .findFirst();
    }

    private static Optional<Recognised> recognised(
            List<ModelOutput> outputs, ImageInput input, Priors priors, int columns, PriorHeads heads) {
        boolean raw = heads.boxes() == Ending.LINEAR;
        if (!raw && heads.boxes() != Ending.CALCULATED) {
            // Boxes of either kind have the same name and shape.
            return Optional.empty();
        }
        Optional<ClassScores> scores = heads.faceScores(SCORE_THRESHOLD, true)
                .map(face -> new ClassScores(columns, face.background(), face.softmax(), 0, face.rule()));
        int w = input.width();
        int h = input.height();
        NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.EPSILON, IOU_THRESHOLD)
                .withPerClass(true)
                .withTopK(BEST_OF_A_CLASS)
                .withEpsilon(NmsSpec.UNIT_EPSILON * w * h);
        String evidence = "UltraFace: " + heads.words(outputs) + ", and a " + w + "x" + h + " input has "
                + priors.count() + " priors; "
                + (raw
                        ? "the graph ends in convolutions, so boxes are raw"
                        : "the graph calculates the boxes, so they are corners from 0 to 1")
                + "; " + heads.scoresRead() + "; score above " + SCORE_THRESHOLD;
        InputContract contract =
                UsualContract.of(input, InputContract.Colour.RGB, 127, 128, InputContract.ResizeMode.STRETCH, 0);
        return scores.map(found -> new Recognised(
                new SsdSpec(
                        "UltraFace",
                        w,
                        h,
                        raw ? BoxNumbers.usualDeltas() : BoxNumbers.unitCorners(w, h),
                        raw ? priors : Priors.NONE,
                        found,
                        0,
                        0,
                        heads.heads(),
                        nms,
                        DecoderRecognition.FACES),
                evidence,
                Optional.of(contract)));
    }
}
