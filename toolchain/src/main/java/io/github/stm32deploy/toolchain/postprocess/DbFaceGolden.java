// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

/** DBFace as its golden vectors state it: outputs hm, box, landmark, channels first. */
final class DbFaceGolden {
    private DbFaceGolden() {}

    static DbFaceSpec spec(GoldenCase golden) {
        int heatmap = golden.outputIndex("hm");
        int stride = golden.params().path("stride").asInt();
        HeatGrid grid = HeatGrid.of(golden.outputs().get(heatmap), false);
        return new DbFaceSpec(
                grid.width() * stride,
                grid.height() * stride,
                stride,
                false,
                heatmap,
                golden.outputIndex("box"),
                golden.outputIndex("landmark"),
                GoldenSpecs.rule(golden, ScoreRule.Activation.NONE),
                GoldenSpecs.nms(golden).withTopK(golden.params().path("top_k").asInt(0)),
                GoldenSpecs.capacity(golden));
    }
}
