// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Block "Summary 'network'" of a validation on the board. */
final class DeviceSummaryReader implements BlockReader {
    static final Pattern HEADING = Pattern.compile("^Summary '([^']*)' - \\[.*]$");
    private static final String PART = "Summary of the board";
    private static final Pattern ENTRY = Pattern.compile("^(\\S.{0,60}?) +: +(.*)$");

    private final Problems problems;
    private final Place heading;
    private final String network;
    private final Map<String, ExecSummary.Entry> entries = new LinkedHashMap<>();
    private int rules;

    DeviceSummaryReader(Problems problems, LogLine line, String network) {
        this.problems = problems;
        this.heading = problems.place(line.number(), PART);
        this.network = network;
    }

    DeviceSummary summary() {
        ExecSummary.Entry nodes = entries.get("n_nodes");
        Optional<Figure> count = nodes == null ? Optional.empty() : Figure.of(nodes.value(), "", nodes.place());
        return new DeviceSummary(network, entries, count);
    }

    @Override
    public boolean take(LogLine line) {
        if (complete()) {
            return false;
        }
        if (line.rule()) {
            rules++;
            return true;
        }
        Matcher entry = ENTRY.matcher(line.text());
        if (!entry.matches() || TextReport.beginsBlock(line.text())) {
            return false;
        }
        entries.put(entry.group(1), new ExecSummary.Entry(entry.group(2).strip(), problems.place(line.number(), PART)));
        return true;
    }

    @Override
    public boolean complete() {
        return rules >= 3;
    }

    @Override
    public void finish() {
        if (!complete()) {
            problems.truncated(heading, entries.size() + " lines of a summary that does not end", "lines up to a rule");
        } else if (summary().nodes().isEmpty()) {
            problems.notUnderstood(heading, "n_nodes : " + summary().value("n_nodes"), "a number of nodes");
        }
    }
}
