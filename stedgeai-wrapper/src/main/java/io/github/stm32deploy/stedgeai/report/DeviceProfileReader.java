// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Block "ST.AI Profiling results" and the table "Inference time per node" below it. */
final class DeviceProfileReader implements BlockReader {
    static final Pattern HEADING = Pattern.compile("^ST\\.AI Profiling results v[\\d.]+ - \"([^\"]*)\"$");
    private static final String PART = "ST.AI Profiling results";
    private static final String NUMBER = "([\\d,]+(?:\\.\\d+)?)";
    private static final String CYCLES = "\\[ *([\\d,]+) +([\\d,]+) +([\\d,]+) *]";
    private static final Pattern SAMPLES = Pattern.compile("^nb sample\\(s\\) +: +" + NUMBER + "$");
    private static final Pattern DURATION = Pattern.compile(
            "^duration +: +" + NUMBER + " ms by sample \\(" + NUMBER + "/" + NUMBER + "/" + NUMBER + "\\)$");
    private static final Pattern CPU_CYCLES = Pattern.compile("^CPU cycles +: +" + CYCLES + "$");
    private static final Pattern INITIALIZE = Pattern.compile("^network initialize time \\(ms\\) +: +" + NUMBER + "$");
    private static final Pattern NODE = Pattern.compile("^(\\d{1,6}) +(\\S+) +(\\S.*?) {2,}" + NUMBER + " +" + NUMBER
            + "% +" + NUMBER + "% +" + CYCLES + " +(\\S+)$");
    private static final Pattern TOTAL = Pattern.compile("^total +" + NUMBER + " +" + CYCLES + "$");
    private static final Pattern RATE =
            Pattern.compile("^" + NUMBER + " inf/s +\\[ *" + NUMBER + "% +" + NUMBER + "% +" + NUMBER + "% *]$");
    private static final Pattern SHARES =
            Pattern.compile("^HW: +" + NUMBER + "%, SW: +" + NUMBER + "%, SW ctrl: +" + NUMBER + "%$");
    private static final String TABLE = "Inference time per node";
    private static final BigDecimal HALF = new BigDecimal("0.5");

    private final Problems problems;
    private final Place heading;
    private final List<DeviceProfile.Node> nodes = new ArrayList<>();
    private Optional<Figure> samples = Optional.empty();
    private List<Figure> duration = List.of();
    private Optional<DeviceProfile.Cycles> cycles = Optional.empty();
    private Optional<Figure> initialize = Optional.empty();
    private Optional<Figure> rate = Optional.empty();
    private List<Figure> shares = List.of();
    private Optional<Figure> tableTotal = Optional.empty();
    private Optional<DeviceProfile.Cycles> tableCycles = Optional.empty();
    private boolean over;

    DeviceProfileReader(Problems problems, LogLine line) {
        this.problems = problems;
        this.heading = problems.place(line.number(), PART);
    }

    Optional<DeviceProfile> profile() {
        if (samples.isEmpty() || duration.size() != 4 || cycles.isEmpty()) {
            return Optional.empty();
        }
        boolean shared = shares.size() == 3;
        return Optional.of(new DeviceProfile(
                samples.get(),
                duration.get(0),
                duration.get(1),
                duration.get(2),
                duration.get(3),
                cycles.get(),
                initialize,
                nodes,
                rate,
                shared ? Optional.of(shares.get(0)) : Optional.empty(),
                shared ? Optional.of(shares.get(1)) : Optional.empty(),
                shared ? Optional.of(shares.get(2)) : Optional.empty()));
    }

    @Override
    public boolean take(LogLine line) {
        String text = line.text();
        if (over) {
            return false;
        }
        if (line.rule() || text.equals(TABLE) || text.startsWith("c_id ")) {
            return true;
        }
        Place place = problems.place(line.number(), tableTotal.isEmpty() && rate.isEmpty() ? PART : TABLE);
        if (header(text, place) || node(text, place) || foot(text, place)) {
            return true;
        }
        if (TextReport.beginsBlock(text) || rate.isPresent()) {
            over = true;
            return false;
        }
        problems.notUnderstood(place, text, "a time of the board");
        return true;
    }

    private boolean header(String text, Place place) {
        Matcher count = SAMPLES.matcher(text);
        if (count.matches()) {
            samples = Figure.of(count.group(1), "", place);
            return true;
        }
        Matcher times = DURATION.matcher(text);
        if (times.matches()) {
            duration = figures("ms", place, times, 1, 4);
            return true;
        }
        Matcher clock = CPU_CYCLES.matcher(text);
        if (clock.matches()) {
            cycles = cycles(clock, 1, place);
            return true;
        }
        Matcher start = INITIALIZE.matcher(text);
        if (start.matches()) {
            initialize = Figure.of(start.group(1), "ms", place);
            return true;
        }
        return false;
    }

