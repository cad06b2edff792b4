// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Block "Requested memory size by section" and the summary of flash and RAM below it. */
final class SectionSizesReader implements BlockReader {
    static final Pattern HEADING = Pattern.compile("^Requested memory size by section - \"([^\"]*)\" target$");
    private static final String PART = "Requested memory size by section";
    private static final Pattern ROW = Pattern.compile("^(\\S.*?) +([\\d,]+) +([\\d,]+) +([\\d,]+) +([\\d,]+)$");
    private static final Pattern SUMMARY = Pattern.compile("^Summary - \"([^\"]*)\" target$");
    private static final Pattern SUMMARY_ROW =
            Pattern.compile("^(RT total|TOTAL) +([\\d,]+)(?: +[\\d.]+%)? +([\\d,]+)(?: +[\\d.]+%)?$");
    private static final String END = "*  rt/total";

    private final Problems problems;
    private final Place heading;
    private final String target;
    private final List<SectionSizes.Row> modules = new ArrayList<>();
    private final Map<String, SectionSizes.Row> named = new HashMap<>();
    private final Map<String, List<Figure>> summary = new HashMap<>();
    private boolean inSummary;
    private boolean ended;

    SectionSizesReader(Problems problems, LogLine line, String target) {
        this.problems = problems;
        this.heading = problems.place(line.number(), PART);
        this.target = target;
    }

    Optional<SectionSizes> sizes() {
        boolean whole = ended
                && named.keySet().containsAll(List.of("RT total**", "weights", "activations", "io", "TOTAL"))
                && summary.keySet().containsAll(List.of("RT total", "TOTAL"));
        return whole
                ? Optional.of(new SectionSizes(
                        target,
                        modules,
                        named.get("RT total**"),
                        named.get("weights"),
                        named.get("activations"),
                        named.get("io"),
                        named.get("TOTAL"),
                        summary.get("RT total").get(0),
                        summary.get("RT total").get(1),
                        summary.get("TOTAL").get(0),
                        summary.get("TOTAL").get(1)))
                : Optional.empty();
    }

    @Override
    public boolean take(LogLine line) {
        String text = line.text();
        if (ended) {
            return false;
        }
        if (text.replaceAll(" +", " ").equals(END.replaceAll(" +", " "))) {
            ended = true;
            return true;
        }
        if (line.rule()
                || text.startsWith("module ")
                || text.startsWith("* ")
                || text.startsWith("** ")
                || text.startsWith("FLASH (ro)")) {
            return true;
        }
        if (SUMMARY.matcher(text).matches()) {
            inSummary = true;
            return true;
        }
        Place place = problems.place(line.number(), PART);
        if (inSummary ? summaryRow(text, place) : row(text, place)) {
            return true;
        }
        if (TextReport.beginsBlock(text)) {
            return false;
        }
        problems.notUnderstood(place, text, "a module and its four sections");
        return true;
    }

    private boolean row(String text, Place place) {
        Matcher row = ROW.matcher(text);
        if (!row.matches()) {
            return false;
        }
        List<Figure> sizes = figures(place, row.group(2), row.group(3), row.group(4), row.group(5));
        if (sizes.size() != 4) {
            return false;
        }
        SectionSizes.Row read =
                new SectionSizes.Row(row.group(1), sizes.get(0), sizes.get(1), sizes.get(2), sizes.get(3));
        switch (read.module()) {
            case "RT total**", "weights", "activations", "io", "TOTAL" -> named.put(read.module(), read);
            default -> modules.add(read);
        }
        return true;
    }

    private boolean summaryRow(String text, Place place) {
        Matcher row = SUMMARY_ROW.matcher(text);
        if (!row.matches()) {
            return false;
        }
        List<Figure> sizes = figures(place, row.group(2), row.group(3));
        if (sizes.size() != 2) {
            return false;
        }
        summary.put(row.group(1), sizes);
        return true;
    }

    private static List<Figure> figures(Place place, String... printed) {
        List<Figure> figures = new ArrayList<>();
        for (String number : printed) {
            Figure.of(number, "B", place).ifPresent(figures::add);
        }
        return figures;
    }

    @Override
    public boolean complete() {
        return ended;
    }

    @Override
    public void finish() {
        Optional<SectionSizes> read = sizes();
        if (read.isEmpty()) {
            problems.truncated(
                    heading, modules.size() + " modules, table or summary not whole", "rows up to \"rt/total\"");
            return;
        }
        SectionSizes sizes = read.get();
        List<SectionSizes.Row> parts = List.of(sizes.runtime(), sizes.weights(), sizes.activations(), sizes.io());
        List<Function<SectionSizes.Row, Figure>> columns = List.of(
                SectionSizes.Row::text, SectionSizes.Row::rodata, SectionSizes.Row::data, SectionSizes.Row::bss);
        for (Function<SectionSizes.Row, Figure> column : columns) {
            problems.expect(column.apply(sizes.runtime()), sum(sizes.modules(), column), "the sum of the modules");
            problems.expect(column.apply(sizes.total()), sum(parts, column), "the sum of the rows above");
        }
        problems.expect(sizes.flashBytes(), flash(sizes.total()), "text, rodata and data of TOTAL");
        problems.expect(sizes.ramBytes(), ram(sizes.total()), "data and bss of TOTAL");
        problems.expect(sizes.runtimeFlashBytes(), flash(sizes.runtime()), "text, rodata and data of the run-time");
        problems.expect(sizes.runtimeRamBytes(), ram(sizes.runtime()), "data and bss of the run-time");
    }

    private static long sum(List<SectionSizes.Row> rows, Function<SectionSizes.Row, Figure> column) {
        return rows.stream().mapToLong(row -> column.apply(row).asLong()).sum();
    }

    private static long flash(SectionSizes.Row row) {
        return row.text().asLong() + row.rodata().asLong() + row.data().asLong();
    }

    private static long ram(SectionSizes.Row row) {
        return row.data().asLong() + row.bss().asLong();
    }
}
