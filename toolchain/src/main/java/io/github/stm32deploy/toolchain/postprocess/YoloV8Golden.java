// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.List;

/** YOLOv8 as its golden vectors state it: raw face heads p3, p4, p5, or one decoded tensor. */
final class YoloV8Golden {
    private static final int FACE_LANDMARKS = 5;

    private YoloV8Golden() {}

    /** [1, 80, h, w] heads: 64 numbers of distributions, one class, five points. */
    static YoloV8Spec faceHeads(GoldenCase golden) {
        int bins = golden.params().path("reg_max").asInt();
        List<YoloV8Spec.Level> levels = new ArrayList<>();
        for (GoldenNode node : golden.params().path("strides")) {
            int output = levels.size();
            Shape shape = golden.outputs().get(output).data().shape();
            HeadPart boxes = HeadPart.of(output, HeadPart.Layout.CHANNELS_FIRST, (int) shape.size(1));
            levels.add(new YoloV8Spec.Level(
                    (int) shape.size(3),
                    (int) shape.size(2),
                    node.asFloat(),
                    node.asFloat(),
                    boxes.fromChannel(4 * bins),
                    boxes,
                    boxes.fromChannel(4 * bins + 1)));
        }
        return new YoloV8Spec(
                golden.params().path("input_w").asInt(),
                golden.params().path("input_h").asInt(),
                1,
                bins,
                golden.params().path("clip").asText().startsWith("lower bound 0"),
                FACE_LANDMARKS,
                levels,
                GoldenSpecs.rule(golden, ScoreRule.Activation.SIGMOID),
                GoldenSpecs.nms(golden),
                GoldenSpecs.capacity(golden));
    }

    /** [1, 4 + classes, n] of shares of the input. */
    static YoloV8Spec decoded(GoldenCase golden) {
        int classes = golden.params().path("num_classes").asInt();
        int rows = golden.params().path("num_boxes").asInt();
        HeadPart boxes = HeadPart.of(0, HeadPart.Layout.COLUMNS, 4 + classes);
        return new YoloV8Spec(
                1,
                1,
                classes,
                0,
                false,
                0,
                List.of(new YoloV8Spec.Level(rows, 1, 1, 1, boxes.fromChannel(4), boxes, boxes)),
                GoldenSpecs.rule(golden, ScoreRule.Activation.NONE),
                GoldenSpecs.nms(golden)
                        .withKeep(golden.params().path("max_per_class").asInt()),
                GoldenSpecs.capacity(golden));
    }
}
