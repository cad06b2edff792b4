// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.ArrayList;
import java.util.List;

/**
 * Priors (anchors, default boxes): places and sizes that rows of a box output start from; the C twin is {@code n6_priors_t}.
 * Flat index: level by level, row by row, cell by cell, the priors of a cell in turn.
 *
 * @param levels grids, finest first
 * @param table all priors, where there are no levels
 * @param clip centre and size are clamped to 0 .. width and 0 .. height
 */
public record Priors(List<Level> levels, List<Prior> table, boolean clip, float width, float height) {
    /** Centre and size in pixels of the network input; in a {@link Level} the centre in cells from the cell's corner. */
    public record Prior(float x, float y, float width, float height) {}

    /**
     * Priors that repeat in every cell of a grid.
     *
     * @param stepX width of a cell in pixels
     */
    public record Level(int gridWidth, int gridHeight, float stepX, float stepY, List<Prior> cell) {
        public Level {
            cell = List.copyOf(cell);
        }

        int count() {
            return gridWidth * gridHeight * cell.size();
        }
    }

    /** No priors: the network decodes its boxes. */
    public static final Priors NONE = new Priors(List.of(), List.of(), false, 0, 0);

    public Priors {
        levels = List.copyOf(levels);
        table = List.copyOf(table);
    }

    static Priors ofLevels(List<Level> levels) {
        return new Priors(levels, List.of(), false, 0, 0);
    }

    static Priors ofTable(List<Prior> table) {
        return new Priors(List.of(), table, false, 0, 0);
    }

    /** Clamped to an input of that size. */
    Priors clipped(float inputWidth, float inputHeight) {
        return new Priors(levels, table, true, inputWidth, inputHeight);
    }

    public int count() {
        return levels.isEmpty()
                ? table.size()
                : levels.stream().mapToInt(Level::count).sum();
    }

    Prior at(int index) {
        Prior prior = unclipped(index);
        return clip
                ? new Prior(
                        clamp(prior.x(), width),
                        clamp(prior.y(), height),
                        clamp(prior.width(), width),
                        clamp(prior.height(), height))
                : prior;
    }

    private Prior unclipped(int index) {
        if (levels.isEmpty()) {
            return table.get(index);
        }
        int left = index;
        int level = 0;
        while (left >= levels.get(level).count()) {
            left -= levels.get(level).count();
            level++;
        }
        Level grid = levels.get(level);
        int cell = left / grid.cell().size();
        Prior prior = grid.cell().get(left % grid.cell().size());
        return new Prior(
                ((float) (cell % grid.gridWidth()) + prior.x()) * grid.stepX(),
                ((float) (cell / grid.gridWidth()) + prior.y()) * grid.stepY(),
                prior.width(),
                prior.height());
    }

    private static float clamp(float x, float highest) {
        return x < 0 ? 0 : x > highest ? highest : x;
    }

    /** Initialiser of an {@code n6_priors_t} named {@code priors}. */
    String cField() {
        List<String> fields = new ArrayList<>();
        if (!levels.isEmpty()) {
            fields.add(CParameters.field("level_count", levels.size()));
            fields.add(".levels = (const n6_prior_level_t[]){"
                    + String.join(", ", levels.stream().map(Priors::cLevel).toList()) + "}");
        } else if (!table.isEmpty()) {
            fields.add(CParameters.field("table_count", table.size()));
            fields.add(CParameters.field("table", cTable(table)));
        }
        fields.add(CParameters.field("clip", clip));
        fields.add(CParameters.field("width", CParameters.real(width)));
        fields.add(CParameters.field("height", CParameters.real(height)));
        return CParameters.nested("priors", fields.toArray(String[]::new));
    }

    private static String cLevel(Level level) {
        return "{"
                + String.join(
                        ", ",
                        CParameters.field("grid_width", level.gridWidth()),
                        CParameters.field("grid_height", level.gridHeight()),
                        CParameters.field("step_x", CParameters.real(level.stepX())),
                        CParameters.field("step_y", CParameters.real(level.stepY())),
                        CParameters.field("cell_count", level.cell().size()),
                        CParameters.field("cell", cTable(level.cell())))
                + "}";
    }

    private static String cTable(List<Prior> priors) {
        return "(const n6_prior_t[]){"
                + String.join(
                        ", ",
                        priors.stream()
                                .map(prior -> "{" + CParameters.real(prior.x()) + ", " + CParameters.real(prior.y())
                                        + ", " + CParameters.real(prior.width()) + ", "
                                        + CParameters.real(prior.height()) + "}")
                                .toList())
                + "}";
    }
}
