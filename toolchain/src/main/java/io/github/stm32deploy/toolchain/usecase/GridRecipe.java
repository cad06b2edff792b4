// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.postprocess.Capacity;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.DecoderSpec;
import io.github.stm32deploy.toolchain.postprocess.HeadPart;
import io.github.stm32deploy.toolchain.postprocess.ImageInput;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput;
import io.github.stm32deploy.toolchain.postprocess.NmsSpec;
import io.github.stm32deploy.toolchain.postprocess.Recognised;
import io.github.stm32deploy.toolchain.postprocess.ScoreRule;
import io.github.stm32deploy.toolchain.postprocess.YoloSpec;
import io.github.stm32deploy.toolchain.postprocess.YoloV8Spec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A detector on grids whose recipe states coding, steps and anchors: {@code decoder: {family: yolov5-face, grid: ...}}, as
 * {@code repair} writes it.
 */
final class GridRecipe {
    private static final int BOX = 4;
    private static final float SCORE_THRESHOLD = 0.45f;
    private static final float IOU_THRESHOLD = 0.5f;
    private static final int CANDIDATES = 256;
    private static final int DETECTIONS = 32;
    private static final int PADDING = 114;
    /** Extents of grids that count the input as 1 stay below; those in pixels do not. */
    private static final float LARGEST_SHARE = 2;

    private static final List<String> FAMILIES =
            List.of("YOLOv3", "YOLOv5", "YOLOv5-face", "YOLOv7", "YOLOv8", "YOLOX", "st_yolo_x");

    private final Map<String, Object> decoder;
    private final Map<?, ?> grid;
    private final List<ModelOutput> outputs;
    private final ImageInput image;
    private final String family;

    private GridRecipe(Map<String, Object> decoder, Map<?, ?> grid, ModelGraph graph, ImageInput image, String family) {
        this.decoder = decoder;
        this.grid = grid;
        this.outputs = DecoderRecognition.outputs(graph);
        this.image = image;
        this.family = family;
    }

    /** One stated grid: where its numbers lie, box first. */
    private record Level(
            int columns, int rows, float stepX, float stepY, List<YoloSpec.Anchor> anchors, List<HeadPart> heads) {
        /** @throws IllegalArgumentException where no output holds all of these numbers */
        HeadPart part(int first, int count) {
            int before = 0;
            for (HeadPart head : heads) {
                if (first >= before && first + count <= before + head.channels()) {
                    return new HeadPart(head.output(), head.layout(), head.channels(), first - before, 0);
                }
                before += head.channels();
            }
            throw new IllegalArgumentException("grid.levels: the outputs of " + columns + "x" + rows
                    + " cells do not hold the numbers " + first + " to " + (first + count - 1) + " in one of them");
        }

        int numbers() {
            return heads.stream().mapToInt(HeadPart::channels).sum();
        }
    }

    /**
     * @param decoder of a recipe
     * @return empty where it states no grid, or names another family than one of grids
     * @throws IllegalArgumentException where it contradicts itself or the graph
     */
    static Optional<Recognised> of(Map<String, Object> decoder, ModelGraph graph) {
        if (!(decoder.get("grid") instanceof Map<?, ?> grid)) {
            return Optional.empty();
        }
        String named = DecoderChoice.plain(String.valueOf(decoder.get("family")));
        return FAMILIES.stream()
                .filter(family -> DecoderChoice.plain(family).equals(named))
                .findFirst()
                .flatMap(family -> DecoderRecognition.image(graph)
                        .map(image -> new GridRecipe(decoder, grid, graph, image, family).read()));
    }

    private Recognised read() {
        int scores = number(grid, "scores", 1).intValue();
        int points = number(grid, "points", 0).intValue();
        int bins = number(grid, "bins", 0).intValue();
        String coding = String.valueOf(grid.get("coding"));
        boolean distributions = coding.equals("distributions");
        int anchorNumbers = (distributions ? BOX * bins : BOX) + scores + 2 * points;
        List<Level> levels = levels(anchorNumbers);
        DecoderSpec spec =
                distributions ? distributions(levels, scores, bins) : objectness(levels, form(coding), scores, points);
        String evidence = family + ": the recipe states " + coding + " on grids "
                + String.join(
                        ", ",
                        levels.stream()
                                .map(level -> level.columns() + "x" + level.rows())
                                .toList())
                + " of " + outputs.get(levels.get(0).heads().get(0).output()) + " and others";
        return new Recognised(spec, evidence, Optional.of(contract()));
    }

    /** What the family's authors feed; a recipe's own input section comes before it. */
    private InputContract contract() {
        boolean bytes = family.equals("YOLOX");
        int channels = image.channels();
        InputContract.Colour colour =
                channels == 1 ? InputContract.Colour.GRAY : bytes ? InputContract.Colour.BGR : InputContract.Colour.RGB;
        return new InputContract(
                image.layout(),
                colour,
                image.width(),
                image.height(),
                Collections.nCopies(channels, 0f),
                Collections.nCopies(channels, bytes ? 1f : 255f),
                bytes ? InputContract.ResizeMode.LETTERBOX_TOP_LEFT : InputContract.ResizeMode.LETTERBOX_CENTRE,
                PADDING);
    }

    private static YoloSpec.BoxForm form(String coding) {
        return switch (coding) {
            case "twice-sigmoid" -> YoloSpec.BoxForm.TWICE_SIGMOID;
            case "sigmoid-exp" -> YoloSpec.BoxForm.SIGMOID_EXP;
            case "linear-exp" -> YoloSpec.BoxForm.LINEAR_EXP;
            default -> throw new IllegalArgumentException("grid.coding " + coding + " is not one of this decoder");
        };
    }

