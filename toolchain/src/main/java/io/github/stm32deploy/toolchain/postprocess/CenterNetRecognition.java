// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * CenterNet. Sizes and offsets both have two channels, so that only their names tell them apart; ST's one tensor looks like
 * any other grid, and is taken for one only where its name says so.
 */
final class CenterNetRecognition {
    private static final int STRIDE = 4;
    private static final float SCORE_THRESHOLD = 0.3f;
    private static final float IOU_THRESHOLD = 0.5f;
    private static final int TOP_K = 100;
    /** Heat map, size and offset, and the segmentation at the end of ST's tensor. */
    private static final int JOINED_BEFORE_CLASSES = 5;

    private static final Set<String> HEATMAP = Set.of("hm", "heatmap");
    private static final Set<String> SIZE = Set.of("wh", "size");
    private static final Set<String> OFFSET = Set.of("reg", "offset", "off");
    /** Of pixels from 0 to 255, in the order B, G, R (xingyizhou/CenterNet, src/lib/datasets/dataset/coco.py). */
    private static final List<Float> MEAN = List.of(0.408f * 255, 0.447f * 255, 0.470f * 255);

    private static final List<Float> DEVIATION = List.of(0.289f * 255, 0.274f * 255, 0.278f * 255);

    private CenterNetRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        if (outputs.size() == 1) {
            return recogniseJoined(outputs.get(0), input);
        }
        return recogniseSplit(outputs, input, false).or(() -> recogniseSplit(outputs, input, true));
    }

    private static Optional<Recognised> recogniseSplit(
            List<ModelOutput> outputs, ImageInput input, boolean channelsLast) {
        int heatmap = find(outputs, HEATMAP);
        int size = find(outputs, SIZE);
        int offset = find(outputs, OFFSET);
        if (outputs.size() != 3 || heatmap < 0 || size < 0 || offset < 0) {
            return Optional.empty();
        }
        int classes = HeatGrid.channels(outputs.get(heatmap), input, STRIDE, channelsLast);
        if (classes == 0
                || HeatGrid.channels(outputs.get(size), input, STRIDE, channelsLast) != 2
                || HeatGrid.channels(outputs.get(offset), input, STRIDE, channelsLast) != 2) {
            return Optional.empty();
        }
        boolean logits = outputs.get(heatmap)
                .quantization()
                .map(q -> q.real(lowest(outputs.get(heatmap))) < 0)
                .orElse(true);
        CenterNetSpec spec = new CenterNetSpec(
                input.width(),
                input.height(),
                channelsLast,
                true,
                new CenterNetSpec.Channels(heatmap, 0, classes),
                new CenterNetSpec.Channels(size, 0, 2),
                new CenterNetSpec.Channels(offset, 0, 2),
                new CenterNetSpec.Channels(0, 0, 0),
                ScoreRule.above(logits ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE, SCORE_THRESHOLD),
                NmsSpec.none().withTopK(TOP_K),
                DecoderRecognition.FACES);
        String evidence = "CenterNet: heat maps " + outputs.get(heatmap) + ", sizes " + outputs.get(size)
                + " and offsets " + outputs.get(offset) + " by their names, at stride " + STRIDE
                + "; the heat maps are "
                + (logits
                        ? "taken as logits, as upstream exports them"
                        : "probabilities: none of their codes is negative");
        return Optional.of(new Recognised(spec, evidence, Optional.of(contract(input))));
    }

    private static Optional<Recognised> recogniseJoined(ModelOutput output, ImageInput input) {
        if (!output.name().toLowerCase(Locale.ROOT).contains("centernet")
                || output.type().shape().rank() != 4
                || !output.type().shape().isStatic()) {
            return Optional.empty();
        }
        int classes = (int) output.type().shape().size(3) - JOINED_BEFORE_CLASSES - 1;
        if (classes < 1) {
            return Optional.empty();
        }
        CenterNetSpec spec = joined(
                0,
                classes,
                input.width(),
                input.height(),
                ScoreRule.above(ScoreRule.Activation.NONE, SCORE_THRESHOLD),
                NmsSpec.hard(NmsSpec.IouConvention.STANDARD, IOU_THRESHOLD).withPerClass(true),
                DecoderRecognition.FACES);
        String evidence = "CenterNet: the name of " + output + " says so; read as heat map, size, offset, " + classes
                + (classes == 1 ? " class" : " classes") + " and segmentation, as ST's model zoo stores them";
        return Optional.of(new Recognised(spec, evidence, Optional.of(contract(input))));
    }

    /** ST's variant: one tensor, channels last, no peaks on the border. */
    static CenterNetSpec joined(
            int output, int classes, int width, int height, ScoreRule score, NmsSpec nms, Capacity capacity) {
        return new CenterNetSpec(
                width,
                height,
                true,
                false,
                new CenterNetSpec.Channels(output, 0, 1),
                new CenterNetSpec.Channels(output, 1, 2),
                new CenterNetSpec.Channels(output, 3, 2),
                new CenterNetSpec.Channels(output, JOINED_BEFORE_CLASSES, classes),
                score,
                nms,
                capacity);
    }

    private static int lowest(ModelOutput output) {
        return switch (output.type().element()) {
            case INT8 -> Byte.MIN_VALUE;
            default -> 0;
        };
    }

    private static int find(List<ModelOutput> outputs, Set<String> names) {
        for (int i = 0; i < outputs.size(); i++) {
            if (names.contains(outputs.get(i).name().toLowerCase(Locale.ROOT))) {
                return i;
            }
        }
        return -1;
    }

    private static InputContract contract(ImageInput input) {
        return input.channels() == 1
                ? UsualContract.of(
                        input,
                        InputContract.Colour.GRAY,
                        MEAN.get(1),
                        DEVIATION.get(1),
                        InputContract.ResizeMode.LETTERBOX_CENTRE,
                        0)
                : new InputContract(
                        input.layout(),
                        InputContract.Colour.BGR,
                        input.width(),
                        input.height(),
                        MEAN,
                        DEVIATION,
                        InputContract.ResizeMode.LETTERBOX_CENTRE,
                        0);
    }
}
