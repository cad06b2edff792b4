// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * YOLO detectors with an objectness, by the numbers of rows and channels: three raw heads of three anchors (YOLOv5-face,
 * YOLOv7 and YOLOv5, st_yolo_x), or one output with a row for each anchor (decoded) or each cell (YOLOX).
 */
final class YoloRecognition {
    private static final List<Integer> STRIDES = List.of(8, 16, 32);
    private static final List<List<Integer>> ROW_STRIDES = List.of(STRIDES, List.of(8, 16, 32, 64));
    private static final int ANCHORS = 3;
    private static final int FACE_LANDMARKS = 5;
    private static final int FACE_NUMBERS = YoloSpec.BOX_AND_OBJECTNESS + 2 * FACE_LANDMARKS + 1;
    private static final int PADDING = 114;
    /** deepcam-cn/yolov5-face, models/yolov5n.yaml. */
    private static final List<List<YoloSpec.Anchor>> FACE_ANCHORS = List.of(
            YoloSpec.Anchor.of(4, 5, 8, 10, 13, 16),
            YoloSpec.Anchor.of(23, 29, 43, 55, 73, 105),
            YoloSpec.Anchor.of(146, 217, 231, 300, 335, 433));
    /** Of YOLOv5 and of YOLOv7-tiny (WongKinYiu/yolov7, cfg/training/yolov7-tiny.yaml). */
    private static final List<List<YoloSpec.Anchor>> COCO_ANCHORS = List.of(
            YoloSpec.Anchor.of(10, 13, 16, 30, 33, 23),
            YoloSpec.Anchor.of(30, 61, 62, 45, 59, 119),
            YoloSpec.Anchor.of(116, 90, 156, 198, 373, 326));
    /** Of st_yolo_x on every level, shares of the input. */
    private static final List<YoloSpec.Anchor> ST_ANCHORS = YoloSpec.Anchor.of(0.5f, 0.5f, 0.07f, 0.25f, 0.23f, 0.7f);

