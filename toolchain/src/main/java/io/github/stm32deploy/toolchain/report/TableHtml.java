// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Svg.escape;
import static io.github.stm32deploy.toolchain.report.Svg.number;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** table.html: one file without outside references, a view of {@link Table}. */
public final class TableHtml {
    private static final int LEFT = 70;
    private static final int TOP = 12;
    private static final int WIDTH = Svg.CHART_WIDTH - LEFT - 20;
    private static final int HEIGHT = 320;

    private static final List<String[]> VERDICTS = List.of(
            new String[] {"tone1", "npu"},
            new String[] {"tone0", "npu+cpu"},
            new String[] {"tone2", "repairable: predicted as it would be after the fix"},
            new String[] {"tone3", "cpu"},
            new String[] {"bad", "too-large"});

    private TableHtml() {}

    /** The page as UTF-8. */
    public static byte[] render(Table table) {
        Page whole = new Page("Models on " + table.board().id(), "broad");
        StringBuilder page = whole.text();
        page.append("<header>\n<h1>Models on ")
                .append(escape(table.board().id()))
                .append("</h1>\n<p class=\"answer\">")
                .append(escape(TableText.summary(table)))
                .append("</p>\n</header>\n");
        rows(page, table);
        List<Table.Row> timed =
                table.rows().stream().filter(row -> row.latencyMs() != null).toList();
        if (!timed.isEmpty()) {
            page.append("<section>\n<h2>Predicted time over work</h2>\n<div class=\"chart\">")
                    .append(scatter(timed, row -> row.macc() == null ? 0 : row.macc(), "MACC"))
                    .append("</div>\n");
            Page.legend(page, VERDICTS);
            page.append("</section>\n<section>\n<h2>Predicted time over RAM</h2>\n<div class=\"chart\">")
                    .append(scatter(timed, TableHtml::ram, "bytes of RAM, on the chip and external"))
                    .append("</div>\n");
            Page.legend(page, VERDICTS);
            page.append("</section>\n");
        }
        beside(page, table);
        return whole.end();
    }

    private static double ram(Table.Row row) {
        return row.internalRamBytes() == null
                ? 0
                : row.internalRamBytes() + (row.externalRamBytes() == null ? 0 : row.externalRamBytes());
    }

    private static void rows(StringBuilder page, Table table) {
        List<Page.Column> columns = List.of(
                Page.Column.text("model"),
                Page.Column.text("verdict"),
                Page.Column.text("answer and fix"),
                new Page.Column("time", true, "predicted, with its 80 % interval"),
                Page.Column.number("MACC"),
                new Page.Column("flash", true, "weights in the NPU's format, predicted"),
                new Page.Column("RAM", true, "on the chip, predicted"),
                new Page.Column("external RAM", true, "predicted"),
                Page.Column.text("input"),
                Page.Column.number("landmarks"));
        List<List<Page.Cell>> cells = new ArrayList<>();
        for (Table.Row row : table.rows()) {
            cells.add(List.of(
                    Page.Cell.text(row.file()),
                    new Page.Cell(
                            "<span class=\"verdict " + escape(row.verdict().replace("+", "-")) + "\">"
                                    + escape(row.verdict()) + "</span>",
                            row.verdict()),
                    new Page.Cell(answer(row), answer(row)),
                    time(row),
                    Page.Cell.count(row.macc()),
                    size(row.flashBytes()),
                    size(row.internalRamBytes()),
                    size(row.externalRamBytes() == null || row.externalRamBytes() == 0 ? null : row.externalRamBytes()),
                    Page.Cell.text(row.input()),
                    Page.Cell.number(
                            row.landmarks() == null ? null : row.landmarks().doubleValue(),
                            String.valueOf(row.landmarks()))));
        }
        page.append("<section>\n");
        Page.table(page, "models", columns, cells);
        page.append("</section>\n");
    }

    private static Page.Cell time(Table.Row row) {
        if (row.latencyMs() == null) {
            return Page.Cell.number(null, "");
        }
        String graph = row.graph() == null || row.graph().equals(Prediction.AS_IS) ? "" : row.graph();
        return new Page.Cell(
                "<b>" + escape(Figures.millis(row.latencyMs())) + "</b><br><small>"
                        + escape(Figures.millis(row.latencyLowMs()) + " – " + Figures.millis(row.latencyHighMs()))
                        + (graph.isEmpty() ? "" : "<br>" + escape(graph))
                        + "</small>",
                Double.toString(row.latencyMs()));
    }

    private static Page.Cell size(Long bytes) {
        return bytes == null ? Page.Cell.number(null, "") : Page.Cell.number(bytes.doubleValue(), Figures.bytes(bytes));
    }

    private static String answer(Table.Row row) {
        StringBuilder html = new StringBuilder(escape(row.notes() == null ? "" : row.notes()));
        if (!row.diagnoses().isEmpty()) {
            html.append("<br><small>")
                    .append(escape(String.join(" ", row.diagnoses())))
                    .append("</small>");
        }
        if (row.fix() != null && !row.fix().isEmpty()) {
            html.append("<br><b>").append(escape(row.fix())).append("</b>");
        }
        return html.toString();
    }