    private DecoderSpec distributions(List<Level> levels, int classes, int bins) {
        return new YoloV8Spec(
                image.width(),
                image.height(),
                classes,
                bins,
                false,
                0,
                levels.stream()
                        .map(level -> new YoloV8Spec.Level(
                                level.columns(),
                                level.rows(),
                                level.stepX(),
                                level.stepY(),
                                level.part(BOX * bins, classes),
                                level.part(0, BOX * bins),
                                level.part(0, BOX * bins)))
                        .toList(),
                rule(),
                suppression(classes),
                new Capacity(CANDIDATES, DETECTIONS));
    }

    private DecoderSpec objectness(List<Level> levels, YoloSpec.BoxForm form, int scores, int points) {
        int classes = scores - 1;
        YoloSpec.ScoreForm scoreForm = classes < 1
                ? YoloSpec.ScoreForm.OBJECTNESS
                : form == YoloSpec.BoxForm.LINEAR_EXP ? YoloSpec.ScoreForm.EVERY_CLASS : YoloSpec.ScoreForm.TIMES_CLASS;
        int firstClass = BOX + 1 + 2 * points;
        return new YoloSpec(
                family,
                image.width(),
                image.height(),
                form,
                scoreForm,
                Math.max(1, classes),
                points,
                Math.max(1, levels.get(0).anchors().size()),
                levels.stream()
                        .map(level -> new YoloSpec.Level(
                                level.columns(),
                                level.rows(),
                                level.stepX(),
                                level.stepY(),
                                level.anchors(),
                                level.part(0, BOX),
                                level.part(BOX, 1),
                                classes < 1 ? level.part(BOX, 1) : level.part(firstClass, classes),
                                points < 1 ? level.part(0, BOX) : level.part(BOX + 1, 2 * points)))
                        .toList(),
                rule(),
                suppression(classes),
                new Capacity(CANDIDATES, DETECTIONS));
    }

    private List<Level> levels(int anchorNumbers) {
        List<Level> levels = new ArrayList<>();
        if (grid.get("levels") instanceof List<?> stated) {
            stated.forEach(one -> levels.add(level((Map<?, ?>) one)));
        }
        if (levels.isEmpty()) {
            throw new IllegalArgumentException("grid.levels is missing");
        }
        for (Level level : levels) {
            if (level.numbers() != anchorNumbers) {
                throw new IllegalArgumentException("grid.levels: the outputs of " + level.columns() + "x"
                        + level.rows() + " cells hold " + level.numbers() + " numbers for an anchor, and the recipe"
                        + " names " + anchorNumbers);
            }
        }
        return levels;
    }

    private Level level(Map<?, ?> stated) {
        int columns = number(stated, "columns", 0).intValue();
        int rows = number(stated, "rows", 0).intValue();
        float stepX = number(stated, "stepX", 0).floatValue();
        float stepY = number(stated, "stepY", 0).floatValue();
        boolean shares = stepX * columns < LARGEST_SHARE;
        float unitX = shares ? image.width() : 1;
        float unitY = shares ? image.height() : 1;
        List<YoloSpec.Anchor> anchors = new ArrayList<>();
        if (stated.get("sizes") instanceof List<?> sizes) {
            for (Object size : sizes) {
                List<?> pair = (List<?>) size;
                anchors.add(new YoloSpec.Anchor(
                        ((Number) pair.get(0)).floatValue() * unitX, ((Number) pair.get(1)).floatValue() * unitY));
            }
        }
        List<HeadPart> heads = new ArrayList<>();
        if (stated.get("outputs") instanceof List<?> names) {
            names.forEach(name -> heads.add(head(String.valueOf(name), columns, rows, Math.max(1, anchors.size()))));
        }
        return new Level(columns, rows, stepX * unitX, stepY * unitY, anchors, heads);
    }

    private HeadPart head(String name, int columns, int rows, int anchors) {
        for (int i = 0; i < outputs.size(); i++) {
            ModelOutput output = outputs.get(i);
            if (output.name().equals(name)) {
                long cells = Math.max(1L, (long) columns * rows * anchors);
                int channels = (int) (output.type().shape().elements() / cells);
                int index = i;
                return HeadPart.layout(output, columns, rows, anchors, channels)
                        .filter(layout -> channels > 0)
                        .map(layout -> new HeadPart(index, layout, channels, 0, 0))
                        .orElseThrow(() -> new IllegalArgumentException("output " + output + " is no grid of " + columns
                                + "x" + rows + " cells with " + anchors + " anchors"));
            }
        }
        throw new IllegalArgumentException("there is no output " + name);
    }

    private ScoreRule rule() {
        return ScoreRule.above(
                ScoreRule.Activation.SIGMOID,
                number(decoder, "scoreThreshold", SCORE_THRESHOLD).floatValue());
    }

    private NmsSpec suppression(int classes) {
        Map<?, ?> stated = decoder.get("suppression") instanceof Map<?, ?> found ? found : Map.of();
        float iou = number(stated, "iouThreshold", number(decoder, "iouThreshold", IOU_THRESHOLD))
                .floatValue();
        return NmsSpec.hard(NmsSpec.IouConvention.STANDARD, iou)
                .withPerClass(classes > 1 && !Boolean.FALSE.equals(stated.get("perClass")))
                .withKeep(number(stated, "maxPerClass", 0).intValue());
    }

    private static Number number(Map<?, ?> from, String key, Number otherwise) {
        return from.get(key) instanceof Number found ? found : otherwise;
    }
}
