// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Block "Model name", up to the line {@code model: macc=...} or {@code model/c-model: macc=...}. */
final class ModelTableReader implements BlockReader {
    static final Pattern HEADING = Pattern.compile("^Model name - (.*)$");
    private static final Pattern TOTAL =
            Pattern.compile("^model: macc=(\\S+) weights=(\\S+) activations=(\\S+) io=(\\S+)$");
    private static final Pattern TOTALS = Pattern.compile(
            "^model/c-model: macc=([\\d,]+)(?:/([\\d,]+))?(?: .*?)? weights=([\\d,]+)(?:/([\\d,]+))?(?: .*?)?"
                    + " activations=(?:--/)?(\\S+) io=(?:--/)?(\\S+)$");
    private static final String PART = "Model name";

    /** m_id, name (operator), [shape], parameters/bytes, macc, and what follows. */
    private static final Pattern ROW = Pattern.compile("^(?:(\\d+) {2,})?(\\S.*?) \\(([^()]*)\\) {2,}\\[([^]]*)](.*)$");

    private static final Pattern PARAMETERS = Pattern.compile("^ +([\\d,]+)/([\\d,]+)(?: (.*))?$");
    private static final Pattern MACC = Pattern.compile("^ +([\\d,]+)(?: .*)?$");

    private final Problems problems;
    private final String name;
    private final Place heading;
    private final List<ModelTable.Layer> layers = new ArrayList<>();
    private int number = -1;
    private ModelTable table;

    ModelTableReader(Problems problems, LogLine line, String name) {
        this.problems = problems;
        this.name = name;
        this.heading = problems.place(line.number(), PART);
    }

    Optional<ModelTable> table() {
        return Optional.ofNullable(table);
    }

    @Override
    public boolean take(LogLine line) {
        if (table != null) {
            return false;
        }
        Place place = problems.place(line.number(), PART);
        if (line.text().startsWith("model: ") || line.text().startsWith("model/c-model: ")) {
            total(line.text(), place);
            return true;
        }
        if (line.rule() || line.text().startsWith("m_id ")) {
            return true;
        }
        Matcher row = ROW.matcher(line.text());
        if (row.matches()) {
            layers.add(layer(row, place));
            return true;
        }
        // Further operands of the layer above stand alone in the last column; longer tables of the CPU flow go on to
        // the
        // right.
        if (line.text().indexOf(' ') < 0 || line.text().indexOf('|') >= 0) {
            return true;
        }
        problems.notUnderstood(place, line.text(), "a layer, or the total \"model: macc=\"");
        return !TextReport.beginsBlock(line.text());
    }

    private ModelTable.Layer layer(Matcher row, Place place) {
        if (row.group(1) != null) {
            number = Figure.of(row.group(1), "", place)
                    .map(figure -> (int) figure.asLong())
                    .orElse(-1);
        }
        String rest = row.group(5);
        Optional<Figure> parameters = Optional.empty();
        Optional<Figure> bytes = Optional.empty();
        Matcher sizes = PARAMETERS.matcher(rest);
        if (sizes.matches()) {
            parameters = Figure.of(sizes.group(1), "", place);
            bytes = Figure.of(sizes.group(2), "B", place);
            rest = sizes.group(3) == null ? "" : " " + sizes.group(3);
        }
        Matcher macc = MACC.matcher(rest);
        Optional<Figure> count = macc.matches() ? Figure.of(macc.group(1), "", place) : Optional.empty();
        String operator = row.group(3);
        // The CPU flow names its own kernel before the operator of the file.
        int comma = operator.lastIndexOf(", ");
        return new ModelTable.Layer(
                number,
                row.group(2),
                comma < 0 ? operator : operator.substring(comma + 2),
                row.group(4),
                parameters,
                bytes,
                count);
    }

    private void total(String text, Place place) {
        Matcher single = TOTAL.matcher(text);
        Matcher both = TOTALS.matcher(text);
        Optional<Figure> macc = Optional.empty();
        Optional<Figure> weights = Optional.empty();
        Optional<Figure> generated = Optional.empty();
        Optional<Figure> deployed = Optional.empty();
        Optional<Figure> activations = Optional.empty();
        if (single.matches()) {
            macc = Figure.of(single.group(1), "", place);
            weights = Figure.of(single.group(2), "B", place);
        } else if (both.matches()) {
            macc = Figure.of(both.group(1), "", place);
            weights = Figure.of(both.group(3), "B", place);
            generated = Optional.ofNullable(both.group(2)).flatMap(text2 -> Figure.of(text2, "", place));
            deployed = Optional.ofNullable(both.group(4)).flatMap(text2 -> Figure.of(text2, "B", place));
            activations = Figure.of(both.group(5), "B", place);
        }
        if (macc.isEmpty() || weights.isEmpty()) {
            problems.notUnderstood(place, text, "model: macc=N weights=N activations=.. io=..");
            return;
        }
        table = new ModelTable(name, layers, macc.get(), weights.get(), generated, deployed, activations);
    }

    @Override
    public boolean complete() {
        return table != null;
    }

    @Override
    public void finish() {
        if (table == null) {
            problems.truncated(heading, layers.size() + " layers without a total", "a line \"model: macc=\"");
            return;
        }
        problems.expect(table.macc(), sum(layers, true), BigDecimal.ZERO, "the sum of the rows above");
        problems.expect(table.weightsBytes(), sum(layers, false), BigDecimal.ZERO, "the sum of the rows above");
    }

    private static BigDecimal sum(List<ModelTable.Layer> layers, boolean macc) {
        return layers.stream()
                .flatMap(layer -> (macc ? layer.macc() : layer.parameterBytes()).stream())
                .map(Figure::value)
                .reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