    private boolean node(String text, Place place) {
        Matcher row = NODE.matcher(text);
        if (!row.matches()) {
            return false;
        }
        Optional<Figure> millis = Figure.of(row.group(4), "ms", place);
        Optional<Figure> percent = Figure.of(row.group(5), "%", place);
        Optional<DeviceProfile.Cycles> clock = cycles(row, 7, place);
        if (millis.isEmpty() || percent.isEmpty() || clock.isEmpty()) {
            return false;
        }
        int number = Integer.parseInt(row.group(1));
        if (number != nodes.size()) {
            problems.add(
                    ReportProblem.Kind.CONTRADICTION,
                    place,
                    "node " + number,
                    "node " + nodes.size() + ", the next one");
        }
        nodes.add(
                new DeviceProfile.Node(number, row.group(3), millis.get(), percent.get(), clock.get(), row.group(10)));
        return true;
    }

    private boolean foot(String text, Place place) {
        Matcher total = TOTAL.matcher(text);
        if (total.matches()) {
            tableTotal = Figure.of(total.group(1), "ms", place);
            tableCycles = cycles(total, 2, place);
            return true;
        }
        Matcher speed = RATE.matcher(text);
        if (speed.matches()) {
            rate = Figure.of(speed.group(1), "1/s", place);
            return true;
        }
        Matcher parts = SHARES.matcher(text);
        if (parts.matches()) {
            shares = figures("%", place, parts, 1, 3);
            over = true;
            return true;
        }
        return false;
    }

    private static Optional<DeviceProfile.Cycles> cycles(Matcher matcher, int first, Place place) {
        List<Figure> figures = figures("", place, matcher, first, 3);
        return figures.size() == 3
                ? Optional.of(new DeviceProfile.Cycles(figures.get(0), figures.get(1), figures.get(2)))
                : Optional.empty();
    }

    private static List<Figure> figures(String unit, Place place, Matcher matcher, int first, int count) {
        List<Figure> figures = new ArrayList<>();
        for (int group = first; group < first + count; group++) {
            Figure.of(matcher.group(group), unit, place).ifPresent(figures::add);
        }
        return figures;
    }

    @Override
    public boolean complete() {
        return rate.isPresent();
    }

    @Override
    public void finish() {
        Optional<DeviceProfile> read = profile();
        if (read.isEmpty() || rate.isEmpty() || tableTotal.isEmpty()) {
            problems.truncated(heading, nodes.size() + " nodes, times not whole", "times up to the line \"inf/s\"");
            return;
        }
        DeviceProfile profile = read.get();
        Figure mean = profile.meanMillis();
        if (mean.value().compareTo(profile.minMillis().value()) < 0
                || mean.value().compareTo(profile.maxMillis().value()) > 0) {
            problems.add(
                    ReportProblem.Kind.CONTRADICTION,
                    mean.place(),
                    "mean " + mean,
                    "a time between " + profile.minMillis() + " and " + profile.maxMillis());
        }
        problems.expectSame(tableTotal.get(), mean);
        problems.expect(mean, sum(DeviceProfile.Node::millis), rounding(mean), "the sum of the nodes");
        for (DeviceProfile.Node node : nodes) {
            double part = 100 * node.millis().asDouble() / Math.max(1e-9, mean.asDouble());
            double slack = 100 * (0.5 * mean.step().doubleValue() * (1 + part / 100)) / Math.max(1e-9, mean.asDouble());
            problems.expect(
                    node.percent(),
                    BigDecimal.valueOf(part),
                    BigDecimal.valueOf(slack),
                    "its part of the mean duration");
        }
        expectCycles(profile.cycles());
        tableCycles.ifPresent(table -> {
            problems.expectSame(profile.cycles().before(), table.before());
            problems.expectSame(profile.cycles().during(), table.during());
            problems.expectSame(profile.cycles().after(), table.after());
        });
        double perSecond = 1000 / Math.max(1e-9, mean.asDouble());
        double slack = perSecond * 0.5 * mean.step().doubleValue() / Math.max(1e-9, mean.asDouble());
        problems.expect(
                rate.get(), BigDecimal.valueOf(perSecond), BigDecimal.valueOf(slack), "1000 ms by the mean duration");
        if (!shares.isEmpty()) {
            BigDecimal hundred = shares.stream().map(Figure::value).reduce(BigDecimal.ZERO, BigDecimal::add);
            if (hundred.subtract(BigDecimal.valueOf(100)).abs().doubleValue() > 0.16) {
                problems.add(
                        ReportProblem.Kind.CONTRADICTION,
                        shares.get(0).place(),
                        "shares of " + hundred + " %",
                        "100 %");
            }
        }
    }

    private void expectCycles(DeviceProfile.Cycles total) {
        BigDecimal tolerance = BigDecimal.valueOf(nodes.size());
        problems.expect(total.before(), sum(node -> node.cycles().before()), tolerance, "the sum of the nodes");
        problems.expect(total.during(), sum(node -> node.cycles().during()), tolerance, "the sum of the nodes");
        problems.expect(total.after(), sum(node -> node.cycles().after()), tolerance, "the sum of the nodes");
    }

    private BigDecimal rounding(Figure figure) {
        return figure.step().multiply(HALF).multiply(BigDecimal.valueOf(nodes.size()));
    }

    private BigDecimal sum(Function<DeviceProfile.Node, Figure> part) {
        return nodes.stream().map(node -> part.apply(node).value()).reduce(BigDecimal.ZERO, BigDecimal::add);
    }
}
