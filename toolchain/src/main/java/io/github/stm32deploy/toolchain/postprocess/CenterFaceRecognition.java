// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** CenterFace: four grids of stride 4 with 1, 2, 2 and 10 channels; the two of 2 channels need a second look. */
final class CenterFaceRecognition {
    private static final int STRIDE = 4;
    private static final float SCORE_THRESHOLD = 0.5f;
    private static final float IOU_THRESHOLD = 0.3f;
    /** An input that cannot hold even this much of 0..255 was calibrated on something else. */
    private static final float USABLE_RANGE = 64;

    private static final Pattern LAST_NUMBER = Pattern.compile("(\\d+)(?!.*\\d)");

    private CenterFaceRecognition() {}

    /** Which of the two 2-channel outputs holds the sizes, and how that was found out. */
    private record Pair(int scale, int offset, String reason) {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        if (outputs.size() != 4) {
            return Optional.empty();
        }
        return recognise(outputs, input, false).or(() -> recognise(outputs, input, true));
    }

    private static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input, boolean channelsLast) {
        int heatmap = -1;
        int landmarks = -1;
        List<Integer> pairs = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            switch (channels(outputs.get(i).type().shape(), input, channelsLast)) {
                case 1 -> heatmap = i;
                case 2 -> pairs.add(i);
                case 2 * CenterFaceSpec.LANDMARKS -> landmarks = i;
                default -> {
                    return Optional.empty();
                }
            }
        }
        if (heatmap < 0 || landmarks < 0 || pairs.size() != 2) {
            return Optional.empty();
        }
        Pair pair = pair(outputs, pairs.get(0), pairs.get(1));
        CenterFaceSpec spec = new CenterFaceSpec(
                input.width(),
                input.height(),
                STRIDE,
                channelsLast,
                heatmap,
                pair.scale(),
                pair.offset(),
                landmarks,
                ScoreRule.above(outputs.get(heatmap).scoreActivation(), SCORE_THRESHOLD),
                NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, IOU_THRESHOLD).withInclusive(true),
                DecoderRecognition.FACES);
        String evidence = "CenterFace: heatmap " + outputs.get(heatmap) + ", landmarks " + outputs.get(landmarks)
                + " and two outputs of 2 channels at stride 4 of a " + input.width() + "x" + input.height()
                + " input; sizes in " + outputs.get(pair.scale()).name() + ", offsets in "
                + outputs.get(pair.offset()).name() + " (" + pair.reason() + ")"
                + (outputs.get(heatmap).scoreActivation() == ScoreRule.Activation.SIGMOID
                        ? "; the heatmap holds logits"
                        : "");
        return Optional.of(withContract(spec, evidence, input));
    }

    private static int channels(Shape shape, ImageInput input, boolean channelsLast) {
        if (shape.rank() != 4 || !shape.isStatic() || shape.size(0) != 1) {
            return 0;
        }
        int first = channelsLast ? 1 : 2;
        boolean onGrid =
                shape.size(first) == input.height() / STRIDE && shape.size(first + 1) == input.width() / STRIDE;
        return onGrid ? (int) shape.size(channelsLast ? 3 : 1) : 0;
    }

    private static Pair pair(List<ModelOutput> outputs, int first, int second) {
        Optional<Boolean> byName =
                isScale(outputs.get(first).name(), outputs.get(second).name());
        if (byName.isPresent()) {
            return pair(first, second, byName.get(), "by name");
        }
        // Log sizes are >= 0, so their lowest code stands for 0; offsets are centred.
        boolean firstFromZero = startsAtZero(outputs.get(first));
        boolean secondFromZero = startsAtZero(outputs.get(second));
        if (firstFromZero != secondFromZero) {
            return pair(first, second, firstFromZero, "sizes are never negative: its zero point is the lowest code");
        }
        // Upstream numbers its outputs heatmap, sizes, offsets, landmarks, and converters keep numbers or order.
        int firstNumber = number(outputs.get(first).name());
        int secondNumber = number(outputs.get(second).name());
        if (firstNumber >= 0 && secondNumber >= 0 && firstNumber != secondNumber) {
            return pair(first, second, firstNumber < secondNumber, "the lower number in the name is upstream's first");
        }
        return pair(first, second, true, "by order alone: check on an image");
    }

    private static Pair pair(int first, int second, boolean firstIsScale, String reason) {
        return firstIsScale ? new Pair(first, second, reason) : new Pair(second, first, reason);
    }

    private static Optional<Boolean> isScale(String first, String second) {
        boolean firstScale = namesSize(first);
        boolean secondScale = namesSize(second);
        if (firstScale != secondScale) {
            return Optional.of(firstScale);
        }
        boolean firstOffset = namesOffset(first);
        boolean secondOffset = namesOffset(second);
        return firstOffset == secondOffset ? Optional.empty() : Optional.of(secondOffset);
    }

    private static boolean namesSize(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.contains("scale") || lower.contains("size") || lower.contains("wh");
    }

    private static boolean namesOffset(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        return lower.contains("offset") || lower.contains("reg");
    }

    private static boolean startsAtZero(ModelOutput output) {
        int lowest = output.type().element() == ElementType.UINT8 ? 0 : Byte.MIN_VALUE;
        return output.quantization().map(q -> q.zeroPoint() == lowest).orElse(false);
    }

    private static int number(String name) {
        Matcher matcher = LAST_NUMBER.matcher(name);
        return matcher.find() && matcher.group(1).length() < 9 ? Integer.parseInt(matcher.group(1)) : -1;
    }

    private static Recognised withContract(CenterFaceSpec spec, String evidence, ImageInput input) {
        boolean tooNarrow = input.range()
                .map(range -> range.high() - range.low() < USABLE_RANGE)
                .orElse(false);
        // A file quantized with normalised random data keeps its float weights' 0..255 scale: centred pixels that
        // saturate
        // at least keep the sign.
        float mean = tooNarrow ? 127.5f : 0;
        String note = tooNarrow
                ? "; its input holds only " + input.range().orElseThrow().low() + " to "
                        + input.range().orElseThrow().high()
                        + " instead of 0..255, so pixels are centred and saturate: expect low scores"
                : "";
        InputContract contract =
                UsualContract.of(input, InputContract.Colour.RGB, mean, 1, InputContract.ResizeMode.STRETCH, 0);
        return new Recognised(spec, evidence + note, Optional.of(contract));
    }
}
