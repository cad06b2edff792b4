// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/**
 * The formula by which a graph makes boxes of raw numbers, found by running that part of it: on zeros, on one number at a
 * time, and at last on seeded noise, where the formula has to give the graph's boxes.
 *
 * @param start tensor of the raw numbers
 * @param coding how boxes come from them
 * @param decoded what the four numbers of the graph's boxes are
 */
record BoxDecoding(String start, BoxCoding coding, BoxCoding decoded) {
    private static final float STEP = 0.5f;
    /** Largest difference between formula and graph, as a share of the largest number: binary32 in another order. */
    private static final double SAME = 1e-4;

    private static final long SEED = 20_240_229L;

    /** Empty where the arithmetic has no such formula, or the target runs nothing. */
    static Optional<BoxDecoding> of(ModelGraph graph, String boxes, RepairTarget target) {
        if (!target.executes()) {
            return Optional.empty();
        }
        BoxArithmetic arithmetic = new BoxArithmetic(graph, boxes);
        Optional<String> start = arithmetic.start();
        if (start.isEmpty()) {
            return Optional.empty();
        }
        try (BoxArithmetic.Running part = arithmetic.new Running(start.get(), target)) {
            return coding(part, start.get());
        } catch (DiagnosedException notRunning) {
            return Optional.empty();
        }
    }

    private static Optional<BoxDecoding> coding(BoxArithmetic.Running part, String start) {
        int rows = part.rows();
        float[] zero = part.boxes(new float[rows * 4]);
        float[][] moved = new float[4][];
        for (int column = 0; column < 4; column++) {
            float[] raw = new float[rows * 4];
            for (int row = 0; row < rows; row++) {
                raw[row * 4 + column] = STEP;
            }
            moved[column] = part.boxes(raw);
        }
        Random random = new Random(SEED);
        float[] noise = new float[rows * 4];
        for (int index = 0; index < noise.length; index++) {
            noise[index] = random.nextFloat() * 2 - 1;
        }
        float[] expected = part.boxes(noise);
        for (boolean corners : new boolean[] {false, true}) {
            Optional<BoxCoding> found = deltas(zero, moved, corners).or(() -> distances(zero, moved, corners));
            if (found.isPresent() && fits(found.get(), noise, corners ? centred(expected) : expected)) {
                BoxCoding coding = ordered(found.get());
                boolean yFirst = List.of("y", "top").contains(coding.order().get(0));
                BoxCoding decoded = corners
                        ? BoxCoding.decoded(
                                BoxCoding.Form.CORNERS, yFirst ? BoxCoding.CORNERS_YX : BoxCoding.CORNERS_XY)
                        : BoxCoding.decoded(
                                BoxCoding.Form.CENTRE,
                                yFirst ? List.of("y", "x", "h", "w") : List.of("x", "y", "w", "h"));
                return Optional.of(new BoxDecoding(start, coding, decoded));
            }
        }
        return Optional.empty();
    }

    /** Corners as centre and size. */
    private static float[] centred(float[] corners) {
        float[] boxes = new float[corners.length];
        for (int at = 0; at < corners.length; at += 4) {
            for (int axis = 0; axis < 2; axis++) {
                boxes[at + axis] = (corners[at + axis] + corners[at + 2 + axis]) / 2;
                boxes[at + 2 + axis] = corners[at + 2 + axis] - corners[at + axis];
            }
        }
        return boxes;
    }

    /** Centre a + v t s, size s exp(v t): each raw number moves one number of the box, by the same factor in all rows. */
    private static Optional<BoxCoding> deltas(float[] zero, float[][] moved, boolean corners) {
        float[] anchors = corners ? centred(zero) : zero;
        List<Float> factors = new ArrayList<>();
        for (int column = 0; column < 4; column++) {
            float[] boxes = corners ? centred(moved[column]) : moved[column];
            double sum = 0;
            double lowest = Double.POSITIVE_INFINITY;
            double highest = Double.NEGATIVE_INFINITY;
            for (int at = 0; at < boxes.length; at += 4) {
                for (int other = 0; other < 4; other++) {
                    double scale =
                            Math.abs(anchors[at + 2]) + Math.abs(anchors[at + 3]) + Math.abs(anchors[at + other]);
                    if (other != column && Math.abs(boxes[at + other] - anchors[at + other]) > 1e-3 * scale) {
                        return Optional.empty();
                    }
                }
                float size = anchors[at + (column & 1) + 2];
                double factor = column < 2
                        ? (boxes[at + column] - anchors[at + column]) / (STEP * size)
                        : Math.log(boxes[at + column] / size) / STEP;
                sum += factor;
                lowest = Math.min(lowest, factor);
                highest = Math.max(highest, factor);
            }
            double mean = sum / (boxes.length / 4);
            boolean constant = mean > 0 && highest - lowest < 0.02 * mean;
            if (!constant) {
                return Optional.empty();
            }
            factors.add(plain(mean));
        }
        return Optional.of(new BoxCoding(
                BoxCoding.Form.ANCHOR_DELTAS,
                List.of("x", "y", "w", "h"),
                factors,
                Optional.of(AnchorTable.of(anchors))));
    }

