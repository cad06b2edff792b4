// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** DBFace: grids of stride 4 with 1, 4 and 10 channels; a training export adds the heat map after its maximum pooling. */
final class DbFaceRecognition {
    private static final int STRIDE = 4;
    private static final float SCORE_THRESHOLD = 0.4f;
    private static final float IOU_THRESHOLD = 0.5f;
    private static final int TOP_K = 1000;
    /** Per channel in the order B, G, R, of pixels from 0 to 255 (dlunion/DBFace, main.py). */
    private static final List<Float> MEAN = List.of(0.408f * 255, 0.447f * 255, 0.47f * 255);

    private static final List<Float> DEVIATION = List.of(0.289f * 255, 0.274f * 255, 0.278f * 255);

    private DbFaceRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        return recognise(outputs, input, false).or(() -> recognise(outputs, input, true));
    }

    private static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input, boolean channelsLast) {
        int heatmap = -1;
        int box = -1;
        int landmarks = -1;
        for (int i = 0; i < outputs.size(); i++) {
            ModelOutput output = outputs.get(i);
            boolean pooled = output.name().toLowerCase(Locale.ROOT).contains("pool");
            int channels = HeatGrid.channels(output, input, STRIDE, channelsLast);
            if (channels == 1 && !pooled && heatmap < 0) {
                heatmap = i;
            } else if (channels == 4 && box < 0) {
                box = i;
            } else if (channels == 2 * DbFaceSpec.LANDMARKS && landmarks < 0) {
                landmarks = i;
            } else if (channels != 1 || !pooled) {
                return Optional.empty();
            }
        }
        if (heatmap < 0 || box < 0 || landmarks < 0) {
            return Optional.empty();
        }
        DbFaceSpec spec = new DbFaceSpec(
                input.width(),
                input.height(),
                STRIDE,
                channelsLast,
                heatmap,
                box,
                landmarks,
                ScoreRule.atLeast(outputs.get(heatmap).scoreActivation(), SCORE_THRESHOLD),
                NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, IOU_THRESHOLD).withTopK(TOP_K),
                DecoderRecognition.FACES);
        String evidence = "DBFace: heat map " + outputs.get(heatmap) + ", distances to the sides " + outputs.get(box)
                + " and landmarks " + outputs.get(landmarks) + " at stride " + STRIDE + " of a " + input.width() + "x"
                + input.height() + " input; the heat map "
                + (outputs.get(heatmap).scoreActivation() == ScoreRule.Activation.SIGMOID
                        ? "holds logits"
                        : "is taken as probabilities, as published");
        InputContract contract = input.channels() == 1
                ? UsualContract.of(
                        input,
                        InputContract.Colour.GRAY,
                        MEAN.get(1),
                        DEVIATION.get(1),
                        InputContract.ResizeMode.LETTERBOX_TOP_LEFT,
                        0)
                : new InputContract(
                        input.layout(),
                        InputContract.Colour.BGR,
                        input.width(),
                        input.height(),
                        MEAN,
                        DEVIATION,
                        InputContract.ResizeMode.LETTERBOX_TOP_LEFT,
                        0);
        return Optional.of(new Recognised(spec, evidence, Optional.of(contract)));
    }
}
