// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.List;

/** The YOLO families with an objectness as their golden vectors state them. */
final class YoloGolden {
    private static final int FACE_LANDMARKS = 5;

    private YoloGolden() {}

    /** Raw heads p3, p4, p5 of 3 * 16 channels, or one decoded output of rows. */
    static YoloSpec v5Face(GoldenCase golden) {
        return anchored(golden, "YOLOv5-face", YoloSpec.ScoreForm.TIMES_CLASS, FACE_LANDMARKS);
    }

    /** Raw heads of 3 * (5 + classes) channels; one class alone is not read. */
    static YoloSpec v7(GoldenCase golden) {
        Shape shape = golden.outputs().get(0).data().shape();
        boolean single = shape.size(1) == 3 * (YoloSpec.BOX_AND_OBJECTNESS + 1);
        return anchored(golden, "YOLOv7", single ? YoloSpec.ScoreForm.OBJECTNESS : YoloSpec.ScoreForm.TIMES_CLASS, 0);
    }

    private static YoloSpec anchored(GoldenCase golden, String family, YoloSpec.ScoreForm scoreForm, int landmarks) {
        int numbersBeforeClasses = YoloSpec.BOX_AND_OBJECTNESS + 2 * landmarks;
        List<YoloSpec.Level> levels = new ArrayList<>();
        boolean decoded = golden.params().path("head").asText().startsWith("decoded");
        int anchors = decoded ? 1 : 3;
        int numbers = 0;
        for (int i = 0; i < golden.outputs().size(); i++) {
            Shape shape = golden.outputs().get(i).data().shape();
            numbers = (int) shape.size(decoded ? 2 : 1) / anchors;
            HeadPart boxes = HeadPart.of(i, decoded ? HeadPart.Layout.ROWS : HeadPart.Layout.CHANNELS_FIRST, numbers);
            float stride = decoded ? 1 : golden.params().path("strides").get(i).asFloat();
            levels.add(new YoloSpec.Level(
                    decoded ? (int) shape.size(1) : (int) shape.size(3),
                    decoded ? 1 : (int) shape.size(2),
                    stride,
                    stride,
                    decoded
                            ? List.of()
                            : anchors(golden.params().path("anchors_px").get(i), 1),
                    boxes,
                    boxes.fromChannel(YoloSpec.BOX),
                    boxes.fromChannel(numbersBeforeClasses),
                    boxes.fromChannel(YoloSpec.BOX)));
        }
        levels.replaceAll(level -> landmarks == 0
                ? level
                : new YoloSpec.Level(
                        level.gridWidth(),
                        level.gridHeight(),
                        level.stepX(),
                        level.stepY(),
                        level.anchors(),
                        level.boxes(),
                        level.objectness(),
                        level.classScores(),
                        level.boxes().fromChannel(YoloSpec.BOX_AND_OBJECTNESS)));
        ScoreRule.Activation activation = decoded ? ScoreRule.Activation.NONE : ScoreRule.Activation.SIGMOID;
        return new YoloSpec(
                family,
                golden.params().path("input_w").asInt(),
                golden.params().path("input_h").asInt(),
                decoded ? YoloSpec.BoxForm.DECODED : YoloSpec.BoxForm.TWICE_SIGMOID,
                scoreForm,
                numbers - numbersBeforeClasses,
                landmarks,
                anchors,
                levels,
                ScoreRule.above(activation, golden.number("score_threshold", 0)),
                GoldenSpecs.nms(golden).withKeep(golden.params().path("max_det").asInt(0)),
                GoldenSpecs.capacity(golden));
    }

    /** One output of rows: boxes raw, scores probabilities. */
    static YoloSpec x(GoldenCase golden) {
        int width = golden.params().path("input_w").asInt();
        int height = golden.params().path("input_h").asInt();
        int classes = golden.params().path("num_classes").asInt();
        List<YoloSpec.Level> levels = new ArrayList<>();
        int row = 0;
        for (GoldenNode node : golden.params().path("strides")) {
            int stride = node.asInt();
            HeadPart boxes = new HeadPart(0, HeadPart.Layout.ROWS, YoloSpec.BOX_AND_OBJECTNESS + classes, 0, row);
            levels.add(new YoloSpec.Level(
                    width / stride,
                    height / stride,
                    stride,
                    stride,
                    List.of(),
                    boxes,
                    boxes.fromChannel(YoloSpec.BOX),
                    boxes.fromChannel(YoloSpec.BOX_AND_OBJECTNESS),
                    boxes));
            row += width / stride * (height / stride);
        }
        return new YoloSpec(
                "YOLOX",
                width,
                height,
                YoloSpec.BoxForm.LINEAR_EXP,
                GoldenSpecs.nms(golden).perClass() ? YoloSpec.ScoreForm.EVERY_CLASS : YoloSpec.ScoreForm.TIMES_CLASS,
                classes,
                0,
                1,
                levels,
                GoldenSpecs.rule(golden, ScoreRule.Activation.NONE),
                GoldenSpecs.nms(golden),
                GoldenSpecs.capacity(golden));
    }

    /** Channels-last grids; boxes are shares of the input. */
    static YoloSpec st(GoldenCase golden) {
        int classes = golden.params().path("num_classes").asInt();
        int anchors = golden.params().path("num_anchors").asInt();
        List<YoloSpec.Level> levels = new ArrayList<>();
        for (int i = 0; i < golden.outputs().size(); i++) {
            GoldenNode grid = golden.params().path("grids").get(i);
            int width = grid.get(1).asInt();
            int height = grid.get(0).asInt();
            HeadPart boxes = HeadPart.of(i, HeadPart.Layout.CHANNELS_LAST, YoloSpec.BOX_AND_OBJECTNESS + classes);
            levels.add(new YoloSpec.Level(
                    width,
                    height,
                    1.0f / width,
                    1.0f / height,
                    anchors(golden.params().path("anchors_cells").get(i), width),
                    boxes,
                    boxes.fromChannel(YoloSpec.BOX),
                    boxes.fromChannel(YoloSpec.BOX_AND_OBJECTNESS),
                    boxes));
        }
        return new YoloSpec(
                "st_yolo_x",
                1,
                1,
                YoloSpec.BoxForm.SIGMOID_EXP,
                classes == 1 ? YoloSpec.ScoreForm.OBJECTNESS : YoloSpec.ScoreForm.TIMES_SOFTMAX,
                classes,
                0,
                anchors,
                levels,
                GoldenSpecs.rule(golden, ScoreRule.Activation.SIGMOID),
                GoldenSpecs.nms(golden)
                        .withKeep(golden.params().path("max_per_class").asInt(0)),
                GoldenSpecs.capacity(golden));
    }

    /** Width and height alternate; grids are square. */
    private static List<YoloSpec.Anchor> anchors(GoldenNode sizes, float divisor) {
        List<YoloSpec.Anchor> anchors = new ArrayList<>();
        for (int i = 0; i + 1 < sizes.size(); i += 2) {
            anchors.add(new YoloSpec.Anchor(
                    sizes.get(i).asFloat() / divisor, sizes.get(i + 1).asFloat() / divisor));
        }
        return anchors;
    }
}