    private YoloRecognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        return switch (outputs.size()) {
            case 1 -> rows(outputs.get(0), input);
            case 3 -> heads(outputs, input);
            default -> Optional.empty();
        };
    }

    private static int width(ImageInput input, int stride) {
        return (input.width() + stride - 1) / stride;
    }

    private static int height(ImageInput input, int stride) {
        return (input.height() + stride - 1) / stride;
    }

    private static int cells(ImageInput input, List<Integer> strides) {
        return strides.stream()
                .mapToInt(stride -> width(input, stride) * height(input, stride))
                .sum();
    }

    private static Optional<Recognised> rows(ModelOutput output, ImageInput input) {
        Shape shape = output.type().shape();
        if (shape.rank() != 3
                || !shape.isStatic()
                || shape.size(0) != 1
                || shape.size(2) <= YoloSpec.BOX_AND_OBJECTNESS) {
            return Optional.empty();
        }
        int rows = (int) shape.size(1);
        int numbers = (int) shape.size(2);
        for (List<Integer> strides : ROW_STRIDES) {
            if (rows == ANCHORS * cells(input, strides)) {
                return Optional.of(decoded(output, input, rows, numbers, strides));
            }
        }
        return rows == cells(input, STRIDES) ? Optional.of(yoloX(output, input, numbers)) : Optional.empty();
    }

    private static Recognised decoded(
            ModelOutput output, ImageInput input, int rows, int numbers, List<Integer> strides) {
        boolean face = numbers == FACE_NUMBERS;
        int landmarks = face ? FACE_LANDMARKS : 0;
        int classes = numbers - YoloSpec.BOX_AND_OBJECTNESS - 2 * landmarks;
        boolean shares = input.layout() == InputContract.Layout.NHWC;
        HeadPart boxes = HeadPart.of(0, HeadPart.Layout.ROWS, numbers);
        YoloSpec.Level level =
                level(rows, 1, shares ? input.width() : 1, shares ? input.height() : 1, List.of(), boxes, landmarks);
        String family = face ? "YOLOv5-face" : "YOLOv7";
        String evidence = family + ": " + output + " has a row for each of 3 anchors in the cells at strides " + strides
                + " of a " + input.width() + "x" + input.height() + " input: centre, size, objectness, "
                + (face
                        ? "five points and one class (eleven classes would have as many numbers)"
                        : classes + (classes == 1 ? " class" : " classes") + ", as YOLOv5 and YOLOv7 decode them")
                + "; boxes are taken as "
                + (shares
                        ? "shares of the input, as in TFLite exports (the input is NHWC)"
                        : "pixels, as in ONNX exports (the input is NCHW)");
        return recognised(
                spec(
                        family,
                        input,
                        YoloSpec.BoxForm.DECODED,
                        YoloSpec.ScoreForm.TIMES_CLASS,
                        classes,
                        landmarks,
                        1,
                        List.of(level)),
                evidence,
                letterbox(input));
    }

    private static Recognised yoloX(ModelOutput output, ImageInput input, int numbers) {
        int classes = numbers - YoloSpec.BOX_AND_OBJECTNESS;
        List<YoloSpec.Level> levels = new ArrayList<>();
        int row = 0;
        for (int stride : STRIDES) {
            HeadPart boxes = new HeadPart(0, HeadPart.Layout.ROWS, numbers, 0, row);
            levels.add(level(width(input, stride), height(input, stride), stride, stride, List.of(), boxes, 0));
            row += width(input, stride) * height(input, stride);
        }
        String evidence = "YOLOX: " + output + " has a row for each cell at strides " + STRIDES + " of a "
                + input.width() + "x" + input.height() + " input: box, objectness and " + classes
                + (classes == 1 ? " class" : " classes")
                + "; boxes are taken as raw and scores as probabilities, as the authors export them";
        return recognised(
                spec(
                        "YOLOX",
                        input,
                        YoloSpec.BoxForm.LINEAR_EXP,
                        YoloSpec.ScoreForm.EVERY_CLASS,
                        classes,
                        0,
                        1,
                        levels),
                evidence,
                UsualContract.of(
                        input, InputContract.Colour.BGR, 0, 1, InputContract.ResizeMode.LETTERBOX_TOP_LEFT, PADDING));
    }

    private static Optional<Recognised> heads(List<ModelOutput> outputs, ImageInput input) {
        Optional<Integer> found = numbers(outputs, input);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        int numbers = found.get();
        boolean face = numbers == FACE_NUMBERS;
        int landmarks = face ? FACE_LANDMARKS : 0;
        int classes = numbers - YoloSpec.BOX_AND_OBJECTNESS - 2 * landmarks;
        List<HeadPart> parts = new ArrayList<>();
        for (int stride : STRIDES) {
            Optional<HeadPart> part = part(outputs, input, stride, numbers);
            if (part.isEmpty()) {
                return Optional.empty();
            }
            parts.add(part.get());
        }
        boolean last = parts.get(0).layout() == HeadPart.Layout.CHANNELS_LAST;
        if (!face && last && input.width() != input.height()) {
            // ST's zoo has square inputs only: the anchors of this one are anybody's.
            return Optional.empty();
        }
        boolean st = !face && last;
        List<YoloSpec.Level> levels = new ArrayList<>();
        for (int i = 0; i < STRIDES.size(); i++) {
            int stride = STRIDES.get(i);
            List<YoloSpec.Anchor> anchors = st
                    ? ST_ANCHORS.stream()
                            .map(a -> new YoloSpec.Anchor(a.width() * input.width(), a.height() * input.height()))
                            .toList()
                    : (face ? FACE_ANCHORS : COCO_ANCHORS).get(i);
            levels.add(level(
                    width(input, stride), height(input, stride), stride, stride, anchors, parts.get(i), landmarks));
        }
        String family = st ? "st_yolo_x" : face ? "YOLOv5-face" : "YOLOv7";
        String evidence = family + ": " + outputs.get(parts.get(0).output()) + " and two more hold " + numbers
                + " numbers for each of 3 anchors at strides " + STRIDES + " of a " + input.width() + "x"
                + input.height() + " input: box, objectness, "
                + (face
                        ? "five points and one class (eleven classes would have as many numbers)"
                        : classes + (classes == 1 ? " class" : " classes"))
                + ", as logits; anchors are the published ones "
                + (st
                        ? "of ST's model zoo, because channels come last"
                        : face ? "of YOLOv5-face" : "of YOLOv7-tiny and YOLOv5")
                + ": a model trained with others needs a recipe";
        // With one class neither family's authors multiply by it.
        boolean alone = !face && classes == 1;
        YoloSpec.ScoreForm scoreForm = alone
                ? YoloSpec.ScoreForm.OBJECTNESS
                : st ? YoloSpec.ScoreForm.TIMES_SOFTMAX : YoloSpec.ScoreForm.TIMES_CLASS;
        YoloSpec.BoxForm form = st ? YoloSpec.BoxForm.SIGMOID_EXP : YoloSpec.BoxForm.TWICE_SIGMOID;
        InputContract contract = st
                ? UsualContract.of(input, InputContract.Colour.RGB, 0, 255, InputContract.ResizeMode.STRETCH, 0)
                : letterbox(input);
        return Optional.of(recognised(
                spec(family, input, form, scoreForm, classes, landmarks, ANCHORS, levels), evidence, contract));
    }

    /** Numbers of one anchor, from the coarsest grid; empty where no output lies on it with three anchors of a box and more. */
    private static Optional<Integer> numbers(List<ModelOutput> outputs, ImageInput input) {
        int stride = STRIDES.get(STRIDES.size() - 1);
        long cells = (long) width(input, stride) * height(input, stride);
        for (ModelOutput output : outputs) {
            Shape shape = output.type().shape();
            if (shape.isStatic() && shape.rank() >= 4 && shape.elements() % (ANCHORS * cells) == 0) {
                int numbers = (int) (shape.elements() / (ANCHORS * cells));
                boolean fits = HeadPart.layout(output, width(input, stride), height(input, stride), ANCHORS, numbers)
                        .isPresent();
                if (fits && numbers > YoloSpec.BOX_AND_OBJECTNESS) {
                    return Optional.of(numbers);
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<HeadPart> part(List<ModelOutput> outputs, ImageInput input, int stride, int numbers) {
        List<HeadPart> found = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            int output = i;
            HeadPart.layout(outputs.get(i), width(input, stride), height(input, stride), ANCHORS, numbers)
                    .ifPresent(layout -> found.add(HeadPart.of(output, layout, numbers)));
        }
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }

    /** All parts in one output: box, objectness, points, classes. */
    private static YoloSpec.Level level(
            int width,
            int height,
            float stepX,
            float stepY,
            List<YoloSpec.Anchor> anchors,
            HeadPart boxes,
            int landmarks) {
        return new YoloSpec.Level(
                width,
                height,
                stepX,
                stepY,
                anchors,
                boxes,
                boxes.fromChannel(YoloSpec.BOX),
                boxes.fromChannel(YoloSpec.BOX_AND_OBJECTNESS + 2 * landmarks),
                boxes.fromChannel(landmarks > 0 ? YoloSpec.BOX_AND_OBJECTNESS : 0));
    }

    private static YoloSpec spec(
            String family,
            ImageInput input,
            YoloSpec.BoxForm form,
            YoloSpec.ScoreForm scoreForm,
            int classes,
            int landmarks,
            int anchors,
            List<YoloSpec.Level> levels) {
        boolean probabilities = form == YoloSpec.BoxForm.DECODED || form == YoloSpec.BoxForm.LINEAR_EXP;
        ScoreRule.Activation activation = probabilities ? ScoreRule.Activation.NONE : ScoreRule.Activation.SIGMOID;
        ScoreRule score = switch (family) {
            case "YOLOX" -> ScoreRule.above(activation, 0.3f);
            case "YOLOv5-face" -> ScoreRule.above(activation, 0.5f);
            case "st_yolo_x" -> ScoreRule.atLeast(activation, 0.6f);
            default -> ScoreRule.above(activation, 0.25f);
        };
        NmsSpec nms = switch (family) {
            case "YOLOX" -> NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, 0.45f);
            case "YOLOv7" -> NmsSpec.hard(NmsSpec.IouConvention.STANDARD, 0.45f);
            default -> NmsSpec.hard(NmsSpec.IouConvention.STANDARD, 0.5f);
        };
        return new YoloSpec(
                family,
                input.width(),
                input.height(),
                form,
                scoreForm,
                classes,
                landmarks,
                anchors,
                levels,
                score,
                nms.withPerClass(classes > 1),
                DecoderRecognition.FACES);
    }

    private static InputContract letterbox(ImageInput input) {
        return UsualContract.of(
                input, InputContract.Colour.RGB, 0, 255, InputContract.ResizeMode.LETTERBOX_CENTRE, PADDING);
    }

    private static Recognised recognised(YoloSpec spec, String evidence, InputContract contract) {
        return new Recognised(spec, evidence, Optional.of(contract));
    }
}
