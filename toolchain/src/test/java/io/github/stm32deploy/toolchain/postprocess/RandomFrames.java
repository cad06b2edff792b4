// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Seeded random decoders and outputs, on small inputs so that many fit in one run. */
final class RandomFrames {
    private static final List<ElementType> ELEMENTS = List.of(ElementType.INT8, ElementType.UINT8, ElementType.FLOAT32);
    private static final int SIZE = 64;

    private final Random random;

    RandomFrames(long seed) {
        random = new Random(seed);
    }

    /** A decoder and outputs that it can read. */
    record Frame(DecoderSpec spec, List<OutputTensor> outputs) {}

    Frame blazeFace() {
        boolean split = random.nextBoolean();
        List<BlazeFaceSpec.Level> levels = new ArrayList<>();
        List<OutputTensor> outputs = new ArrayList<>();
        int row = 0;
        for (BlazeFaceSpec.Level grid : BlazeFaceSpec.levels(SIZE, SIZE, List.of(8, 16, 16, 16), 2)) {
            int first = split ? outputs.size() : 0;
            levels.add(new BlazeFaceSpec.Level(
                    grid.gridWidth(), grid.gridHeight(), grid.anchorsPerCell(), first + 1, first, split ? 0 : row));
            row += grid.anchors();
            if (split) {
                outputs.add(tensor(-6, 4, 1, grid.anchors(), 1));
                outputs.add(tensor(-8, 40, 1, grid.anchors(), 16));
            }
        }
        if (!split) {
            outputs.add(tensor(-6, 4, 1, row, 1));
            outputs.add(tensor(-8, 40, 1, row, 16));
        }
        NmsSpec nms = random.nextBoolean()
                ? NmsSpec.weighted(0.3f).withStopAtZeroArea(random.nextBoolean())
                : NmsSpec.hard(NmsSpec.IouConvention.STANDARD, 0.5f);
        ScoreRule rule = new ScoreRule(ScoreRule.Activation.SIGMOID, 1, threshold(), random.nextBoolean());
        return new Frame(new BlazeFaceSpec(SIZE, SIZE, SIZE, 6, levels, rule, nms, capacity()), outputs);
    }

    Frame centerFace() {
        boolean last = random.nextBoolean();
        int h = SIZE / 4;
        int w = SIZE / 4;
        List<OutputTensor> outputs = List.of(
                last ? tensor(0, 2, 1, h, w, 2) : tensor(0, 2, 1, 2, h, w),
                last ? tensor(0, 1, 1, h, w, 10) : tensor(0, 1, 1, 10, h, w),
                last ? tensor(0, 1, 1, h, w, 1) : tensor(0, 1, 1, 1, h, w),
                last ? tensor(-0.5f, 0.5f, 1, h, w, 2) : tensor(-0.5f, 0.5f, 1, 2, h, w));
        ScoreRule rule = new ScoreRule(ScoreRule.Activation.NONE, 1, threshold(), random.nextBoolean());
        NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, 0.3f).withInclusive(true);
        return new Frame(new CenterFaceSpec(SIZE, SIZE, 4, last, 2, 0, 3, 1, rule, nms, capacity()), outputs);
    }

    Frame yuNetV1() {
        int n = YuNetV1Spec.priorCount(SIZE, SIZE);
        boolean logits = random.nextBoolean();
        List<OutputTensor> outputs = List.of(
                logits ? tensor(-4, 4, n, 2) : tensor(0, 1, n, 2), tensor(-0.2f, 1.5f, n, 1), tensor(-3, 3, n, 14));
        ScoreRule rule = new ScoreRule(ScoreRule.Activation.SQRT, 1, threshold(), random.nextBoolean());
        NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.TRUNCATED, 0.3f).withTopK(random.nextInt(60));
        return new Frame(
                new YuNetV1Spec(SIZE, SIZE, 2, 0, 1, YuNetV1Spec.levels(SIZE, SIZE), logits, rule, nms, capacity()),
                outputs);
    }

    Frame yuNetV2() {
        List<OutputTensor> outputs = new ArrayList<>();
        List<YuNetV2Spec.Level> levels = new ArrayList<>();
        for (int stride : List.of(8, 16, 32)) {
            int side = SIZE / stride;
            int n = side * side;
            int first = outputs.size();
            outputs.add(tensor(-1, 3, 1, n, 4));
            outputs.add(tensor(-0.1f, 1.2f, 1, n, 1));
            outputs.add(tensor(-2, 2, 1, n, 10));
            outputs.add(tensor(-0.1f, 1, 1, n, 1));
            levels.add(new YuNetV2Spec.Level(side, side, stride, first + 1, first + 3, first, first + 2));
        }
        boolean openCv = random.nextBoolean();
        ScoreRule rule =
                new ScoreRule(openCv ? ScoreRule.Activation.SQRT : ScoreRule.Activation.NONE, 1, threshold(), !openCv);
        NmsSpec nms = openCv
                ? NmsSpec.hard(NmsSpec.IouConvention.TRUNCATED, 0.3f).withRecheckAbove(rule.threshold())
                : NmsSpec.hard(NmsSpec.IouConvention.STANDARD, 0.45f);
        return new Frame(new YuNetV2Spec(SIZE, SIZE, levels, rule, nms, capacity()), outputs);
    }

    Frame classifier() {
        int top = 1 + random.nextInt(8);
        return new Frame(
                new ClassifierSpec(0, new Capacity(top, top)), List.of(tensor(-4, 4, 1, 2 + random.nextInt(40))));
    }

    boolean chance() {
        return random.nextBoolean();
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    float threshold() {
        return 0.3f + 0.01f * random.nextInt(60);
    }

    /** Sometimes too small for what is found, on either side. */
    Capacity capacity() {
        int candidates = random.nextBoolean() ? 2000 : 1 + random.nextInt(200);
        return new Capacity(candidates, random.nextBoolean() ? 2000 : 1 + random.nextInt(20));
    }

    /** Values between the bounds, a few of a float tensor not finite; integers with a fitting random quantization. */
    OutputTensor tensor(float low, float high, long... shape) {
        ElementType element = ELEMENTS.get(random.nextInt(ELEMENTS.size()));
        Shape sizes = Shape.of(shape);
        float[] values = new float[Math.toIntExact(sizes.elements())];
        if (element == ElementType.FLOAT32) {
            boolean broken = random.nextInt(4) == 0;
            for (int i = 0; i < values.length; i++) {
                values[i] = low + (high - low) * random.nextFloat();
                if (broken && random.nextInt(50) == 0) {
                    values[i] = List.of(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 500f, -500f)
                            .get(random.nextInt(5));
                }
            }
            return OutputTensor.ofFloats(sizes, values);
        }
        float scale = (high - low) / 255 * (0.8f + 0.4f * random.nextFloat());
        int lowest = element == ElementType.INT8 ? Byte.MIN_VALUE : 0;
        int zeroPoint = Math.max(lowest, Math.min(lowest + 255, Math.round(lowest - low / scale)));
        for (int i = 0; i < values.length; i++) {
            values[i] = lowest + random.nextInt(256);
        }
        return new OutputTensor(GoldenCase.stored(element, sizes, values), scale, zeroPoint);
    }
}
