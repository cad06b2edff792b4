// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import static io.github.stm32deploy.toolchain.report.Svg.escape;

import java.util.List;

/** The part of a page that lists changes of the graph, what became of each and what was measured. */
final class RepairSection {
    /** Places named in a row; the file has all. */
    private static final int PLACES = 4;

    private RepairSection() {}

    /** @param repairs null or empty for no section */
    static void append(StringBuilder page, List<Report.Repair> repairs) {
        if (repairs == null || repairs.isEmpty()) {
            return;
        }
        page.append("<section>\n<h2>Repaired first</h2>\n")
                .append("<p>Each change was compared: the graph before it and the graph after it on the same seeded"
                        + " inputs.</p>\n")
                .append("<table><thead><tr><th>repair</th><th>state</th><th>why, and where</th><th>comparison</th></tr>"
                        + "</thead><tbody>\n");
        for (Report.Repair repair : repairs) {
            page.append("<tr><td>")
                    .append(escape(repair.id()))
                    .append("</td><td>")
                    .append(state(repair.parity()))
                    .append("</td><td>")
                    .append(escape(repair.reason() + ": " + places(repair.nodes())));
            for (String sentence : repair.contract()) {
                page.append("<br>").append(escape(sentence));
            }
            page.append("</td><td>").append(escape(repair.parity().outcome())).append("</td></tr>\n");
        }
        page.append("</tbody></table>\n</section>\n");
    }

    private static String state(Report.Parity parity) {
        if (parity.kept()) {
            return "done";
        }
        return parity.elements() == null ? "not done" : "reverted";
    }

    private static String places(List<String> nodes) {
        return String.join(", ", nodes.subList(0, Math.min(PLACES, nodes.size())))
                + (nodes.size() > PLACES ? " and " + (nodes.size() - PLACES) + " more" : "");
    }
}
