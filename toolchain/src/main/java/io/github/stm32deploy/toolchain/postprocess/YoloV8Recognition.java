// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * YOLOv8: one tensor [1, 4 + classes, n] of decoded rows, or on each of three grids 64 numbers of distributions beside the
 * logits of the classes, in one output or in outputs of their own.
 */
final class YoloV8Recognition {
    private static final List<Integer> STRIDES = List.of(8, 16, 32);
    private static final int BOX = 4;
    private static final int DISTRIBUTIONS = 4 * YoloV8Spec.USUAL_BINS;
    private static final int FACE_LANDMARKS = 5;
    private static final float DECODED_THRESHOLD = 0.5f;
    private static final float HEAD_THRESHOLD = 0.45f;
    private static final float IOU_THRESHOLD = 0.5f;
    private static final int PADDING = 114;
    /** Codes of boxes in pixels reach the size of the input, those of shares little more than 1. */
    private static final float SHARES = 4;

    private YoloV8Recognition() {}

    static Optional<Recognised> recognise(List<ModelOutput> outputs, ImageInput input) {
        return switch (outputs.size()) {
            case 1 -> decoded(outputs.get(0), input);
            case 3 -> joinedHeads(outputs, input);
            case 6, 9 -> splitHeads(outputs, input);
            default -> Optional.empty();
        };
    }

    private static int cells(ImageInput input, int stride) {
        return width(input, stride) * height(input, stride);
    }

    private static int width(ImageInput input, int stride) {
        return (input.width() + stride - 1) / stride;
    }

    private static int height(ImageInput input, int stride) {
        return (input.height() + stride - 1) / stride;
    }

    private static Optional<Recognised> decoded(ModelOutput output, ImageInput input) {
        Shape shape = output.type().shape();
        int rows = STRIDES.stream().mapToInt(stride -> cells(input, stride)).sum();
        if (shape.rank() != 3 || !shape.isStatic() || shape.size(0) != 1) {
            return Optional.empty();
        }
        // Rows of more numbers are those of YOLOX, which has an objectness besides.
        boolean columns = shape.size(2) == rows && shape.size(1) > BOX;
        boolean singleRows = shape.size(1) == rows && shape.size(2) == BOX + 1;
        if (!columns && !singleRows) {
            return Optional.empty();
        }
        int numbers = (int) shape.size(columns ? 1 : 2);
        boolean face = numbers == BOX + 1 + 3 * FACE_LANDMARKS;
        int classes = face ? 1 : numbers - BOX;
        HeadPart boxes = HeadPart.of(0, columns ? HeadPart.Layout.COLUMNS : HeadPart.Layout.ROWS, numbers);
        // Ultralytics gives pixels in ONNX files and shares of the input in TFLite files.
        boolean shares =
                output.reach().map(reach -> reach < SHARES).orElse(input.layout() == InputContract.Layout.NHWC);
        YoloV8Spec.Level level = new YoloV8Spec.Level(
                rows,
                1,
                shares ? input.width() : 1,
                shares ? input.height() : 1,
                boxes.fromChannel(BOX),
                boxes,
                face ? boxes.fromChannel(BOX + 1) : boxes);
        String evidence = "YOLOv8: " + output + " has a column for each of the " + rows + " cells at strides " + STRIDES
                + " of a " + input.width() + "x" + input.height() + " input: centre, size and "
                + (face
                        ? "one class and five points with visibility (sixteen classes would have as many numbers)"
                        : classes + (classes == 1 ? " class" : " classes"))
                + ", decoded; boxes are taken as "
                + (shares ? "shares of the input" : "pixels")
                + output.reach()
                        .map(reach -> " (its codes reach " + reach + ")")
                        .orElse(
                                shares
                                        ? ", as in TFLite exports (the input is NHWC)"
                                        : ", as in ONNX exports (the input is NCHW)");
        return Optional.of(recognised(
                new YoloV8Spec(
                        input.width(),
                        input.height(),
                        classes,
                        0,
                        false,
                        face ? FACE_LANDMARKS : 0,
                        List.of(level),
                        ScoreRule.atLeast(ScoreRule.Activation.NONE, DECODED_THRESHOLD),
                        nms(classes),
                        DecoderRecognition.FACES),
                evidence,
                input));
    }

