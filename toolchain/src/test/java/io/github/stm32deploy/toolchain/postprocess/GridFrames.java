// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;

/** Random decoders and outputs of the families with heads on several grids, in every layout. */
final class GridFrames {
    private static final int WIDTH = 96;
    private static final int HEIGHT = 64;
    private static final List<Integer> STRIDES = List.of(8, 16, 32);

    private GridFrames() {}

    static RandomFrames.Frame scrfd(RandomFrames random) {
        int anchors = 1 + random.below(3);
        boolean logits = random.chance();
        boolean landmarks = random.chance();
        List<OutputTensor> outputs = new ArrayList<>();
        List<ScrfdSpec.Level> levels = new ArrayList<>();
        HeadPart.Layout layout = layout(random, anchors);
        for (int stride : STRIDES) {
            int w = WIDTH / stride;
            int h = HEIGHT / stride;
            HeadPart boxes = part(random, layout, outputs, w, h, anchors, 4, -1, 4);
            HeadPart points = landmarks ? part(random, layout, outputs, w, h, anchors, 10, -2, 2) : boxes;
            HeadPart scores = part(random, layout, outputs, w, h, anchors, 1, logits ? -6 : 0, logits ? 4 : 1);
            levels.add(new ScrfdSpec.Level(w, h, stride, scores, boxes, points));
        }
        ScoreRule rule = new ScoreRule(
                logits ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE,
                1,
                random.threshold(),
                random.chance());
        NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, 0.4f);
        return new RandomFrames.Frame(
                new ScrfdSpec(WIDTH, HEIGHT, anchors, landmarks, levels, rule, nms, random.capacity()), outputs);
    }

    /** Raw heads, every part in an output of its own. */
    static RandomFrames.Frame yoloV8(RandomFrames random) {
        int classes = 1 + random.below(3);
        int landmarks = random.chance() ? 5 : 0;
        List<OutputTensor> outputs = new ArrayList<>();
        List<YoloV8Spec.Level> levels = new ArrayList<>();
        HeadPart.Layout layout = layout(random, 1);
        for (int stride : STRIDES) {
            int w = WIDTH / stride;
            int h = HEIGHT / stride;
            HeadPart scores = part(random, layout, outputs, w, h, 1, classes, -6, 4);
            HeadPart boxes = part(random, layout, outputs, w, h, 1, 64, -3, 3);
            HeadPart points = landmarks > 0 ? part(random, layout, outputs, w, h, 1, 15, -2, 2) : boxes;
            levels.add(new YoloV8Spec.Level(w, h, stride, stride, scores, boxes, points));
        }
        return yoloV8(random, classes, 16, landmarks, levels, outputs);
    }

    /** One tensor of decoded rows or columns, shares of the input. */
    static RandomFrames.Frame yoloV8Decoded(RandomFrames random) {
        int classes = 1 + random.below(3);
        int landmarks = random.chance() ? 5 : 0;
        int numbers = 4 + classes + 3 * landmarks;
        int rows = 126;
        boolean columns = random.chance();
        OutputTensor output = columns ? random.tensor(0, 1, 1, numbers, rows) : random.tensor(0, 1, 1, rows, numbers);
        HeadPart boxes = HeadPart.of(0, columns ? HeadPart.Layout.COLUMNS : HeadPart.Layout.ROWS, numbers);
        HeadPart points = landmarks > 0 ? boxes.fromChannel(4 + classes) : boxes;
        YoloV8Spec.Level level = new YoloV8Spec.Level(rows, 1, WIDTH, HEIGHT, boxes.fromChannel(4), boxes, points);
        return yoloV8(random, classes, 0, landmarks, List.of(level), List.of(output));
    }

    private static RandomFrames.Frame yoloV8(
            RandomFrames random,
            int classes,
            int bins,
            int landmarks,
            List<YoloV8Spec.Level> levels,
            List<OutputTensor> outputs) {
        ScoreRule rule = new ScoreRule(
                bins > 0 ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE,
                1,
                random.threshold(),
                random.chance());
        NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.STANDARD, 0.5f)
                .withPerClass(random.chance())
                .withKeep(random.below(40));
        return new RandomFrames.Frame(
                new YoloV8Spec(
                        WIDTH, HEIGHT, classes, bins, random.chance(), landmarks, levels, rule, nms, random.capacity()),
                outputs);
    }

    /** Raw heads with an objectness: all parts joined in an output, or each in its own. */
    static RandomFrames.Frame yolo(RandomFrames random) {
        YoloSpec.BoxForm form = YoloSpec.BoxForm.values()[random.below(3)];
        YoloSpec.ScoreForm scoreForm = YoloSpec.ScoreForm.values()[random.below(4)];
        boolean logits = scoreForm == YoloSpec.ScoreForm.TIMES_SOFTMAX || random.chance();
        int anchors = 1 + random.below(3);
        int classes = 1 + random.below(3);
        int landmarks = form == YoloSpec.BoxForm.TWICE_SIGMOID && random.chance() ? 5 : 0;
        boolean joined = logits && random.chance();
        HeadPart.Layout layout = layout(random, anchors);
        List<OutputTensor> outputs = new ArrayList<>();
        List<YoloSpec.Level> levels = new ArrayList<>();
        for (int stride : STRIDES) {
            int w = WIDTH / stride;
            int h = HEIGHT / stride;
            int numbers = 5 + 2 * landmarks + classes;
            float low = logits ? -4 : 0;
            float high = logits ? 4 : 1;
            HeadPart boxes = part(random, layout, outputs, w, h, anchors, joined ? numbers : 4, -4, 4);
            levels.add(new YoloSpec.Level(
                    w,
                    h,
                    stride,
                    stride + 1,
                    YoloSpec.Anchor.of(stride, 2 * stride, 3 * stride, 2 * stride, 4 * stride, 5 * stride)
                            .subList(0, anchors),
                    boxes,
                    joined ? boxes.fromChannel(4) : part(random, layout, outputs, w, h, anchors, 1, low, high),
                    joined
                            ? boxes.fromChannel(numbers - classes)
                            : part(random, layout, outputs, w, h, anchors, classes, low, high),
                    joined || landmarks == 0
                            ? boxes.fromChannel(landmarks > 0 ? 5 : 0)
                            : part(random, layout, outputs, w, h, anchors, 10, -2, 2)));
        }
        return yolo(random, form, scoreForm, logits, classes, landmarks, anchors, levels, outputs);
    }

    /** Rows that the network decoded, and rows of three grids. */
    static RandomFrames.Frame yoloRows(RandomFrames random) {
        boolean decoded = random.chance();
        int classes = 1 + random.below(3);
        int landmarks = decoded && random.chance() ? 5 : 0;
        int numbers = 5 + 2 * landmarks + classes;
        List<YoloSpec.Level> levels = new ArrayList<>();
        int row = 0;
        for (int stride : STRIDES) {
            int w = WIDTH / stride;
            int h = HEIGHT / stride;
            HeadPart boxes = new HeadPart(0, HeadPart.Layout.ROWS, numbers, 0, row);
            levels.add(new YoloSpec.Level(
                    w,
                    h,
                    decoded ? WIDTH : stride,
                    decoded ? HEIGHT : stride,
                    List.of(),
                    boxes,
                    boxes.fromChannel(4),
                    boxes.fromChannel(numbers - classes),
                    boxes.fromChannel(landmarks > 0 ? 5 : 0)));
            row += w * h;
        }
        YoloSpec.BoxForm form = decoded ? YoloSpec.BoxForm.DECODED : YoloSpec.BoxForm.LINEAR_EXP;
        YoloSpec.ScoreForm scoreForm =
                random.chance() ? YoloSpec.ScoreForm.EVERY_CLASS : YoloSpec.ScoreForm.TIMES_CLASS;
        List<OutputTensor> outputs = List.of(random.tensor(-0.2f, 1.2f, 1, row, numbers));
        return yolo(random, form, scoreForm, false, classes, landmarks, 1, levels, outputs);
    }

    private static RandomFrames.Frame yolo(
            RandomFrames random,
            YoloSpec.BoxForm form,
            YoloSpec.ScoreForm scoreForm,
            boolean logits,
            int classes,
            int landmarks,
            int anchors,
            List<YoloSpec.Level> levels,
            List<OutputTensor> outputs) {
        ScoreRule rule = new ScoreRule(
                logits ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE,
                1,
                random.threshold(),
                random.chance());
        NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.STANDARD, 0.5f).withPerClass(random.chance());
        return new RandomFrames.Frame(
                new YoloSpec(
                        "YOLO",
                        WIDTH,
                        HEIGHT,
                        form,
                        scoreForm,
                        classes,
                        landmarks,
                        anchors,
                        levels,
                        rule,
                        nms,
                        random.capacity()),
                outputs);
    }

    private static HeadPart.Layout layout(RandomFrames random, int anchors) {
        HeadPart.Layout layout = HeadPart.Layout.values()[random.below(HeadPart.Layout.values().length)];
        return layout == HeadPart.Layout.COLUMNS && anchors > 1 ? HeadPart.Layout.ROWS : layout;
    }

    /** A part in an output of its own. */
    private static HeadPart part(
            RandomFrames random,
            HeadPart.Layout layout,
            List<OutputTensor> outputs,
            int w,
            int h,
            int anchors,
            int channels,
            float low,
            float high) {
        outputs.add(
                switch (layout) {
                    case CHANNELS_FIRST -> random.tensor(low, high, 1, anchors * channels, h, w);
                    case CHANNELS_LAST -> random.tensor(low, high, 1, h, w, anchors * channels);
                    case ROWS, ANCHOR_ROWS -> random.tensor(low, high, 1, anchors * h * w, channels);
                    case COLUMNS -> random.tensor(low, high, 1, channels, h * w);
                });
        return HeadPart.of(outputs.size() - 1, layout, channels);
    }
}
