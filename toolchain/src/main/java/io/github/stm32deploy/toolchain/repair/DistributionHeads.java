// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Heads of YOLOv8: for each edge of a box a distribution over distances (Generalized Focal Loss, arXiv:2006.04388), and one
 * score for each class; [1, 4 bins, h, w] and [1, classes, h, w], or both in one tensor. The output is [1, 4 + classes, n],
 * centre and size first.
 */
final class DistributionHeads {
    private static final int BINS = 16;
    /** So far a measured extent may be from that of the picture. */
    private static final float NEAR = 0.05f;

    private DistributionHeads() {}

    /** One grid. */
    private record Grid(int columns, int rows, List<Integer> heads) {}

    /**
     * @param zero output for zeros everywhere
     * @param noise numbers of the heads
     * @param expected output for them
     * @param same largest error, as a share of the largest number of its kind
     */
    static Optional<GridCoding> coding(RawHeads raw, float[] zero, List<float[]> noise, float[] expected, double same) {
        Shape shape = raw.outputShape();
        int numbers = (int) shape.size(-2);
        int total = (int) shape.size(-1);
        if (shape.rank() != 3 || numbers < 4 || total < numbers) {
            return Optional.empty();
        }
        List<Grid> grids = grids(raw);
        int cells =
                grids.stream().mapToInt(grid -> grid.columns() * grid.rows()).sum();
        boolean channels = grids.stream()
                .allMatch(grid -> grid.heads().stream()
                                .mapToLong(
                                        head -> raw.shape(raw.heads().get(head)).size(1))
                                .sum()
                        == 4 * BINS + numbers - 4);
        if (cells != total || !channels) {
            return Optional.empty();
        }
        List<GridCoding.Level> levels = new ArrayList<>();
        int first = 0;
        for (Grid grid : grids) {
            // All bins equally likely: half of the extent is the mean of 0 to 15.
            int cellsHere = grid.columns() * grid.rows();
            float stepX = mean(zero, 2 * total + first, cellsHere) / (BINS - 1);
            float stepY = mean(zero, 3 * total + first, cellsHere) / (BINS - 1);
            if (!(stepX > 0) || !(stepY > 0)) {
                return Optional.empty();
            }
            levels.add(new GridCoding.Level(ordered(raw, grid), grid.columns(), grid.rows(), stepX, stepY, List.of()));
            first += grid.columns() * grid.rows();
        }
        levels = plain(levels, raw.graph());
        float[] decoded = decoded(raw, grids, levels, noise, numbers, total);
        for (int number = 0; number < numbers; number++) {
            double error = 0;
            double largest = 0;
            for (int at = number * total; at < (number + 1) * total; at++) {
                error = Math.max(error, Math.abs(decoded[at] - expected[at]));
                largest = Math.max(largest, Math.abs(expected[at]));
            }
            if (!GridDecoding.alike(error, largest, same)) {
                return Optional.empty();
            }
        }
        return Optional.of(new GridCoding(GridCoding.Form.DISTRIBUTIONS, levels, 0, numbers - 4, BINS));
    }

    /** Finest first: the order in which the family joins its grids. */
    private static List<Grid> grids(RawHeads raw) {
        Map<String, Grid> grids = new LinkedHashMap<>();
        for (int head = 0; head < raw.heads().size(); head++) {
            Shape shape = raw.shape(raw.heads().get(head));
            grids.computeIfAbsent(
                            shape.size(2) + "x" + shape.size(3),
                            key -> new Grid((int) shape.size(3), (int) shape.size(2), new ArrayList<>()))
                    .heads()
                    .add(head);
        }
        List<Grid> ordered = new ArrayList<>(grids.values());
        ordered.sort((one, other) -> Integer.compare(other.columns() * other.rows(), one.columns() * one.rows()));
        return ordered;
    }

    /** Distributions before scores. */
    private static List<String> ordered(RawHeads raw, Grid grid) {
        List<String> names = new ArrayList<>();
        grid.heads().forEach(head -> names.add(raw.heads().get(head)));
        names.sort((one, other) -> Boolean.compare(
                raw.shape(one).size(1) < 4 * BINS, raw.shape(other).size(1) < 4 * BINS));
        return names;
    }

    private static float mean(float[] values, int first, int count) {
        double sum = 0;
        for (int at = first; at < first + count; at++) {
            sum += values[at];
        }
        return (float) (sum / count);
    }

    /** The grids cover the picture, in pixels or as a share of it: that tells more than constants that are rounded. */
    private static List<GridCoding.Level> plain(List<GridCoding.Level> levels, ModelGraph graph) {
        List<Float> extents = new ArrayList<>(List.of(1f));
        graph.inputs().stream()
                .map(input -> input.type().shape())
                .filter(shape -> shape.isStatic() && shape.rank() == 4)
                .forEach(shape -> Arrays.stream(shape.toArray()).forEach(size -> extents.add((float) size)));
        GridCoding.Level last = levels.get(levels.size() - 1);
        float width = nearest(last.stepX() * last.columns(), extents);
        float height = nearest(last.stepY() * last.rows(), extents);
        return levels.stream()
                .map(level -> new GridCoding.Level(
                        level.outputs(),
                        level.columns(),
                        level.rows(),
                        width / level.columns(),
                        height / level.rows(),
                        List.of()))
                .toList();
    }

    private static float nearest(float extent, List<Float> known) {
        return known.stream()
                .filter(size -> Math.abs(size - extent) < NEAR * size)
                .findFirst()
                .orElse(extent);
    }

    private static float[] decoded(
            RawHeads raw,
            List<Grid> grids,
            List<GridCoding.Level> levels,
            List<float[]> noise,
            int numbers,
            int total) {
        float[] decoded = new float[numbers * total];
        int first = 0;
        for (int index = 0; index < grids.size(); index++) {
            Grid grid = grids.get(index);
            GridCoding.Level level = levels.get(index);
            int cells = grid.columns() * grid.rows();
            List<float[]> planes = new ArrayList<>();
            for (String name : level.outputs()) {
                float[] values = noise.get(raw.heads().indexOf(name));
                for (int plane = 0; plane < values.length / cells; plane++) {
                    planes.add(Arrays.copyOfRange(values, plane * cells, (plane + 1) * cells));
                }
            }
            for (int cell = 0; cell < cells; cell++) {
                double[] edges = new double[4];
                for (int edge = 0; edge < 4; edge++) {
                    edges[edge] = mean(planes, edge * BINS, cell);
                }
                double x = cell % grid.columns() + 0.5;
                double y = cell / grid.columns() + 0.5;
                int at = first + cell;
                decoded[at] = (float) ((x + (edges[2] - edges[0]) / 2) * level.stepX());
                decoded[total + at] = (float) ((y + (edges[3] - edges[1]) / 2) * level.stepY());
                decoded[2 * total + at] = (float) ((edges[0] + edges[2]) * level.stepX());
                decoded[3 * total + at] = (float) ((edges[1] + edges[3]) * level.stepY());
                for (int number = 4; number < numbers; number++) {
                    float score = planes.get(4 * BINS + number - 4)[cell];
                    decoded[number * total + at] = (float) (1 / (1 + Math.exp(-score)));
                }
            }
            first += cells;
        }
        return decoded;
    }

    private static double mean(List<float[]> planes, int first, int cell) {
        double sum = 0;
        double weighted = 0;
        for (int bin = 0; bin < BINS; bin++) {
            double weight = Math.exp(planes.get(first + bin)[cell]);
            sum += weight;
            weighted += bin * weight;
        }
        return weighted / sum;
    }
}