    private static Optional<Recognised> joinedHeads(List<ModelOutput> outputs, ImageInput input) {
        int numbers = channels(outputs.get(0), input);
        if (numbers <= DISTRIBUTIONS) {
            return Optional.empty();
        }
        boolean face = numbers == DISTRIBUTIONS + 1 + 3 * FACE_LANDMARKS;
        List<YoloV8Spec.Level> levels = new ArrayList<>();
        for (int stride : STRIDES) {
            Optional<HeadPart> boxes = part(outputs, input, stride, numbers);
            if (boxes.isEmpty()) {
                return Optional.empty();
            }
            levels.add(level(
                    input,
                    stride,
                    boxes.get().fromChannel(DISTRIBUTIONS),
                    boxes.get(),
                    face ? boxes.get().fromChannel(DISTRIBUTIONS + 1) : boxes.get()));
        }
        int classes = face ? 1 : numbers - DISTRIBUTIONS;
        String evidence = "YOLOv8: outputs of " + numbers + " channels at strides " + STRIDES + " of a " + input.width()
                + "x" + input.height() + " input: 4 distributions of " + YoloV8Spec.USUAL_BINS + " and "
                + (face
                        ? "one class and five points with visibility (sixteen classes would have as many channels)"
                        : classes + (classes == 1 ? " class" : " classes"))
                + ", as logits";
        return Optional.of(heads(input, levels, classes, face ? FACE_LANDMARKS : 0, evidence));
    }

    private static Optional<Recognised> splitHeads(List<ModelOutput> outputs, ImageInput input) {
        boolean face = outputs.size() == 9;
        int classes = 0;
        for (ModelOutput output : outputs) {
            int channels = channels(output, input);
            if (channels != DISTRIBUTIONS && !(face && channels == 3 * FACE_LANDMARKS)) {
                classes = channels;
            }
        }
        List<YoloV8Spec.Level> levels = new ArrayList<>();
        for (int stride : STRIDES) {
            Optional<HeadPart> boxes = part(outputs, input, stride, DISTRIBUTIONS);
            Optional<HeadPart> scores = classes < 1 ? Optional.empty() : part(outputs, input, stride, classes);
            Optional<HeadPart> points = face ? part(outputs, input, stride, 3 * FACE_LANDMARKS) : boxes;
            if (boxes.isEmpty() || scores.isEmpty() || points.isEmpty()) {
                return Optional.empty();
            }
            levels.add(level(input, stride, scores.get(), boxes.get(), points.get()));
        }
        String evidence = "YOLOv8: on each of the grids at strides " + STRIDES + " of a " + input.width() + "x"
                + input.height() + " input an output of " + DISTRIBUTIONS + " channels, 4 distributions of "
                + YoloV8Spec.USUAL_BINS + ", and one of " + classes + " for the classes, as logits"
                + (face ? ", and one of 15 for five points with visibility" : "");
        return Optional.of(heads(input, levels, classes, face ? FACE_LANDMARKS : 0, evidence));
    }

    private static YoloV8Spec.Level level(
            ImageInput input, int stride, HeadPart scores, HeadPart boxes, HeadPart points) {
        return new YoloV8Spec.Level(width(input, stride), height(input, stride), stride, stride, scores, boxes, points);
    }

    /** Channels of an output on any of the grids; 0 for others. */
    private static int channels(ModelOutput output, ImageInput input) {
        Shape shape = output.type().shape();
        if (shape.rank() != 4 || !shape.isStatic()) {
            return 0;
        }
        for (int stride : STRIDES) {
            if (shape.size(2) == height(input, stride) && shape.size(3) == width(input, stride)) {
                return (int) shape.size(1);
            }
            if (shape.size(1) == height(input, stride) && shape.size(2) == width(input, stride)) {
                return (int) shape.size(3);
            }
        }
        return 0;
    }

    private static Optional<HeadPart> part(List<ModelOutput> outputs, ImageInput input, int stride, int channels) {
        List<HeadPart> found = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            int output = i;
            HeadPart.layout(outputs.get(i), width(input, stride), height(input, stride), 1, channels)
                    .ifPresent(layout -> found.add(HeadPart.of(output, layout, channels)));
        }
        return found.size() == 1 ? Optional.of(found.get(0)) : Optional.empty();
    }

    private static Recognised heads(
            ImageInput input, List<YoloV8Spec.Level> levels, int classes, int landmarks, String evidence) {
        return recognised(
                new YoloV8Spec(
                        input.width(),
                        input.height(),
                        classes,
                        YoloV8Spec.USUAL_BINS,
                        false,
                        landmarks,
                        levels,
                        ScoreRule.above(ScoreRule.Activation.SIGMOID, HEAD_THRESHOLD),
                        nms(classes),
                        DecoderRecognition.FACES),
                evidence,
                input);
    }

    private static NmsSpec nms(int classes) {
        return NmsSpec.hard(NmsSpec.IouConvention.STANDARD, IOU_THRESHOLD).withPerClass(classes > 1);
    }

    private static Recognised recognised(YoloV8Spec spec, String evidence, ImageInput input) {
        InputContract contract = UsualContract.of(
                input, InputContract.Colour.RGB, 0, 255, InputContract.ResizeMode.LETTERBOX_CENTRE, PADDING);
        return new Recognised(spec, evidence, Optional.of(contract));
    }
}
