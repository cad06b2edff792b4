// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.postprocess.BoxNumbers;
import io.github.stm32deploy.toolchain.postprocess.Capacity;
import io.github.stm32deploy.toolchain.postprocess.ClassScores;
import io.github.stm32deploy.toolchain.postprocess.DecoderRecognition;
import io.github.stm32deploy.toolchain.postprocess.ImageInput;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput;
import io.github.stm32deploy.toolchain.postprocess.NmsSpec;
import io.github.stm32deploy.toolchain.postprocess.Priors;
import io.github.stm32deploy.toolchain.postprocess.Recognised;
import io.github.stm32deploy.toolchain.postprocess.ScoreRule;
import io.github.stm32deploy.toolchain.postprocess.SsdSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A detector with priors whose recipe states them: {@code decoder: {family: ssd, boxes: ..., scores: ...}}, as {@code repair}
 * writes it.
 */
final class SsdRecipe {
    private static final String FAMILY = "ssd";
    private static final float SCORE_THRESHOLD = 0.5f;
    private static final float IOU_THRESHOLD = 0.5f;
    private static final int CANDIDATES = 256;
    private static final int DETECTIONS = 32;
    /** Centres of anchors that count from 0 to 1 stay below; those in pixels do not. */
    private static final float LARGEST_SHARE = 2;

    private static final List<String> PRIOR_ORDER = List.of("x", "y", "w", "h");
    private static final List<String> CORNER_ORDER = List.of("x1", "y1", "x2", "y2");

    private final Map<String, Object> decoder;
    private final List<ModelOutput> outputs;
    private final ImageInput image;

    private SsdRecipe(Map<String, Object> decoder, List<ModelOutput> outputs, ImageInput image) {
        this.decoder = decoder;
        this.outputs = outputs;
        this.image = image;
    }

    /**
     * @param decoder of a recipe
     * @param anchorFile reads a table of anchors: centre x, centre y, width, height of each row
     * @return empty where it states no boxes and scores that this decoder reads
     * @throws IllegalArgumentException where it contradicts itself or the graph
     */
    static Optional<Recognised> of(
            Map<String, Object> decoder, ModelGraph graph, Function<String, List<float[]>> anchorFile) {
        boolean stated = decoder.get("boxes") instanceof Map<?, ?> && decoder.get("scores") instanceof Map<?, ?>;
        boolean named = decoder.get("family") instanceof String family
                && DecoderChoice.plain(family).equals(FAMILY);
        if (!stated || !named) {
            return Optional.empty();
        }
        return DecoderRecognition.image(graph)
                .map(image -> new SsdRecipe(decoder, DecoderRecognition.outputs(graph), image).read(anchorFile));
    }

    private Recognised read(Function<String, List<float[]>> anchorFile) {
        Map<?, ?> boxes = (Map<?, ?>) decoder.get("boxes");
        Map<?, ?> scores = (Map<?, ?>) decoder.get("scores");
        int boxOutput = output(boxes);
        int scoreOutput = output(scores);
        int classes =
                number(scores, "classes", outputs.get(scoreOutput).columns()).intValue();
        int rows = Math.toIntExact(outputs.get(boxOutput).rows());
        if (outputs.get(boxOutput).columns() != 4
                || outputs.get(scoreOutput).columns() != classes
                || outputs.get(scoreOutput).rows() != rows) {
            throw new IllegalArgumentException("boxes " + outputs.get(boxOutput) + " and scores "
                    + outputs.get(scoreOutput) + " are not rows of 4 and of " + classes);
        }
        BoxNumbers numbers = numbers(boxes);
        boolean deltas = numbers.coding() == BoxNumbers.Coding.CENTRE_DELTAS;
        Priors priors = deltas ? priors(map(boxes, "anchors"), anchorFile) : Priors.NONE;
        SsdSpec spec = new SsdSpec(
                "SSD",
                image.width(),
                image.height(),
                numbers,
                priors,
                scores(scores, classes),
                0,
                0,
                List.of(new SsdSpec.Head(SsdSpec.Layout.ROWS, boxOutput, scoreOutput, 0, rows)),
                suppression(),
                new Capacity(CANDIDATES, DETECTIONS));
        String evidence = "SSD: the recipe states the coding of boxes " + outputs.get(boxOutput) + " and scores "
                + outputs.get(scoreOutput) + (deltas ? ", and " + priors.count() + " anchors" : "");
        return new Recognised(spec, evidence, Optional.empty());
    }

    private int output(Map<?, ?> part) {
        String name = String.valueOf(part.get("output"));
        for (int i = 0; i < outputs.size(); i++) {
            if (outputs.get(i).name().equals(name)) {
                return i;
            }
        }
        throw new IllegalArgumentException("there is no output " + name);
    }

    private BoxNumbers numbers(Map<?, ?> boxes) {
        String coding = String.valueOf(boxes.get("coding"));
        List<String> order = strings(boxes.get("order"));
        float w = image.width();
        float h = image.height();
        return switch (coding) {
            case "anchor-deltas" ->
                new BoxNumbers(
                        BoxNumbers.Coding.CENTRE_DELTAS, columns(order, PRIOR_ORDER), factors(boxes, order), false);
            case "corners" ->
                new BoxNumbers(
                        BoxNumbers.Coding.CORNERS,
                        columns(order, CORNER_ORDER),
                        isShare(boxes) ? List.of(w, h, w, h) : List.of(1f, 1f, 1f, 1f),
                        false);
            case "centre" ->
                new BoxNumbers(
                        BoxNumbers.Coding.CENTRES,
                        columns(order, PRIOR_ORDER),
                        isShare(boxes) ? List.of(w, h, w, h) : List.of(1f, 1f, 1f, 1f),
                        false);
            default -> throw new IllegalArgumentException("boxes.coding " + coding + " is not one of this decoder");
        };
    }

