// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.List;
import java.util.Optional;

/** The one output of DetectionOutput, [1, 1, N, 7]: no other detector's shape. */
final class DetectionOutputRecognition {
    private static final float SCORE_THRESHOLD = 0.5f;

    private DetectionOutputRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        if (outputs.size() != 1
                || outputs.get(0).type().shape().rank() != 4
                || outputs.get(0).columns() != DetectionOutputSpec.COLUMNS
                || outputs.get(0).type().shape().size(0) != 1
                || outputs.get(0).type().shape().size(1) != 1) {
            return Optional.empty();
        }
        DetectionOutputSpec spec = new DetectionOutputSpec(
                input.width(),
                input.height(),
                0,
                ScoreRule.above(ScoreRule.Activation.NONE, SCORE_THRESHOLD),
                NmsSpec.none(),
                DecoderRecognition.FACES);
        String evidence = "detection output: " + outputs.get(0)
                + " has the seven columns image, label, score and corners of OpenVINO's DetectionOutput; score above "
                + SCORE_THRESHOLD;
        return Optional.of(new Recognised(
                spec,
                evidence,
                Optional.of(
                        UsualContract.of(input, InputContract.Colour.BGR, 0, 1, InputContract.ResizeMode.STRETCH, 0))));
    }
}