    /** What the user wrote down beside our figures, for the rows that a recipe knows. */
    private static void beside(StringBuilder page, Table table) {
        List<Table.Row> known =
                table.rows().stream().filter(row -> row.user() != null).toList();
        if (known.isEmpty()) {
            return;
        }
        List<Page.Column> columns = List.of(
                Page.Column.text("user's row"),
                Page.Column.text("model"),
                Page.Column.number("MACC"),
                Page.Column.number("ours"),
                Page.Column.text("flash"),
                Page.Column.text("ours"),
                Page.Column.text("RAM"),
                Page.Column.text("ours"),
                Page.Column.number("time"),
                Page.Column.number("predicted"),
                Page.Column.text("their text"),
                Page.Column.text("our diagnosis and fix"));
        List<List<Page.Cell>> cells = new ArrayList<>();
        for (Table.Row row : known) {
            Table.Theirs user = row.user();
            String doubt = user.doubt() == null ? "" : "<br><b>" + escape(user.doubt()) + "</b>";
            cells.add(List.of(
                    Page.Cell.text(user.name()),
                    new Page.Cell(escape(row.file()) + "<br><small>" + escape(user.match()) + "</small>", row.file()),
                    Page.Cell.count(user.macc()),
                    Page.Cell.count(row.macc()),
                    Page.Cell.text(user.flash()),
                    Page.Cell.text(row.flashBytes() == null ? "" : Figures.bytes(row.flashBytes())),
                    Page.Cell.text(user.ram()),
                    Page.Cell.text(row.internalRamBytes() == null ? "" : TableText.ram(row)),
                    Page.Cell.number(
                            user.latencyMs(), user.latencyMs() == null ? "" : Figures.millis(user.latencyMs())),
                    Page.Cell.number(
                            row.latencyMs(),
                            row.latencyMs() == null ? "" : Figures.millis(row.latencyMs()) + TableText.graph(row)),
                    new Page.Cell(escape(user.notes() == null ? "" : user.notes()) + doubt, user.notes() + doubt),
                    new Page.Cell(
                            escape(TableText.diagnosis(row)) + "<br><b>" + escape(TableText.fix(row)) + "</b>",
                            TableText.diagnosis(row) + TableText.fix(row))));
        }
        page.append("<section>\n<h2>Beside what the user wrote down</h2>\n"
                + "<p>The user's figures and error texts, from the vendor's cloud service, beside ours for the same network or"
                + " the stand-in that the recipe names.</p>\n");
        Page.table(page, "the user's rows", columns, cells);
        page.append("</section>\n");
    }

    /** Predicted time over something else, both logarithmic, a bar for the interval. */
    private static String scatter(List<Table.Row> rows, ToDoubleFunction<Table.Row> across, String title) {
        List<Table.Row> shown =
                rows.stream().filter(row -> across.applyAsDouble(row) > 0).toList();
        LogAxis x = LogAxis.over(
                shown.stream().mapToDouble(across).min().orElse(1),
                shown.stream().mapToDouble(across).max().orElse(10),
                LEFT,
                LEFT + WIDTH);
        LogAxis y = LogAxis.over(
                shown.stream().mapToDouble(Table.Row::latencyLowMs).min().orElse(1),
                shown.stream().mapToDouble(Table.Row::latencyHighMs).max().orElse(10),
                TOP + HEIGHT,
                TOP);
        StringBuilder svg = Svg.open(Svg.CHART_WIDTH, HEIGHT + TOP + 46, "Predicted time over " + title);
        Svg.rectangle(svg, LEFT, TOP, WIDTH, HEIGHT, "rest");
        for (double tick : x.ticks()) {
            EpochCharts.line(svg, x.at(tick), TOP, x.at(tick), TOP + HEIGHT, "grid");
            Svg.text(svg, x.at(tick), TOP + HEIGHT + 16.0, "value", "middle", LogAxis.label(tick));
        }
        for (double tick : y.ticks()) {
            EpochCharts.line(svg, LEFT, y.at(tick), LEFT + WIDTH, y.at(tick), "grid");
            Svg.text(
                    svg,
                    LEFT - 6.0,
                    y.at(tick) + 4,
                    "value",
                    "end",
                    Figures.millis(tick).replace(".00", ""));
        }
        for (Table.Row row : shown) {
            double at = x.at(across.applyAsDouble(row));
            svg.append("<g><title>")
                    .append(escape(row.file() + "\n" + row.verdict() + ": "
                            + Figures.interval(row.latencyMs(), row.latencyLowMs(), row.latencyHighMs())
                            + (row.graph() == null ? "" : ", " + row.graph())
                            + String.format(Locale.ROOT, "\n%,.0f %s", across.applyAsDouble(row), title)))
                    .append("</title>");
            EpochCharts.line(svg, at, y.at(row.latencyLowMs()), at, y.at(row.latencyHighMs()), "whisker");
            svg.append("<circle class=\"dot ")
                    .append(style(row.verdict()))
                    .append("\" cx=\"")
                    .append(number(at))
                    .append("\" cy=\"")
                    .append(number(y.at(row.latencyMs())))
                    .append("\" r=\"5\"/></g>\n");
        }
        Svg.text(svg, LEFT + WIDTH / 2.0, TOP + HEIGHT + 36.0, "value", "middle", title);
        return svg.append("</svg>").toString();
    }

    private static String style(String verdict) {
        return VERDICTS.stream()
                .filter(entry -> entry[1].equals(verdict) || entry[1].startsWith(verdict + ":"))
                .map(entry -> entry[0])
                .findFirst()
                .orElse("grey");
    }
}
