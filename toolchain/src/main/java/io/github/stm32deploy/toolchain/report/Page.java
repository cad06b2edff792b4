// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * A self-contained HTML page: style sheet and script are inside, nothing is fetched. Without script everything is there,
 * only sorting and filtering of the tables is not.
 */
final class Page {
    private static final int SHORT = 24;
    private static final int LONG = 60;

    private final StringBuilder text = new StringBuilder(1 << 16);

    Page(String title) {
        this(title, "");
    }

    /** @param width {@code broad} for a page that is mostly a table */
    Page(String title, String width) {
        text.append("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>")
                .append(escape(title))
                .append("</title>\n<style>\n")
                .append(resource("report.css"))
                .append("</style>\n</head>\n<body>\n<main")
                .append(width.isEmpty() ? "" : " class=\"" + width + "\"")
                .append(">\n");
    }

    /** The page as it is written so far. */
    StringBuilder text() {
        return text;
    }

    byte[] end() {
        text.append("</main>\n<script>\n").append(resource("tables.js")).append("</script>\n</body>\n</html>\n");
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** A column of a sortable table; numbers are right-aligned. */
    record Column(String title, boolean number, String hint) {
        static Column text(String title) {
            return new Column(title, false, "");
        }

        static Column number(String title) {
            return new Column(title, true, "");
        }
    }

    /** A cell: what is shown as HTML, and what it sorts by. */
    record Cell(String html, String key) {
        static Cell text(String text) {
            return new Cell(escape(text == null ? "" : text), text == null ? "" : text);
        }

        static Cell number(Double value, String shown) {
            return value == null ? new Cell("–", "") : new Cell(escape(shown), Double.toString(value));
        }

        static Cell count(Long value) {
            return value == null ? new Cell("–", "") : new Cell(Page.count(value), Long.toString(value));
        }
    }

    /** A table that sorts by a click on a heading and filters by the words typed above it. */
    static void table(StringBuilder page, String name, List<Column> columns, List<List<Cell>> rows) {
        page.append("<div class=\"wide\"><table class=\"sortable\" data-name=\"")
                .append(escape(name))
                .append("\"><thead><tr>");
        for (Column column : columns) {
            page.append(column.number() ? "<th class=\"n\"" : "<th")
                    .append(column.hint().isEmpty() ? "" : " title=\"" + escape(column.hint()) + "\"")
                    .append('>')
                    .append(escape(column.title()))
                    .append("</th>");
        }
        page.append("</tr></thead><tbody>\n");
        for (List<Cell> row : rows) {
            page.append("<tr>");
            for (int index = 0; index < row.size(); index++) {
                Cell cell = row.get(index);
                boolean number = columns.get(index).number();
                page.append(number ? "<td class=\"n\" data-key=\"" + escape(cell.key()) + "\">" : width(cell))
                        .append(cell.html())
                        .append("</td>");
            }
            page.append("</tr>\n");
        }
        page.append("</tbody></table></div>\n");
    }

    /** Short words stay on one line, sentences get room. */
    private static String width(Cell cell) {
        if (cell.key().length() <= SHORT) {
            return "<td class=\"short\">";
        }
        return cell.key().length() > LONG ? "<td class=\"long\">" : "<td>";
    }

    static void fact(StringBuilder page, String label, String text) {
        if (text != null && !text.isBlank()) {
            page.append("<dt>")
                    .append(label)
                    .append("</dt><dd>")
                    .append(escape(text))
                    .append("</dd>");
        }
    }

    /** The legend below a chart: style class and label. */
    static void legend(StringBuilder page, List<String[]> entries) {
        page.append("<ul class=\"legend\">");
        for (String[] entry : entries) {
            page.append("<li><span class=\"swatch ")
                    .append(entry[0])
                    .append("\"></span>")
                    .append(escape(entry[1]))
                    .append("</li>");
        }
        page.append("</ul>\n");
    }

    /** A part of a sentence as a whole one. */
    static String sentence(String text) {
        return text.isEmpty() ? text : text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1) + ".";
    }

    static String count(double value) {
        return String.format(Locale.ROOT, "%,.0f", value).replace(',', '\u202F');
    }

    static String decimals(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }

    static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", share * 100);
    }

    /** Milliseconds with three digits, seconds beyond ten thousand. */
    static String millis(double value) {
        return Figures.millis(value);
    }

    private static String resource(String name) {
        try (InputStream stream = Page.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
