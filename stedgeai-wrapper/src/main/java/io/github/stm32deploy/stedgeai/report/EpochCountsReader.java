// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Block "Epochs details", which ends with a double rule. */
final class EpochCountsReader implements BlockReader {
    static final String HEADING = "Epochs details";
    private static final Pattern OLD =
            Pattern.compile("^Total number of epochs: ([\\d,]+) of which ([\\d,]+) implemented in software$");
    private static final Pattern TOTAL = Pattern.compile("^Total number of epochs +([\\d,]+)$");
    private static final Pattern SOFTWARE = Pattern.compile("^>> pure software \\(SW\\) epochs +([\\d,]+)$");
    private static final Pattern HYBRID =
            Pattern.compile("^>> hybrid epochs \\(using both software and hardware\\) +([\\d,]+)$");
    private static final Pattern HARDWARE = Pattern.compile("^>> pure hardware \\(HW or EC\\) epochs +([\\d,]+) +"
            + "\\(implemented in ([\\d,]+) epoch controller blobs/meta epochs\\)$");

    private final Problems problems;
    private final Place heading;
    private final List<EpochTable.Row> rows = new ArrayList<>();
    private Optional<Figure> total = Optional.empty();
    private Optional<Figure> software = Optional.empty();
    private Optional<Figure> hybrid = Optional.empty();
    private Optional<Figure> hardware = Optional.empty();
    private Optional<Figure> blobs = Optional.empty();
    private boolean old;
    private boolean ended;

    EpochCountsReader(Problems problems, LogLine line) {
        this.problems = problems;
        this.heading = problems.place(line.number(), HEADING);
    }

    Optional<EpochCounts> counts() {
        return total.isEmpty() || software.isEmpty()
                ? Optional.empty()
                : Optional.of(new EpochCounts(total.get(), software.get(), hybrid, hardware, blobs, rows));
    }

    @Override
    public boolean take(LogLine line) {
        if (ended) {
            return false;
        }
        if (line.doubleRule()) {
            ended = true;
            return true;
        }
        if (line.rule() || line.text().startsWith("epoch ID") || line.text().startsWith("| epoch ID")) {
            return true;
        }
        Place place = problems.place(line.number(), HEADING);
        if (count(line.text(), place)) {
            return true;
        }
        Optional<EpochTable.Row> row = EpochTable.row(line.text());
        if (row.isPresent()) {
            add(row.get(), place);
            return true;
        }
        if (TextReport.beginsBlock(line.text())) {
            return false;
        }
        problems.notUnderstood(place, line.text(), "an epoch, or a number of epochs");
        return true;
    }

    private boolean count(String text, Place place) {
        Matcher both = OLD.matcher(text);
        if (both.matches()) {
            old = true;
            total = Figure.of(both.group(1), "", place);
            software = Figure.of(both.group(2), "", place);
            return true;
        }
        Matcher pure = HARDWARE.matcher(text);
        if (pure.matches()) {
            hardware = Figure.of(pure.group(1), "", place);
            blobs = Figure.of(pure.group(2), "", place);
            return true;
        }
        Matcher all = TOTAL.matcher(text);
        Matcher cpu = SOFTWARE.matcher(text);
        Matcher mixed = HYBRID.matcher(text);
        if (all.matches()) {
            total = Figure.of(all.group(1), "", place);
            return true;
        }
        if (cpu.matches()) {
            software = Figure.of(cpu.group(1), "", place);
            return true;
        }
        if (mixed.matches()) {
            hybrid = Figure.of(mixed.group(1), "", place);
            return true;
        }
        return false;
    }

    private void add(EpochTable.Row row, Place place) {
        int before = rows.isEmpty() ? -1 : rows.get(rows.size() - 1).last();
        boolean next = old ? row.first() == Math.max(before, 0) + 1 : row.first() > before;
        if (!next || row.last() < row.first()) {
            problems.add(
                    ReportProblem.Kind.CONTRADICTION,
                    place,
                    "epoch " + row.first() + (row.last() == row.first() ? "" : " to " + row.last()),
                    "a number behind " + before);
        }
        rows.add(row);
    }

    @Override
    public boolean complete() {
        return ended;
    }

    @Override
    public void finish() {
        Optional<EpochCounts> counts = counts();
        if (counts.isEmpty() || !ended) {
            problems.truncated(
                    heading,
                    counts.isEmpty() ? "no number of epochs" : rows.size() + " rows of a table that does not end",
                    "the number of epochs and a row for each");
            return;
        }
        EpochCounts found = counts.get();
        if (!old && (hybrid.isEmpty() || hardware.isEmpty())) {
            problems.truncated(heading, "no number of hybrid or of hardware epochs", "three lines that begin with >>");
            return;
        }
        long inRows = rows.stream()
                .mapToLong(row -> (long) row.last() - row.first() + 1)
                .sum();
        problems.expect(found.total(), inRows, "the epochs in the rows below");
        problems.expect(found.software(), found.count(EpochKind.SOFTWARE), "the SW rows below");
        hybrid.ifPresent(figure -> problems.expect(figure, found.count(EpochKind.HYBRID), "the Hybrid rows below"));
        hardware.ifPresent(figure -> problems.expect(
                figure,
                found.count(EpochKind.HARDWARE) + found.count(EpochKind.CONTROLLER),
                "the HW and EC rows below"));
        blobs.ifPresent(figure -> {
            if ((figure.asLong() > 0) != (found.count(EpochKind.CONTROLLER) > 0)
                    || figure.asLong() > found.count(EpochKind.CONTROLLER)) {
                problems.add(
                        ReportProblem.Kind.CONTRADICTION,
                        figure.place(),
                        figure + " programs of the epoch controller",
                        "as many as the EC rows below need");
            }
        });
    }
}