    private static boolean isShare(Map<?, ?> boxes) {
        String unit = String.valueOf(boxes.get("unit"));
        return switch (unit) {
            case "image" -> true;
            case "pixels" -> false;
            default -> throw new IllegalArgumentException("boxes.unit is pixels or image, not " + unit);
        };
    }

    /** Where the four wanted numbers stand among those that the recipe names; in their own order where it names none. */
    private static List<Integer> columns(List<String> order, List<String> wanted) {
        List<String> names = order.isEmpty() ? wanted : order;
        return wanted.stream().map(names::indexOf).toList();
    }

    /** In the order of x, y, w, h; the recipe has them in that of its columns. */
    private static List<Float> factors(Map<?, ?> boxes, List<String> order) {
        List<Float> given = floats(boxes.get("factors"));
        if (given.isEmpty()) {
            return List.of(1f, 1f, 1f, 1f);
        }
        return columns(order, PRIOR_ORDER).stream().map(given::get).toList();
    }

    private Priors priors(Map<?, ?> anchors, Function<String, List<float[]>> anchorFile) {
        List<Priors.Level> levels = new ArrayList<>();
        if (anchors.get("levels") instanceof List<?> grids) {
            float largest = 0;
            for (Object grid : grids) {
                largest = Math.max(largest, number((Map<?, ?>) grid, "stepX", 0).floatValue());
            }
            // A step of a whole picture is 1 at most.
            boolean share = largest <= 1;
            float w = share ? image.width() : 1;
            float h = share ? image.height() : 1;
            for (Object grid : grids) {
                levels.add(level((Map<?, ?>) grid, w, h));
            }
            return new Priors(levels, List.of(), false, 0, 0);
        }
        List<float[]> rows = anchorFile.apply(String.valueOf(anchors.get("file")));
        float largest = 0;
        for (float[] row : rows) {
            largest = Math.max(largest, Math.max(row[0], row[1]));
        }
        float w = largest < LARGEST_SHARE ? image.width() : 1;
        float h = largest < LARGEST_SHARE ? image.height() : 1;
        return new Priors(
                List.of(),
                rows.stream()
                        .map(row -> new Priors.Prior(row[0] * w, row[1] * h, row[2] * w, row[3] * h))
                        .toList(),
                false,
                0,
                0);
    }

    private static Priors.Level level(Map<?, ?> grid, float w, float h) {
        float offset = number(grid, "offset", 0.5f).floatValue();
        List<Priors.Prior> cell = new ArrayList<>();
        if (grid.get("sizes") instanceof List<?> sizes) {
            for (Object size : sizes) {
                List<Float> sides = floats(size);
                cell.add(new Priors.Prior(offset, offset, sides.get(0) * w, sides.get(1) * h));
            }
        }
        return new Priors.Level(
                number(grid, "columns", 0).intValue(),
                number(grid, "rows", 0).intValue(),
                number(grid, "stepX", 0).floatValue() * w,
                number(grid, "stepY", 0).floatValue() * h,
                cell);
    }

    private ClassScores scores(Map<?, ?> scores, int classes) {
        Optional<Integer> background = Optional.ofNullable(scores.get("background"))
                .map(Number.class::cast)
                .map(Number::intValue);
        String activation = Optional.ofNullable(scores.get("activation"))
                .map(Object::toString)
                .orElse("none")
                .toLowerCase(Locale.ROOT);
        float threshold = number(decoder, "scoreThreshold", SCORE_THRESHOLD).floatValue();
        ScoreRule.Activation of = activation.equals("none") ? ScoreRule.Activation.NONE : ScoreRule.Activation.SIGMOID;
        // The operators that suppressed count classes without a background in front.
        int first = background.filter(column -> column == 0).isPresent() ? 1 : 0;
        return new ClassScores(
                classes, background, activation.equals("softmax"), first, ScoreRule.atLeast(of, threshold));
    }

    private NmsSpec suppression() {
        Map<?, ?> stated = decoder.get("suppression") instanceof Map<?, ?> found ? found : Map.of();
        float iou = number(stated, "iouThreshold", number(decoder, "iouThreshold", IOU_THRESHOLD))
                .floatValue();
        boolean perClass = !Boolean.FALSE.equals(stated.get("perClass"));
        return NmsSpec.hard(NmsSpec.IouConvention.STANDARD, iou)
                .withPerClass(perClass)
                .withKeep(number(stated, "maxPerClass", 0).intValue());
    }

    private static Map<?, ?> map(Map<?, ?> from, String key) {
        if (from.get(key) instanceof Map<?, ?> inner) {
            return inner;
        }
        throw new IllegalArgumentException("boxes." + key + " is missing");
    }

    private static Number number(Map<?, ?> from, String key, Number otherwise) {
        return from.get(key) instanceof Number found ? found : otherwise;
    }

    private static List<String> strings(Object list) {
        return list instanceof List<?> found
                ? found.stream().map(String::valueOf).toList()
                : List.of();
    }

    private static List<Float> floats(Object list) {
        return list instanceof List<?> found
                ? found.stream().map(one -> ((Number) one).floatValue()).toList()
                : List.of();
    }
}
