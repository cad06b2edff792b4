// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** SCRFD: for each stride outputs of 1, 4 and perhaps 10 numbers for each of two anchors in a cell. */
final class ScrfdRecognition {
    private static final List<List<Integer>> STRIDES = List.of(List.of(8, 16, 32), List.of(8, 16, 32, 64, 128));
    private static final int ANCHORS = 2;
    private static final float SCORE_THRESHOLD = 0.5f;
    private static final float IOU_THRESHOLD = 0.4f;

    private ScrfdRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        return STRIDES.stream()
                .flatMap(strides -> recognise(outputs, input, strides).stream())
                .findFirst();
    }

    private static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input, List<Integer> strides) {
        boolean landmarks = outputs.size() == 3 * strides.size();
        if (!landmarks && outputs.size() != 2 * strides.size()) {
            return Optional.empty();
        }
        List<ScrfdSpec.Level> levels = new ArrayList<>();
        for (int stride : strides) {
            int width = (input.width() + stride - 1) / stride;
            int height = (input.height() + stride - 1) / stride;
            Optional<HeadPart> scores = part(outputs, width, height, 1);
            Optional<HeadPart> boxes = part(outputs, width, height, 4);
            Optional<HeadPart> points = part(outputs, width, height, 2 * ScrfdSpec.LANDMARKS);
            if (scores.isEmpty() || boxes.isEmpty() || points.isPresent() != landmarks) {
                return Optional.empty();
            }
            levels.add(
                    new ScrfdSpec.Level(width, height, stride, scores.get(), boxes.get(), points.orElse(boxes.get())));
        }
        boolean logits = levels.stream()
                .allMatch(level ->
                        outputs.get(level.scores().output()).scoreActivation() == ScoreRule.Activation.SIGMOID);
        ScrfdSpec spec = new ScrfdSpec(
                input.width(),
                input.height(),
                ANCHORS,
                landmarks,
                levels,
                ScoreRule.atLeast(logits ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE, SCORE_THRESHOLD),
                NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, IOU_THRESHOLD),
                DecoderRecognition.FACES);
        String evidence = "SCRFD: for each of the strides " + strides + " outputs of 1, 4"
                + (landmarks ? " and 10" : "") + " numbers for " + ANCHORS + " anchors in each cell of a "
                + input.width() + "x" + input.height() + " input, "
                + outputs.get(levels.get(0).scores().output())
                + " the first; scores "
                + (logits ? "are logits" : "are taken as probabilities, as published");
        InputContract contract = UsualContract.of(
                input, InputContract.Colour.RGB, 127.5f, 128, InputContract.ResizeMode.LETTERBOX_TOP_LEFT, 0);
        return Optional.of(new Recognised(spec, evidence, Optional.of(contract)));
    }

    /** The one output of that many numbers on that grid; empty where there are several or none. */
    private static Optional<HeadPart> part(List<ModelOutput> outputs, int width, int height, int channels) {
        List<HeadPart> found = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            int output = i;
            HeadPart.layout(outputs.get(i), width, height, ANCHORS, channels)
                    .ifPresent(layout -> found.add(HeadPart.of(output, layout, channels)));
        }
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }
}
