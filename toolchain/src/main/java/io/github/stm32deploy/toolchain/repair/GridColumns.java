// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.DoubleUnaryOperator;

/**
 * Rows of numbers that each come from one raw number of a grid, b + m f(t): for each column the function f, and how b depends
 * on the cell.
 */
final class GridColumns {
    /** In the order of {@link GridDecoding}'s probes. */
    private static final double[] PROBES = {0, 1, 2, -1, -2};

    private static final int BOX = 4;

    private enum Curve {
        LINEAR(t -> t),
        SIGMOID(GridColumns::sigmoid),
        SQUARE(t -> sigmoid(t) * sigmoid(t)),
        EXP(Math::exp);

        private final DoubleUnaryOperator function;

        Curve(DoubleUnaryOperator function) {
            this.function = function;
        }

        double at(double t) {
            return function.applyAsDouble(t);
        }
    }

    private final RawHeads raw;
    private final int[] source;
    private final List<float[]> probes;
    private final double same;
    private final int numbers;
    private final int rows;
    private final boolean planes;
    /** First place of each head. */
    private final List<Integer> starts = new ArrayList<>();

    /**
     * @param source for each number of the output the place of the raw number that it comes from, heads one after the other
     * @param probes outputs for one number everywhere
     */
    GridColumns(RawHeads raw, int[] source, List<float[]> probes, double same) {
        this.raw = raw;
        this.source = source.clone();
        this.probes = probes;
        this.same = same;
        Shape shape = raw.outputShape();
        this.planes = shape.size(-2) < shape.size(-1) && shape.rank() == 3;
        this.numbers = (int) shape.size(planes ? -2 : -1);
        this.rows = source.length / numbers;
        int start = 0;
        for (String head : raw.heads()) {
            starts.add(start);
            start += Math.toIntExact(raw.shape(head).elements());
        }
    }

    /** What the numbers of one column, anchor and grid are: offset + perX x + perY y + slope f(t). */
    private record Column(Curve curve, double slope, double offset, double perX, double perY) {
        double at(double t, int x, int y) {
            return offset + perX * x + perY * y + slope * curve.at(t);
        }

        boolean plain(Curve wanted) {
            return curve == wanted && Math.abs(slope - 1) < 1e-3 && flat() && Math.abs(offset) < 1e-3;
        }

        boolean flat() {
            return Math.abs(perX) < 1e-6 + 1e-4 * Math.abs(slope) && Math.abs(perY) < 1e-6 + 1e-4 * Math.abs(slope);
        }

        private static boolean near(double value, double wanted) {
            return Math.abs(value - wanted) <= 2e-2 * Math.abs(wanted) + 1e-3;
        }

        /** Along x (axis 0) or y. */
        double step(int axis) {
            return axis == 0 ? perX : perY;
        }

        boolean alongOnly(int axis) {
            double other = axis == 0 ? perY : perX;
            return step(axis) > 0 && Math.abs(other) < 1e-3 * step(axis);
        }
    }

    /** A place of a raw number. */
    private record Place(int head, int channel, int y, int x) {}

    private Place place(int at) {
        int head = raw.heads().size() - 1;
        while (starts.get(head) > at) {
            head--;
        }
        Shape shape = raw.shape(raw.heads().get(head));
        int width = (int) shape.size(3);
        int cells = width * (int) shape.size(2);
        int inside = at - starts.get(head);
        return new Place(head, inside / cells, inside % cells / width, inside % width);
    }

    private int at(int row, int number) {
        return planes ? number * rows + row : row * numbers + number;
    }

    /** Rows of the output that belong to one grid and anchor. */
    private record Group(String grid, int anchor) {}

    /**
     * A coding with the constants that it rests on.
     *
     * @param columns for each group of rows one for each number
     */
    record Found(GridColumns of, GridCoding coding, Map<Group, List<Column>> columns, List<Group> groupOfRow) {
        /** Whether it gives the graph's output for these raw numbers. */
        boolean fits(List<float[]> numbers, float[] expected) {
            double[] error = new double[of.numbers];
            double[] largest = new double[of.numbers];
            for (int row = 0; row < of.rows; row++) {
                List<Column> group = columns.get(groupOfRow.get(row));
                for (int number = 0; number < of.numbers; number++) {
                    int at = of.at(row, number);
                    Place place = of.place(of.source[at]);
                    float t = numbers.get(place.head())[of.source[at] - of.starts.get(place.head())];
                    double value = group.get(number).at(t, place.x(), place.y());
                    error[number] = Math.max(error[number], Math.abs(value - expected[at]));
                    largest[number] = Math.max(largest[number], Math.abs(expected[at]));
                }
            }
            for (int number = 0; number < of.numbers; number++) {
                if (!GridDecoding.alike(error[number], largest[number], of.same)) {
                    return false;
                }
            }
            return true;
        }
    }

