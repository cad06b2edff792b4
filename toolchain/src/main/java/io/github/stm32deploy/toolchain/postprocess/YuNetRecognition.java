// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** YuNet, both generations: told by their columns and numbers of rows. */
final class YuNetRecognition {
    private static final List<Integer> STRIDES = List.of(8, 16, 32);
    private static final float SCORE_THRESHOLD = 0.6f;
    private static final float IOU_THRESHOLD = 0.3f;
    private static final int TOP_K = 5000;

    private YuNetRecognition() {}

    static Optional<Recognised> recogniseV1(List<ModelOutput> outputs, ImageInput input) {
        int priors = YuNetV1Spec.priorCount(input.width(), input.height());
        int loc = find(outputs, 14, priors);
        int conf = find(outputs, 2, priors);
        int iou = find(outputs, 1, priors);
        if (outputs.size() != 3 || loc < 0 || conf < 0 || iou < 0) {
            return Optional.empty();
        }
        // A published file ends in a softmax or, simplified, before it.
        boolean logits = outputs.get(conf).ending() == ModelOutput.Ending.LINEAR;
        YuNetV1Spec spec = new YuNetV1Spec(
                input.width(),
                input.height(),
                loc,
                conf,
                iou,
                YuNetV1Spec.levels(input.width(), input.height()),
                logits,
                ScoreRule.above(ScoreRule.Activation.SQRT, SCORE_THRESHOLD),
                NmsSpec.hard(NmsSpec.IouConvention.TRUNCATED, IOU_THRESHOLD).withTopK(TOP_K),
                DecoderRecognition.FACES);
        String evidence = "YuNet v1: loc " + outputs.get(loc) + ", conf " + outputs.get(conf) + ", iou "
                + outputs.get(iou) + ", and a " + input.width() + "x" + input.height() + " input has " + priors
                + " priors; score sqrt(conf * iou) above " + SCORE_THRESHOLD
                + (logits ? ", conf being the softmax of logits, which the decoder does" : "");
        return Optional.of(new Recognised(spec, evidence, Optional.of(contract(input))));
    }

    /** The output of so many columns whose rows are as many, or unknown; -1 where there is none. */
    private static int find(List<ModelOutput> outputs, int columns, int rows) {
        for (int i = 0; i < outputs.size(); i++) {
            ModelOutput output = outputs.get(i);
            if (output.columns() == columns && (output.rows() == rows || output.rows() < 0)) {
                return i;
            }
        }
        return -1;
    }

    static Optional<Recognised> recogniseV2(List<ModelOutput> outputs, ImageInput input) {
        if (outputs.size() != 4 * STRIDES.size()) {
            return Optional.empty();
        }
        List<YuNetV2Spec.Level> levels = new ArrayList<>();
        for (int stride : STRIDES) {
            Optional<YuNetV2Spec.Level> level = level(outputs, input, stride);
            if (level.isEmpty()) {
                return Optional.empty();
            }
            levels.add(level.get());
        }
        YuNetV2Spec spec = new YuNetV2Spec(
                input.width(),
                input.height(),
                levels,
                ScoreRule.atLeast(ScoreRule.Activation.SQRT, SCORE_THRESHOLD),
                NmsSpec.hard(NmsSpec.IouConvention.TRUNCATED, IOU_THRESHOLD)
                        .withTopK(TOP_K)
                        .withRecheckAbove(SCORE_THRESHOLD),
                DecoderRecognition.FACES);
        String evidence =
                "YuNet v2: for each of the strides 8, 16, 32 outputs of 1, 1, 4 and 10 columns with the cells of a "
                        + input.width() + "x" + input.height() + " input; score sqrt(cls * obj) from " + SCORE_THRESHOLD
                        + " as OpenCV (the plain product would be "
                        + String.format(Locale.ROOT, "%.2f", SCORE_THRESHOLD * SCORE_THRESHOLD) + ")";
        return Optional.of(new Recognised(spec, evidence, Optional.of(contract(input))));
    }

    private static Optional<YuNetV2Spec.Level> level(List<ModelOutput> outputs, ImageInput input, int stride) {
        int gridWidth = input.width() / stride;
        int gridHeight = input.height() / stride;
        List<Integer> probabilities = at(outputs, 1, gridWidth * gridHeight, stride);
        List<Integer> boxes = at(outputs, 4, gridWidth * gridHeight, stride);
        List<Integer> landmarks = at(outputs, 2 * YuNetV2Spec.LANDMARKS, gridWidth * gridHeight, stride);
        if (probabilities.size() != 2 || boxes.size() != 1 || landmarks.size() != 1) {
            return Optional.empty();
        }
        // Their product is symmetric: a wrong guess between two nameless outputs changes nothing.
        boolean swapped = outputs.get(probabilities.get(0))
                .name()
                .toLowerCase(Locale.ROOT)
                .contains("obj");
        int cls = probabilities.get(swapped ? 1 : 0);
        int obj = probabilities.get(swapped ? 0 : 1);
        return Optional.of(
                new YuNetV2Spec.Level(gridWidth, gridHeight, stride, cls, obj, boxes.get(0), landmarks.get(0)));
    }

    private static List<Integer> at(List<ModelOutput> outputs, int columns, int rows, int stride) {
        List<Integer> found = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            ModelOutput output = outputs.get(i);
            boolean fits =
                    output.rows() == rows || (output.rows() < 0 && output.name().endsWith("_" + stride));
            if (output.columns() == columns && fits) {
                found.add(i);
            }
        }
        return found;
    }

    /** OpenCV pads at the right and bottom with black and keeps the aspect ratio; both generations see BGR bytes. */
    private static InputContract contract(ImageInput input) {
        return UsualContract.of(input, InputContract.Colour.BGR, 0, 1, InputContract.ResizeMode.LETTERBOX_TOP_LEFT, 0);
    }
}
