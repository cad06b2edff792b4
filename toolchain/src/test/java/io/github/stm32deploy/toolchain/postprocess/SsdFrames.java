// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Random decoders and outputs of detectors with priors. */
final class SsdFrames {
    private static final int WIDTH = 64;
    private static final int HEIGHT = 48;

    private SsdFrames() {}

    /** Published faces: two scores, softmax done or not, heads joined or apart. */
    static RandomFrames.Frame faces(RandomFrames random) {
        int kind = random.below(4);
        Priors priors = List.of(
                        PublishedPriors.ultraFace(WIDTH, HEIGHT),
                        PublishedPriors.retinaFace(WIDTH, HEIGHT),
                        PublishedPriors.faceBoxes(WIDTH, HEIGHT),
                        PublishedPriors.dsfd(WIDTH, HEIGHT))
                .get(kind);
        ClassScores scores = ClassScores.ofFace(random.threshold(), random.chance());
        NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.PLUS_ONE, 0.4f)
                .withTopK(random.below(80))
                .withKeep(random.below(30));
        return frame(
                random,
                kind == 3 ? DsfdRecognition.BOXES : BoxNumbers.usualDeltas(),
                priors,
                random.chance() ? scores.asLogits() : scores,
                kind == 1 ? SsdSpec.MAX_LANDMARKS : 0,
                nms);
    }

    /** Rows of seven; images are negative now and then. */
    static RandomFrames.Frame detectionOutput(RandomFrames random) {
        ScoreRule rule = new ScoreRule(ScoreRule.Activation.NONE, 1, random.threshold(), random.chance());
        return new RandomFrames.Frame(
                new DetectionOutputSpec(WIDTH, HEIGHT, 0, rule, NmsSpec.none(), random.capacity()),
                List.of(random.tensor(-0.02f, 1.2f, 1, 1, 60 + random.below(100), 7)));
    }

    /** Several classes, any activation, with or without a background, decoded boxes or priors in a table, y before x. */
    static RandomFrames.Frame classes(RandomFrames random) {
        int columns = 2 + random.below(4);
        Optional<Integer> background = random.chance() ? Optional.empty() : Optional.of(random.below(columns));
        boolean softmax = random.chance();
        ScoreRule.Activation activation =
                softmax || random.chance() ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE;
        ClassScores scores = new ClassScores(
                columns, background, softmax, 0, new ScoreRule(activation, 1, random.threshold(), random.chance()));
        BoxNumbers.Coding coding = BoxNumbers.Coding.values()[random.below(4)];
        boolean decoded = !coding.hasPriors();
        List<Float> factors = decoded ? List.of(64f, 48f, 64f, 48f) : List.of(0.1f, 0.1f, 0.2f, 0.2f);
        BoxNumbers boxes =
                new BoxNumbers(coding, random.chance() ? BoxNumbers.XY : BoxNumbers.YX, factors, random.chance());
        NmsSpec nms = NmsSpec.hard(NmsSpec.IouConvention.EPSILON, 0.45f)
                .withPerClass(random.chance())
                .withTopK(random.below(40))
                .withEpsilon(NmsSpec.UNIT_EPSILON * WIDTH * HEIGHT);
        Priors levels = Priors.ofLevels(List.of(
                PublishedPriors.ssdLevel(6, 8, 12, 20, List.of(2f)),
                PublishedPriors.ssdLevel(3, 16, 20, 40, List.of(2f, 3f))));
        Priors priors = random.chance() ? table(random, 40 + random.below(60)) : levels;
        return frame(random, boxes, decoded ? noPriors(priors) : priors, scores, 0, nms);
    }

    private static Priors table(RandomFrames random, int count) {
        List<Priors.Prior> table = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            table.add(new Priors.Prior(
                    random.below(640) / 10f,
                    random.below(480) / 10f,
                    4 + random.below(300) / 10f,
                    4 + random.below(300) / 10f));
        }
        return Priors.ofTable(table);
    }

    /** As many rows, and nothing that they start from. */
    private static Priors noPriors(Priors like) {
        return Priors.ofTable(java.util.Collections.nCopies(like.count(), new Priors.Prior(0, 0, 0, 0)));
    }

    private static RandomFrames.Frame frame(
            RandomFrames random, BoxNumbers boxes, Priors priors, ClassScores scores, int landmarks, NmsSpec nms) {
        boolean apart = !priors.levels().isEmpty() && random.chance();
        List<SsdSpec.Head> heads = new ArrayList<>();
        List<OutputTensor> outputs = new ArrayList<>();
        if (apart) {
            SsdSpec.Layout layout = SsdSpec.Layout.values()[random.below(3)];
            for (Priors.Level level : priors.levels()) {
                heads.add(new SsdSpec.Head(
                        layout, outputs.size() + 1, outputs.size(), outputs.size() + 2, level.count()));
                outputs.add(scoresOf(random, scores, shape(layout, level, scores.columns())));
                outputs.add(boxesOf(random, boxes, shape(layout, level, 4)));
                if (landmarks > 0) {
                    outputs.add(random.tensor(-8, 8, shape(layout, level, 2 * landmarks)));
                }
            }
        } else {
            int rows = priors.count();
            heads.add(new SsdSpec.Head(SsdSpec.Layout.ROWS, 1, 0, 2, rows));
            outputs.add(scoresOf(random, scores, 1, rows, scores.columns()));
            outputs.add(boxesOf(random, boxes, 1, rows, 4));
            if (landmarks > 0) {
                outputs.add(random.tensor(-8, 8, rows, 2 * landmarks));
            }
        }
        SsdSpec spec = new SsdSpec(
                "SSD",
                WIDTH,
                HEIGHT,
                boxes,
                boxes.coding().hasPriors() ? priors : Priors.NONE,
                scores,
                landmarks,
                landmarks > 0 ? 0.1f : 0,
                heads,
                nms,
                random.capacity());
        return new RandomFrames.Frame(spec, outputs);
    }

    private static long[] shape(SsdSpec.Layout layout, Priors.Level level, int columns) {
        long h = level.gridHeight();
        long w = level.gridWidth();
        long channels = (long) columns * level.cell().size();
        return switch (layout) {
            case ROWS -> new long[] {1, level.count(), columns};
            case CHANNELS_LAST -> new long[] {1, h, w, channels};
            case CHANNELS_FIRST -> new long[] {1, channels, h, w};
        };
    }

    private static OutputTensor scoresOf(RandomFrames random, ClassScores scores, long... shape) {
        boolean logits = scores.rule().activation() == ScoreRule.Activation.SIGMOID;
        return random.tensor(logits ? -4 : 0, logits ? 4 : 1, shape);
    }

    private static OutputTensor boxesOf(RandomFrames random, BoxNumbers boxes, long... shape) {
        return boxes.coding().hasPriors() ? random.tensor(-8, 8, shape) : random.tensor(-0.2f, 1.2f, shape);
    }
}
