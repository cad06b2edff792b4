// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Block "Exec/report summary", lines {@code key : value} between rules. */
final class ExecSummaryReader implements BlockReader {
    static final Pattern HEADING = Pattern.compile("^Exec/report summary \\((\\w+)\\)$");

    /** A log may begin behind the heading. */
    static final Pattern FIRST_LINE = Pattern.compile("^model file +: {2,}\\S.*$");

    private static final String PART = "Exec/report summary";
    private static final Pattern ENTRY = Pattern.compile("^([A-Za-z_][\\w/ #()]{0,24}?) *:(?: {2,}(.*)|$)");
    private static final Pattern BYTES = Pattern.compile("^([\\d,]+) B\\b(?: \\(([\\d,.]+) (B|[KMG]iB)\\))?.*$");
    private static final Pattern SUM = Pattern.compile("^([\\d,]+) B .*= ([\\d,]+) \\+ ([\\d,]+) \\+ ([\\d,]+)$");
    private static final Pattern COUNT = Pattern.compile("^([\\d,]+)$");

    private final Problems problems;
    private final Place heading;
    private final String command;
    private final Map<String, ExecSummary.Entry> entries = new LinkedHashMap<>();
    private int rules;
    private boolean over;

    ExecSummaryReader(Problems problems, LogLine line, String command) {
        this.problems = problems;
        this.heading = problems.place(line.number(), PART);
        this.command = command;
        if (command.isEmpty()) {
            rules = 1;
            take(line);
        }
    }

    ExecSummary summary() {
        return new ExecSummary(
                command,
                entries,
                count("macc"),
                bytes("weights (ro)"),
                bytes("activations (rw)"),
                bytes("ram (total)"));
    }

    private Optional<Figure> count(String key) {
        ExecSummary.Entry entry = entries.get(key);
        return entry == null || !COUNT.matcher(entry.value()).matches()
                ? Optional.empty()
                : Figure.of(entry.value(), "", entry.place());
    }

    private Optional<Figure> bytes(String key) {
        ExecSummary.Entry entry = entries.get(key);
        Matcher bytes = BYTES.matcher(entry == null ? "" : entry.value());
        return bytes.matches() ? Figure.of(bytes.group(1), "B", entry.place()) : Optional.empty();
    }

    @Override
    public boolean take(LogLine line) {
        if (over) {
            return false;
        }
        if (line.rule()) {
            rules++;
            over = rules >= 3;
            return true;
        }
        Matcher entry = ENTRY.matcher(line.text());
        if (!entry.matches() || TextReport.beginsBlock(line.text())) {
            return false;
        }
        String value = entry.group(2) == null ? "" : entry.group(2).strip();
        Place place = problems.place(line.number(), PART);
        entries.put(entry.group(1), new ExecSummary.Entry(value, place));
        return true;
    }

    @Override
    public boolean complete() {
        return over;
    }

    @Override
    public void finish() {
        if (!over) {
            problems.truncated(heading, entries.size() + " lines of a summary that does not end", "lines up to a rule");
            return;
        }
        for (String key : new String[] {"weights (ro)", "activations (rw)", "ram (total)"}) {
            ExecSummary.Entry entry = entries.get(key);
            if (entry == null) {
                continue;
            }
            Matcher bytes = BYTES.matcher(entry.value());
            if (!bytes.matches()) {
                problems.notUnderstood(entry.place(), key + " : " + entry.value(), "a number of bytes");
                continue;
            }
            Optional<Figure> exact = Figure.of(bytes.group(1), "B", entry.place());
            if (bytes.group(2) != null && exact.isPresent()) {
                Figure.of(bytes.group(2), bytes.group(3), entry.place())
                        .ifPresent(rounded -> problems.expectSame(rounded, exact.get()));
            }
            Matcher sum = SUM.matcher(entry.value());
            if (sum.matches() && exact.isPresent()) {
                BigDecimal parts = BigDecimal.ZERO;
                for (int part = 2; part <= 4; part++) {
                    parts = parts.add(new BigDecimal(sum.group(part).replace(",", "")));
                }
                problems.expect(exact.get(), parts, BigDecimal.ZERO, "the sum behind it");
            }
        }
        ExecSummary.Entry macc = entries.get("macc");
        if (macc != null && count("macc").isEmpty()) {
            problems.notUnderstood(macc.place(), "macc : " + macc.value(), "a number");
        }
    }
}