    Optional<Found> coding() {
        if (numbers < BOX || rows < 2) {
            return Optional.empty();
        }
        Map<String, TreeSet<Integer>> firstChannels = new LinkedHashMap<>();
        for (int row = 0; row < rows; row++) {
            firstChannels
                    .computeIfAbsent(grid(row), key -> new TreeSet<>())
                    .add(place(source[at(row, 0)]).channel());
        }
        List<Group> groupOfRow = new ArrayList<>();
        Map<Group, List<Integer>> members = new LinkedHashMap<>();
        for (int row = 0; row < rows; row++) {
            String grid = grid(row);
            int channel = place(source[at(row, 0)]).channel();
            Group group =
                    new Group(grid, firstChannels.get(grid).headSet(channel).size());
            groupOfRow.add(group);
            members.computeIfAbsent(group, key -> new ArrayList<>()).add(row);
        }
        Map<Group, List<Column>> columns = new LinkedHashMap<>();
        for (Map.Entry<Group, List<Integer>> group : members.entrySet()) {
            List<Column> all = new ArrayList<>();
            for (int number = 0; number < numbers; number++) {
                Optional<Column> column = column(group.getValue(), number);
                if (column.isEmpty()) {
                    return Optional.empty();
                }
                all.add(column.get());
            }
            columns.put(group.getKey(), all);
        }
        return named(columns, members).map(coding -> new Found(this, coding, columns, groupOfRow));
    }

    private String grid(int row) {
        Shape shape = raw.shape(raw.heads().get(place(source[at(row, 0)]).head()));
        return shape.size(3) + "x" + shape.size(2);
    }

    private Optional<Column> column(List<Integer> members, int number) {
        for (Curve curve : Curve.values()) {
            Optional<Column> found = column(members, number, curve);
            if (found.isPresent()) {
                return found;
            }
        }
        return Optional.empty();
    }

    private Optional<Column> column(List<Integer> members, int number, Curve curve) {
        double slope = Double.NaN;
        double base = 0;
        double perX = 0;
        double perY = 0;
        for (int row : members) {
            int at = at(row, number);
            double atZero = probes.get(0)[at];
            double grows = (probes.get(2)[at] - atZero) / (curve.at(PROBES[2]) - curve.at(PROBES[0]));
            double constant = atZero - grows * curve.at(PROBES[0]);
            Place place = place(source[at]);
            if (Double.isNaN(slope)) {
                slope = grows;
                base = constant;
            } else if (place.y() == 0 && place.x() == 1) {
                perX = constant - base;
            } else if (place.x() == 0 && place.y() == 1) {
                perY = constant - base;
            }
            double scale = Math.abs(grows) * Math.abs(curve.at(2)) + Math.abs(constant);
            for (int probe = 0; probe < PROBES.length; probe++) {
                double value = constant + grows * curve.at(PROBES[probe]);
                if (Math.abs(value - probes.get(probe)[at]) > 1e-4 * scale + 1e-6) {
                    return Optional.empty();
                }
            }
            if (grows == 0 || Math.abs(grows - slope) > same * Math.abs(slope)) {
                return Optional.empty();
            }
        }
        if (place(source[at(members.get(0), number)]).x() != 0) {
            return Optional.empty();
        }
        return Optional.of(new Column(curve, slope, base, clean(perX), clean(perY)));
    }

    private static double clean(double value) {
        return Math.abs(value) < 1e-7 ? 0 : value;
    }

    /** The known formula that these columns are. */
    private Optional<GridCoding> named(Map<Group, List<Column>> columns, Map<Group, List<Integer>> members) {
        Optional<GridCoding.Form> form = form(columns.values().iterator().next());
        if (form.isEmpty()) {
            return Optional.empty();
        }
        int points = 0;
        int scores = 0;
        Map<String, GridCoding.Level> levels = new LinkedHashMap<>();
        for (Map.Entry<Group, List<Column>> entry : columns.entrySet()) {
            List<Column> group = entry.getValue();
            if (!form(group).equals(form)) {
                return Optional.empty();
            }
            GridCoding.Anchor anchor = anchor(form.get(), group);
            int coordinates = 0;
            int plain = 0;
            for (int number = BOX; number < numbers; number++) {
                Column column = group.get(number);
                plain += column.plain(Curve.SIGMOID) ? 1 : 0;
                coordinates += isPoint(column, coordinates % 2, group, anchor) ? 1 : 0;
            }
            if (plain + coordinates != numbers - BOX || coordinates % 2 != 0) {
                return Optional.empty();
            }
            points = coordinates / 2;
            scores = plain;
            Level level = new Level(members.get(entry.getKey()));
            levels.merge(
                    entry.getKey().grid(),
                    level.of(form.get(), group, anchor),
                    (one, other) -> new GridCoding.Level(
                            one.outputs(),
                            one.columns(),
                            one.rows(),
                            one.stepX(),
                            one.stepY(),
                            joined(one.anchors(), other.anchors())));
        }
        return Optional.of(new GridCoding(form.get(), List.copyOf(levels.values()), points, scores, 0));
    }

