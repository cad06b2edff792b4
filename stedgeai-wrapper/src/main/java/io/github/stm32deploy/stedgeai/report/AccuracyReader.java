// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Block "Evaluation report (summary)": a header that names the columns, and a row for each comparison. */
final class AccuracyReader implements BlockReader {
    static final String HEADING = "Evaluation report (summary)";
    private static final String PART = "Evaluation report";

    /** The legend below the table names each metric once more; this is its last line. */
    private static final String LAST = "cos  : ";

    private final Problems problems;
    private final Place heading;
    private final List<Accuracy> rows = new ArrayList<>();
    private List<String> columns = List.of();
    private int rules;
    private boolean legend;

    AccuracyReader(Problems problems, LogLine line) {
        this.problems = problems;
        this.heading = problems.place(line.number(), PART);
    }

    List<Accuracy> rows() {
        return rows;
    }

    @Override
    public boolean take(LogLine line) {
        String text = line.text();
        if (legend) {
            return false;
        }
        if (line.rule()) {
            rules++;
            return true;
        }
        if (rules >= 3) {
            legend = text.startsWith(LAST) || text.startsWith("cos : ");
            return legend || text.matches("^[a-z]{3,4} +: .*");
        }
        Place place = problems.place(line.number(), PART);
        String[] cells = text.split(" {2,}");
        if (columns.isEmpty() && text.startsWith("Output ")) {
            columns = List.of(cells);
            return true;
        }
        if (columns.isEmpty() || cells.length < columns.size() || TextReport.beginsBlock(text)) {
            if (TextReport.beginsBlock(text)) {
                return false;
            }
            problems.notUnderstood(place, text, "a comparison with " + columns.size() + " columns");
            return true;
        }
        row(cells, place);
        return true;
    }

    private void row(String[] cells, Place place) {
        Map<String, Figure> metrics = new LinkedHashMap<>();
        for (int index = 1; index < columns.size() - 1; index++) {
            String printed = cells[index];
            if (printed.equals("n.a.")) {
                continue;
            }
            boolean percent = printed.endsWith("%");
            Optional<Figure> figure = Figure.of(
                    percent ? printed.substring(0, printed.length() - 1) : printed, percent ? "%" : "", place);
            if (figure.isPresent()) {
                metrics.put(columns.get(index), figure.get());
            } else if (!printed.matches("-?(nan|inf)")) {
                problems.notUnderstood(place, printed, columns.get(index) + " as a number");
            }
        }
        String tensor = String.join("  ", List.of(cells).subList(columns.size() - 1, cells.length));
        rows.add(new Accuracy(cells[0], metrics, tensor));
    }

    @Override
    public boolean complete() {
        return legend;
    }

    @Override
    public void finish() {
        if (rules < 3 || rows.isEmpty() || !legend) {
            problems.truncated(heading, rows.size() + " comparisons", "rows, and what each column means");
        }
    }

    /** The line {@code acc=n.a. rmse=0.000117739 ...} of a "Cross accuracy report": the same numbers once more. */
    static Map<String, Figure> line(String text, Place place) {
        Map<String, Figure> metrics = new LinkedHashMap<>();
        for (String part : text.split(" +")) {
            int equals = part.indexOf('=');
            if (equals > 0) {
                String printed = part.substring(equals + 1).replace("%", "");
                Figure.of(printed, "", place).ifPresent(figure -> metrics.put(part.substring(0, equals), figure));
            }
        }
        return metrics;
    }
}
