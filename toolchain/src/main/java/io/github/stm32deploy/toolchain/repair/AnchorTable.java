// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The places that rows of a box output start from.
 *
 * @param rows float32 (rows, 4): centre x, centre y, width, height, in the units of the boxes
 * @param levels the same as grids, finest first, where the rows are grids: row by row, column by column, sizes in turn; empty
 *     where they are not
 */
public record AnchorTable(TensorData rows, List<Level> levels) {
    /** Largest difference between a table and the grid that is said to make it, as a share of a step. */
    private static final double SAME = 1e-3;

    /**
     * @param stepX distance of neighbouring centres; the whole width for a single column
     * @param offset of the first centre, in steps: 0.5 for the middle of a cell, 0 for its corner
     * @param sizes width and height of each anchor of a cell
     */
    public record Level(int columns, int rows, double stepX, double stepY, double offset, List<Size> sizes) {
        public Level {
            sizes = List.copyOf(sizes);
        }

        int anchors() {
            return columns * rows * sizes.size();
        }

        Map<String, Object> fields() {
            Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("columns", columns);
            fields.put("rows", rows);
            fields.put("stepX", (float) stepX);
            fields.put("stepY", (float) stepY);
            fields.put("offset", (float) offset);
            fields.put(
                    "sizes",
                    sizes.stream()
                            .map(size -> List.of(size.width(), size.height()))
                            .toList());
            return fields;
        }
    }

    public record Size(float width, float height) {}

    public AnchorTable {
        Objects.requireNonNull(rows);
        levels = List.copyOf(levels);
    }

    /**
     * @param values centre x, centre y, width, height of each row
     */
    static AnchorTable of(float[] values) {
        TensorData rows =
                TensorData.ofFloats(io.github.stm32deploy.toolchain.model.Shape.of(values.length / 4, 4), values);
        return new AnchorTable(rows, levels(values));
    }

    public int count() {
        return Math.toIntExact(rows.shape().size(0));
    }

    private static List<Level> levels(float[] values) {
        List<Level> levels = new ArrayList<>();
        int row = 0;
        while (row < values.length / 4) {
            Optional<Level> level = level(values, row);
            if (level.isEmpty()) {
                return List.of();
            }
            levels.add(level.get());
            row += level.get().anchors();
        }
        // A list of single cells explains nothing that the table does not say shorter.
        return levels.size() * 4 <= values.length / 4 || levels.size() <= 8 ? levels : List.of();
    }

    private static Optional<Level> level(float[] values, int first) {
        int count = values.length / 4;
        List<Size> sizes = new ArrayList<>();
        int row = first;
        while (row < count && same(values, row, first, 0) && same(values, row, first, 1)) {
            sizes.add(new Size(values[row * 4 + 2], values[row * 4 + 3]));
            row++;
        }
        int perCell = sizes.size();
        double startX = values[first * 4];
        double startY = values[first * 4 + 1];
        int next = first + perCell;
        boolean severalColumns = next < count && same(values, next, first, 1) && values[next * 4] > startX;
        double stepX = severalColumns ? values[next * 4] - startX : 2 * startX;
        int columns = 1;
        while (severalColumns
                && cell(values, first + columns * perCell, startX + columns * stepX, startY, stepX, stepX, sizes)) {
            columns++;
        }
        int below = first + columns * perCell;
        boolean severalRows = below < count && same(values, below, first, 0) && values[below * 4 + 1] > startY;
        double stepY = severalRows ? values[below * 4 + 1] - startY : 2 * startY;
        int rows = 1;
        while (severalRows && row(values, below, columns, startX, startY + rows * stepY, stepX, stepY, sizes)) {
            rows++;
            below += columns * perCell;
        }
        double offset = severalColumns ? startX / stepX : severalRows ? startY / stepY : 0.5;
        double rounded = Math.abs(offset) < 0.01 ? 0 : 0.5;
        boolean plain = stepX > 0 && stepY > 0 && Math.abs(offset - rounded) < 0.01;
        return plain ? Optional.of(new Level(columns, rows, stepX, stepY, rounded, sizes)) : Optional.empty();
    }

    private static boolean row(
            float[] values, int first, int columns, double x, double y, double stepX, double stepY, List<Size> sizes) {
        for (int column = 0; column < columns; column++) {
            if (!cell(values, first + column * sizes.size(), x + column * stepX, y, stepX, stepY, sizes)) {
                return false;
            }
        }
        return true;
    }

    private static boolean cell(
            float[] values, int first, double x, double y, double stepX, double stepY, List<Size> sizes) {
        if ((first + sizes.size()) * 4 > values.length) {
            return false;
        }
        for (int anchor = 0; anchor < sizes.size(); anchor++) {
            int at = (first + anchor) * 4;
            boolean same = Math.abs(values[at] - x) < 10 * SAME * stepX
                    && Math.abs(values[at + 1] - y) < 10 * SAME * stepY
                    && Math.abs(values[at + 2] - sizes.get(anchor).width()) <= SAME * Math.abs(values[at + 2])
                    && Math.abs(values[at + 3] - sizes.get(anchor).height()) <= SAME * Math.abs(values[at + 3]);
            if (!same) {
                return false;
            }
        }
        return true;
    }

    private static boolean same(float[] values, int row, int other, int column) {
        double step = Math.max(Math.abs(values[other * 4 + column]), 1e-6);
        return Math.abs(values[row * 4 + column] - values[other * 4 + column]) <= SAME * step;
    }

    /** @param file the table's file, where the levels do not say it all */
    Map<String, Object> fields(String file) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("rows", count());
        if (levels.isEmpty()) {
            fields.put("file", file);
        } else {
            fields.put("levels", levels.stream().map(Level::fields).toList());
        }
        return fields;
    }

    String words() {
        if (levels.isEmpty()) {
            return count() + " anchors";
        }
        List<String> grids = levels.stream()
                .map(level -> level.columns() + "x" + level.rows() + "x"
                        + level.sizes().size())
                .toList();
        return count() + " anchors (" + String.join(" + ", grids) + ")";
    }
}