    /** Edges at a - t s and a + t s: boxes of zeros have no size. */
    private static Optional<BoxCoding> distances(float[] zero, float[][] moved, boolean corners) {
        float[] points = corners ? centred(zero) : zero;
        float[] anchors = points.clone();
        for (int at = 0; at < points.length; at += 4) {
            double reach = Math.abs(points[at]) + Math.abs(points[at + 1]) + 1e-6;
            for (int axis = 0; axis < 2; axis++) {
                float[] low = corners ? centred(moved[axis]) : moved[axis];
                float[] high = corners ? centred(moved[axis + 2]) : moved[axis + 2];
                double step = (high[at + 2 + axis] - points[at + 2 + axis]) / STEP;
                boolean grows = step > 0
                        && Math.abs(points[at + 2 + axis]) < 1e-3 * reach
                        && Math.abs(low[at + 2 + axis] - high[at + 2 + axis]) < 1e-2 * step
                        && Math.abs(low[at + axis] + STEP * step / 2 - points[at + axis]) < 1e-3 * reach + 1e-2 * step
                        && Math.abs(high[at + axis] - STEP * step / 2 - points[at + axis]) < 1e-3 * reach + 1e-2 * step;
                if (!grows) {
                    return Optional.empty();
                }
                anchors[at + 2 + axis] = (float) step;
            }
        }
        return Optional.of(new BoxCoding(
                BoxCoding.Form.DISTANCES,
                List.of("left", "top", "right", "bottom"),
                List.of(),
                Optional.of(AnchorTable.of(anchors))));
    }

    /** Whether the formula gives the boxes (centre and size) that the graph gave. */
    private static boolean fits(BoxCoding coding, float[] raw, float[] boxes) {
        AnchorTable table = coding.anchors().orElseThrow();
        double largest = 0;
        double error = 0;
        for (int at = 0; at < raw.length; at += 4) {
            for (int axis = 0; axis < 2; axis++) {
                double anchor = table.rows().floatAt(at + axis);
                double size = table.rows().floatAt(at + 2 + axis);
                double centre;
                double extent;
                if (coding.form() == BoxCoding.Form.ANCHOR_DELTAS) {
                    centre = anchor + raw[at + axis] * coding.factors().get(axis) * size;
                    extent = size
                            * Math.exp(raw[at + 2 + axis] * coding.factors().get(axis + 2));
                } else {
                    centre = anchor + (raw[at + 2 + axis] - raw[at + axis]) * size / 2;
                    extent = (raw[at + 2 + axis] + raw[at + axis]) * size;
                }
                error = Math.max(error, Math.abs(centre - boxes[at + axis]));
                error = Math.max(error, Math.abs(extent - boxes[at + 2 + axis]));
                largest = Math.max(largest, Math.max(Math.abs(centre), Math.abs(extent)));
            }
        }
        return error <= SAME * largest;
    }

    /** Names of the numbers in their order: along a row of a grid x grows first. */
    private static BoxCoding ordered(BoxCoding coding) {
        AnchorTable table = coding.anchors().orElseThrow();
        AnchorTable other = AnchorTable.of(swapped(table));
        // Read the wrong way round, each column of a grid looks like a grid of its own.
        boolean yFirst = !other.levels().isEmpty()
                && (table.levels().isEmpty()
                        || other.levels().size() < table.levels().size());
        if (!yFirst) {
            return coding;
        }
        List<String> order = new ArrayList<>();
        for (String name : coding.order()) {
            order.add(
                    switch (name) {
                        case "x" -> "y";
                        case "y" -> "x";
                        case "w" -> "h";
                        case "h" -> "w";
                        case "left" -> "top";
                        case "top" -> "left";
                        case "right" -> "bottom";
                        default -> "right";
                    });
        }
        return new BoxCoding(coding.form(), order, coding.factors(), Optional.of(other));
    }

    private static float[] swapped(AnchorTable table) {
        float[] rows = new float[table.count() * 4];
        for (int at = 0; at < rows.length; at++) {
            rows[at] = table.rows().floatAt(at ^ 1);
        }
        return rows;
    }

    /** 0.1 where 0.0999998 was measured. */
    private static float plain(double measured) {
        double rounded = Math.rint(measured * 1000) / 1000;
        return (float) (Math.abs(rounded - measured) < 1e-3 * measured ? rounded : measured);
    }
}
