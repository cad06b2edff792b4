// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.List;

/** Random decoders and outputs of the families that look for peaks. */
final class HeatmapFrames {
    private static final int WIDTH = 80;
    private static final int HEIGHT = 64;
    private static final int STRIDE = 4;

    private HeatmapFrames() {}

    static RandomFrames.Frame dbFace(RandomFrames random) {
        boolean last = random.chance();
        List<OutputTensor> outputs =
                List.of(grid(random, last, -0.5f, 0.5f, 10), grid(random, last, 0, 1, 1), grid(random, last, -1, 5, 4));
        ScoreRule rule = new ScoreRule(ScoreRule.Activation.NONE, 1, random.threshold(), random.chance());
        NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, 0.5f).withTopK(random.below(60));
        return new RandomFrames.Frame(
                new DbFaceSpec(WIDTH, HEIGHT, STRIDE, last, 1, 2, 0, rule, nms, random.capacity()), outputs);
    }

    static RandomFrames.Frame centerNet(RandomFrames random) {
        boolean logits = random.chance();
        ScoreRule rule = new ScoreRule(
                logits ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE,
                1,
                random.threshold(),
                random.chance());
        if (random.chance()) {
            int classes = 1 + random.below(3);
            NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.STANDARD, 0.3f).withPerClass(true);
            return new RandomFrames.Frame(
                    CenterNetRecognition.joined(0, classes, WIDTH, HEIGHT, rule, nms, random.capacity()),
                    List.of(random.tensor(-1, 3, 1, HEIGHT / STRIDE, WIDTH / STRIDE, 6 + classes)));
        }
        boolean last = random.chance();
        int classes = 1 + random.below(3);
        List<OutputTensor> outputs = List.of(
                grid(random, last, 0, 6, 2),
                grid(random, last, logits ? -6 : 0, logits ? 4 : 1, classes),
                grid(random, last, 0, 1, 2));
        CenterNetSpec spec = new CenterNetSpec(
                WIDTH,
                HEIGHT,
                last,
                random.chance(),
                new CenterNetSpec.Channels(1, 0, classes),
                new CenterNetSpec.Channels(0, 0, 2),
                new CenterNetSpec.Channels(2, 0, 2),
                new CenterNetSpec.Channels(0, 0, 0),
                rule,
                NmsSpec.none().withTopK(random.below(60)),
                random.capacity());
        return new RandomFrames.Frame(spec, outputs);
    }

    private static OutputTensor grid(RandomFrames random, boolean last, float low, float high, int channels) {
        int h = HEIGHT / STRIDE;
        int w = WIDTH / STRIDE;
        return last ? random.tensor(low, high, 1, h, w, channels) : random.tensor(low, high, 1, channels, h, w);
    }
}
