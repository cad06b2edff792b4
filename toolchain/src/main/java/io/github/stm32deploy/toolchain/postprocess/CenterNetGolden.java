// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

/** CenterNet as its golden vectors state it: ST's one tensor [1, h, w, conf, w, h, dx, dy, classes, segmentation]. */
final class CenterNetGolden {
    private CenterNetGolden() {}

    static CenterNetSpec spec(GoldenCase golden) {
        int raw = golden.outputIndex("raw");
        return CenterNetRecognition.joined(
                raw,
                golden.params().path("num_classes").asInt(),
                // The vectors are in parts of the input: one pixel.
                Math.round(GoldenSpecs.inputSize(golden, "w")),
                Math.round(GoldenSpecs.inputSize(golden, "h")),
                GoldenSpecs.rule(golden, ScoreRule.Activation.NONE),
                GoldenSpecs.nms(golden),
                GoldenSpecs.capacity(golden));
    }
}
