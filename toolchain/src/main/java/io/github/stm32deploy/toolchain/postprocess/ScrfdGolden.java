// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;

/** SCRFD as its golden vectors state it: outputs score_S, bbox_S and perhaps kps_S of rows. */
final class ScrfdGolden {
    private ScrfdGolden() {}

    static ScrfdSpec spec(GoldenCase golden) {
        int width = golden.params().path("input_w").asInt();
        int height = golden.params().path("input_h").asInt();
        int anchors = golden.params().path("anchors_per_cell").asInt();
        boolean landmarks = golden.find("kps_8") >= 0;
        List<ScrfdSpec.Level> levels = new ArrayList<>();
        for (GoldenNode node : golden.params().path("strides")) {
            int stride = node.asInt();
            levels.add(new ScrfdSpec.Level(
                    width / stride,
                    height / stride,
                    stride,
                    part(golden, "score_" + stride, 1),
                    part(golden, "bbox_" + stride, 4),
                    part(golden, landmarks ? "kps_" + stride : "bbox_" + stride, 2 * ScrfdSpec.LANDMARKS)));
        }
        return new ScrfdSpec(
                width,
                height,
                anchors,
                landmarks,
                levels,
                GoldenSpecs.rule(golden, ScoreRule.Activation.NONE),
                GoldenSpecs.nms(golden),
                GoldenSpecs.capacity(golden));
    }

    private static HeadPart part(GoldenCase golden, String name, int channels) {
        return HeadPart.of(Math.max(0, golden.find(name)), HeadPart.Layout.ROWS, channels);
    }

    /** Centres in pixels. */
    static List<List<Float>> anchors(GoldenCase golden) {
        ScrfdSpec spec = spec(golden);
        List<List<Float>> anchors = new ArrayList<>();
        for (ScrfdSpec.Level level : spec.levels()) {
            for (int row = 0; row < level.cells() * spec.anchorsPerCell(); row++) {
                int cell = row / spec.anchorsPerCell();
                anchors.add(List.of((float) (cell % level.gridWidth() * level.stride()), (float)
                        (cell / level.gridWidth() * level.stride())));
            }
        }
        return anchors;
    }
}