    private static <T> List<T> joined(List<T> one, List<T> other) {
        List<T> all = new ArrayList<>(one);
        all.addAll(other);
        return all;
    }

    private final class Level {
        private final List<Integer> members;

        Level(List<Integer> members) {
            this.members = members;
        }

        GridCoding.Level of(GridCoding.Form form, List<Column> group, GridCoding.Anchor anchor) {
            TreeSet<Integer> heads = new TreeSet<>();
            for (int number = 0; number < numbers; number++) {
                heads.add(place(source[at(members.get(0), number)]).head());
            }
            Shape shape = raw.shape(raw.heads().get(heads.first()));
            return new GridCoding.Level(
                    heads.stream().map(raw.heads()::get).toList(),
                    (int) shape.size(3),
                    (int) shape.size(2),
                    number(group.get(0).perX()),
                    number(group.get(1).perY()),
                    form == GridCoding.Form.LINEAR_EXP ? List.of() : List.of(anchor));
        }
    }

    private static boolean isPoint(Column column, int axis, List<Column> group, GridCoding.Anchor anchor) {
        double size = axis == 0 ? anchor.width() : anchor.height();
        return column.curve() == Curve.LINEAR
                && column.alongOnly(axis)
                && Column.near(column.step(axis), group.get(axis).step(axis))
                && Math.abs(column.offset()) < 1e-3 * column.step(axis)
                && Column.near(column.slope(), size);
    }

    private static Optional<GridCoding.Form> form(List<Column> group) {
        Column x = group.get(0);
        Column y = group.get(1);
        Column width = group.get(2);
        Column height = group.get(3);
        boolean cells = x.alongOnly(0)
                && y.alongOnly(1)
                && x.curve() == y.curve()
                && width.curve() == height.curve()
                && width.flat()
                && height.flat()
                && Math.abs(width.offset()) < 1e-3 * width.slope()
                && Math.abs(height.offset()) < 1e-3 * height.slope();
        if (!cells) {
            return Optional.empty();
        }
        double slope = x.slope() / x.perX();
        double offset = x.offset() / x.perX();
        boolean alike = Column.near(y.slope() / y.perY(), slope) && Math.abs(y.offset() / y.perY() - offset) < 2e-2;
        if (!alike) {
            return Optional.empty();
        }
        if (x.curve() == Curve.SIGMOID && width.curve() == Curve.SQUARE) {
            return Column.near(slope, 2) && Math.abs(offset + 0.5) < 2e-2
                    ? Optional.of(GridCoding.Form.TWICE_SIGMOID)
                    : Optional.empty();
        }
        if (width.curve() != Curve.EXP || !Column.near(slope, 1) || Math.abs(offset) > 2e-2) {
            return Optional.empty();
        }
        boolean ofSteps = Column.near(width.slope(), x.perX()) && Column.near(height.slope(), y.perY());
        return switch (x.curve()) {
            case SIGMOID -> Optional.of(GridCoding.Form.SIGMOID_EXP);
            case LINEAR -> ofSteps ? Optional.of(GridCoding.Form.LINEAR_EXP) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static GridCoding.Anchor anchor(GridCoding.Form form, List<Column> group) {
        double factor = form == GridCoding.Form.TWICE_SIGMOID ? 4 : 1;
        return new GridCoding.Anchor(
                number(group.get(2).slope() / factor), number(group.get(3).slope() / factor));
    }

    /** 12 where 11.999998 was measured. */
    private static float number(double measured) {
        double rounded = Math.rint(measured * 100) / 100;
        return (float) (Math.abs(rounded - measured) < 1e-4 * Math.abs(measured) ? rounded : measured);
    }

    private static double sigmoid(double t) {
        return 1 / (1 + Math.exp(-t));
    }
}
