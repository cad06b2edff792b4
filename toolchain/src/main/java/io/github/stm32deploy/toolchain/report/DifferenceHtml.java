// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Page.decimals;
import static io.github.stm32deploy.toolchain.report.Page.fact;
import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What {@code diff} found, as one file without outside references. */
public final class DifferenceHtml {
    private DifferenceHtml() {}

    /**
     * @param withoutTask why it is not known what both find; empty where it is
     * @param pictures of what both find
     */
    public static byte[] render(
            Difference difference, List<Report.Finding> findings, String withoutTask, TaskPictures pictures) {
        Page whole = new Page(difference.first() + " and " + difference.second());
        StringBuilder page = whole.text();
        page.append("<header>\n<h1>")
                .append(escape(difference.first()))
                .append("<br>")
                .append(escape(difference.second()))
                .append("</h1>\n<p>The first is the reference.</p>\n<p class=\"answer\">")
                .append(escape(Page.sentence(difference.answer())))
                .append("</p>\n</header>\n");
        List<String[]> tiles =
                new ArrayList<>(difference.task() == null ? List.of() : TaskSections.tiles(difference.task()));
        for (Difference.Output output : difference.outputs()) {
            if (difference.outputs().size() <= 6) {
                tiles.add(new String[] {decibels(output.error().sqnrDb()), "SQNR of " + output.name()});
            }
        }
        HtmlReport.tiles(page, tiles);
        graph(page, difference);
        new TaskSections(difference.first(), difference.second())
                .append(page, difference.task(), withoutTask, pictures);
        outputs(page, difference);
        HtmlReport.findings(page, findings);
        tensors(page, difference);
        page.append("<section>\n<h2>How this was obtained</h2>\n<dl>");
        Report.Tool tool = Report.thisTool();
        fact(page, "tool", tool.name() + " " + tool.version());
        fact(
                page,
                "inputs",
                difference.samples()
                        + (difference.synthetic() ? " synthetic samples (seeded noise), " : " samples, ")
                        + difference.input());
        fact(page, "rule", difference.rule());
        page.append("</dl>\n</section>\n");
        return whole.end();
    }

    private static void graph(StringBuilder page, Difference difference) {
        page.append(
                "<section>\n<h2>Error along the graph</h2>\n<p>SQNR of each tensor that both have, in the order of the"
                        + " first graph: every 6 dB are one bit.");
        if (difference.firstDivergent() == null) {
            page.append(" No layer stands out.");
        } else {
            page.append(" The first layer that stands out is marked.");
        }
        if (difference.unpaired() > 0) {
            page.append(' ').append(difference.unpaired()).append(" tensors of the first graph have no counterpart.");
        }
        page.append("</p>\n<div class=\"chart\">")
                .append(DivergenceChart.draw(difference))
                .append("</div>\n</section>\n");
    }

    private static void outputs(StringBuilder page, Difference difference) {
        page.append(
                "<section>\n<h2>Outputs</h2>\n<table><thead><tr><th>output</th><th>SQNR dB</th><th>cosine</th><th>bias</th>"
                        + "<th>mean abs error</th><th>max abs error</th></tr></thead><tbody>\n");
        for (Difference.Output output : difference.outputs()) {
            String name = output.name().equals(output.other()) ? output.name() : output.name() + " | " + output.other();
            Difference.Error error = output.error();
            page.append("<tr><td>").append(escape(name)).append("</td><td>");
            page.append(error.sqnrDb() == null ? "equal" : String.format(Locale.ROOT, "%.1f", error.sqnrDb()));
            for (double value :
                    new double[] {error.cosine(), error.bias(), error.meanAbsError(), error.maxAbsError()}) {
                page.append("</td><td>").append(decimals(value));
            }
            page.append("</td></tr>\n");
        }
        page.append("</tbody></table>\n</section>\n");
    }

    private static void tensors(StringBuilder page, Difference difference) {
        List<List<Page.Cell>> rows = new ArrayList<>();
        for (Difference.Tensor tensor : difference.tensors()) {
            Difference.Error error = tensor.error();
            boolean first = tensor.equals(difference.firstDivergent());
            rows.add(List.of(
                    Page.Cell.count((long) rows.size() + 1),
                    first
                            ? new Page.Cell(
                                    "<b>" + escape(tensor.node()) + "</b> stands out", tensor.node() + " stands out")
                            : Page.Cell.text(tensor.node()),
                    Page.Cell.text(tensor.operator()),
                    ratio(tensor.inputDb()),
                    ratio(tensor.sqnrDb()),
                    Page.Cell.number(loss(tensor), loss(tensor) == null ? "" : decimal(loss(tensor))),
                    Page.Cell.number(error == null ? null : error.bias(), error == null ? "" : decimals(error.bias())),
                    Page.Cell.number(
                            error == null ? null : error.maxAbsError(),
                            error == null ? "" : decimals(error.maxAbsError())),
                    Page.Cell.text(tensor.byName() ? tensor.tensor() : tensor.tensor() + " | " + tensor.other())));
        }
        page.append("<section>\n<h2>Tensors</h2>\n<details open><summary>")
                .append(difference.tensors().size())
                .append(" tensors in the order of the first graph</summary>\n");
        Page.table(
                page,
                "tensors",
                List.of(
                        Page.Column.number("#"),
                        Page.Column.text("layer"),
                        Page.Column.text("operator"),
                        new Page.Column("in dB", true, "worst SQNR of what it is computed from"),
                        new Page.Column("out dB", true, "SQNR of its output"),
                        new Page.Column("loss dB", true, "what the layer adds"),
                        Page.Column.number("bias"),
                        Page.Column.number("max error"),
                        Page.Column.text("tensor")),
                rows);
        page.append("</details>\n</section>\n");
    }

    private static Double loss(Difference.Tensor tensor) {
        return tensor.sqnrDb() == null || tensor.inputDb() == null ? null : tensor.inputDb() - tensor.sqnrDb();
    }

    private static Page.Cell ratio(Double value) {
        return value == null ? new Page.Cell("equal", "1e9") : Page.Cell.number(value, decimal(value));
    }

    private static String decimal(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    private static String decibels(Double value) {
        return value == null ? "equal" : decimal(value) + " dB";
    }
}
