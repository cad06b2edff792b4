// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** SSD 300 with the default boxes that were published for MobileNet v1 and VGG 16; others need a recipe. */
final class SsdRecognition {
    private static final int SIZE = 300;
    private static final float SCORE_THRESHOLD = 0.4f;
    private static final float IOU_THRESHOLD = 0.45f;
    private static final int BEST_OF_A_CLASS = 200;

    private SsdRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        if (input.width() != SIZE || input.height() != SIZE || outputs.size() != 2) {
            return Optional.empty();
        }
        return Stream.of(PublishedPriors.ssdMobileNet300(), PublishedPriors.ssdVgg300())
                .flatMap(priors -> outputs.stream()
                        .map(ModelOutput::columns)
                        .filter(columns -> columns >= 2 && columns != 4)
                        .flatMap(classes -> recognised(outputs, input, priors, classes.intValue()).stream()))
                .findFirst();
    }

    private static Optional<Recognised> recognised(
            List<ModelOutput> outputs, ImageInput input, Priors priors, int classes) {
        Optional<PriorHeads> heads =
                PriorHeads.find(outputs, priors, classes, 0).filter(PriorHeads::hasRawBoxes);
        Optional<ClassScores> scores = heads.flatMap(found -> found.faceScores(SCORE_THRESHOLD, true))
                .map(face -> new ClassScores(classes, face.background(), face.softmax(), 0, face.rule()));
        return scores.map(found -> new Recognised(
                new SsdSpec(
                        "SSD",
                        SIZE,
                        SIZE,
                        BoxNumbers.usualDeltas(),
                        priors,
                        found,
                        0,
                        0,
                        heads.get().heads(),
                        NmsSpec.hard(NmsSpec.IouConvention.EPSILON, IOU_THRESHOLD)
                                .withPerClass(true)
                                .withTopK(BEST_OF_A_CLASS)
                                .withEpsilon(NmsSpec.UNIT_EPSILON * SIZE * SIZE),
                        DecoderRecognition.FACES),
                "SSD: " + heads.get().words(outputs) + ", and the published default boxes of a 300x300 input are "
                        + priors.count() + "; class 0 is taken for the background; "
                        + heads.get().scoresRead()
                        + "; score above " + SCORE_THRESHOLD,
                Optional.of(UsualContract.of(
                        input, InputContract.Colour.RGB, 127, 128, InputContract.ResizeMode.STRETCH, 0))));
    }
}
