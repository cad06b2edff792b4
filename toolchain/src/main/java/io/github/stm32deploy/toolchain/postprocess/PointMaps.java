// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Landmarks from maps with one channel a point, operation by operation as {@code n6_point_maps.c}. */
final class PointMaps {
    private static final float QUARTER = 0.25f;

    private PointMaps() {}

    /** A cell of a map. */
    private record Cell(int row, int column) {}

    /** A landmark of a heat map: x and y in cells of the map. */
    record Peak(float x, float y, float score) {}

    /** What PIPNet says of a face: points as parts of the crop, x and y of each; the largest value of each class map. */
    record PipNet(float[] own, float[] merged, float[] scores) {}

    /**
     * Which landmarks have landmark j among their nearest neighbours in the mean face: the entries of j start at
     * {@code maxLength * j}.
     *
     * @param slots of the j-th landmark in those lists of neighbours
     */
    record Neighbours(int landmarks, int neighbours, int maxLength, int[] landmark, int[] slots) {
        /**
         * The lists of a mean face.
         *
         * @param meanFace x, y of each landmark
         * @param neighbours how many nearest ones each landmark predicts
         */
        static Neighbours of(float[] meanFace, int neighbours) {
            int count = meanFace.length / 2;
            List<List<int[]>> reverse = new ArrayList<>();
            IntStream.range(0, count).forEach(j -> reverse.add(new ArrayList<>()));
            for (int i = 0; i < count; i++) {
                int from = i;
                List<Integer> nearest = IntStream.range(0, count)
                        .filter(j -> j != from)
                        .boxed()
                        .sorted(Comparator.comparingDouble(j -> distance(meanFace, from, j)))
                        .limit(neighbours)
                        .toList();
                for (int slot = 0; slot < nearest.size(); slot++) {
                    reverse.get(nearest.get(slot)).add(new int[] {i, slot});
                }
            }
            int longest = reverse.stream().mapToInt(List::size).max().orElse(0);
            int[] landmark = new int[count * longest];
            int[] slots = new int[count * longest];
            for (int j = 0; j < count; j++) {
                List<int[]> entries = reverse.get(j);
                if (entries.isEmpty()) {
                    throw new IllegalArgumentException("landmark " + j + " is nobody's neighbour in the mean face");
                }
                for (int k = 0; k < longest; k++) {
                    int[] entry = entries.get(k % entries.size());
                    landmark[longest * j + k] = entry[0];
                    slots[longest * j + k] = entry[1];
                }
            }
            return new Neighbours(count, neighbours, longest, landmark, slots);
        }

        private static double distance(float[] face, int i, int j) {
            double dx = (double) face[2 * i] - face[2 * j];
            double dy = (double) face[2 * i + 1] - face[2 * j + 1];
            return dx * dx + dy * dy;
        }
    }

    static Peak heatmapPoint(HeatGrid grid, int channel) {
        Cell cell = peak(grid, channel);
        int r = cell.row();
        int c = cell.column();
        float x = c + 0.5f;
        float y = r + 0.5f;
        if (c > 0 && c + 1 < grid.width() && r > 0 && r + 1 < grid.height()) {
            x += quarter(value(grid, channel, r, c - 1), value(grid, channel, r, c + 1));
            y += quarter(value(grid, channel, r - 1, c), value(grid, channel, r + 1, c));
        }
        return new Peak(x, y, value(grid, channel, r, c));
    }

    private static float value(HeatGrid grid, int channel, int row, int column) {
        return grid.real(channel, row * grid.width() + column);
    }

    private static float quarter(float before, float after) {
        return after > before ? QUARTER : after < before ? -QUARTER : 0;
    }

    /** The first cell with the largest value; row 0, column 0 where all are equal or NaN. */
    private static Cell peak(HeatGrid grid, int channel) {
        float best = Float.NEGATIVE_INFINITY;
        Cell cell = new Cell(0, 0);
        for (int r = 0; r < grid.height(); r++) {
            for (int c = 0; c < grid.width(); c++) {
                float v = value(grid, channel, r, c);
                if (v > best) {
                    best = v;
                    cell = new Cell(r, c);
                }
            }
        }
        return cell;
    }

    static PipNet pipNet(Neighbours neighbours, HeatGrid cls, HeatGrid x, HeatGrid y, HeatGrid nbX, HeatGrid nbY) {
        int count = neighbours.landmarks();
        float[] own = new float[2 * count];
        float[] merged = new float[2 * count];
        float[] scores = new float[count];
        float width = cls.width();
        float height = cls.height();
        for (int i = 0; i < count; i++) {
            Cell cell = peak(cls, i);
            int r = cell.row();
            int c = cell.column();
            own[2 * i] = (c + value(x, i, r, c)) / width;
            own[2 * i + 1] = (r + value(y, i, r, c)) / height;
            scores[i] = value(cls, i, r, c);
            merged[2 * i] += own[2 * i];
            merged[2 * i + 1] += own[2 * i + 1];
            for (int at = 0; at < count * neighbours.maxLength(); at++) {
                if (neighbours.landmark()[at] != i) {
                    continue;
                }
                int channel = i * neighbours.neighbours() + neighbours.slots()[at];
                int j = at / neighbours.maxLength();
                merged[2 * j] += (c + value(nbX, channel, r, c)) / width;
                merged[2 * j + 1] += (r + value(nbY, channel, r, c)) / height;
            }
        }
        float predictions = neighbours.maxLength() + 1;
        for (int j = 0; j < merged.length; j++) {
            merged[j] /= predictions;
        }
        return new PipNet(own, merged, scores);
    }
}
