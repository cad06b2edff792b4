// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Blocks "Memory usage information" and "Used memory ranges", which end with a double rule each. */
final class MemoryUsageReader implements BlockReader {
    static final String USAGE = "Memory usage information";
    static final String RANGES = "Used memory ranges";
    private static final String SIZE = "([\\d,]+(?:\\.\\d+)?) +(B|kB|MB|GB)";
    private static final String PART_USED = "(?: *\\( *([\\d.]+) *% used\\))";
    private static final Pattern POOL = Pattern.compile("^(\\S+) +\\[0x([0-9A-Fa-f]{1,16}) - 0x([0-9A-Fa-f]{1,16})]: +"
            + SIZE + " / +" + SIZE + PART_USED + " -- weights: +" + SIZE + PART_USED + " +activations: +" + SIZE
            + PART_USED + "$");
    private static final Pattern TOTAL =
            Pattern.compile("^Total: +" + SIZE + " +-- weights: +" + SIZE + " +activations: +" + SIZE + "$");
    private static final Pattern RANGE = Pattern.compile(
            "^(\\S+) +\\[0x([0-9A-Fa-f]{1,16}) - 0x([0-9A-Fa-f]{1,16})]: +((?:0x[0-9A-Fa-f]{1,16}-0x[0-9A-Fa-f]{1,16}[, ]*)+)$");
    private static final Pattern SPAN = Pattern.compile("0x([0-9A-Fa-f]{1,16})-0x([0-9A-Fa-f]{1,16})");
    private static final BigDecimal PERCENT = BigDecimal.valueOf(100);

    /** Ends of ranges are rounded up to 8 or 16 bytes. */
    private static final double ROUNDED_UP = 64;

    private final Problems problems;
    private final Place heading;
    private final boolean ioIncluded;
    private final List<MemoryUsage.Pool> pools = new ArrayList<>();
    private final List<MemoryUsage.Range> ranges = new ArrayList<>();
    private Figure total;
    private Figure weights;
    private Figure activations;
    private boolean inRanges;
    private boolean usageEnded;
    private boolean rangesEnded;

    MemoryUsageReader(Problems problems, LogLine line) {
        this.problems = problems;
        this.heading = problems.place(line.number(), USAGE);
        this.ioIncluded = line.text().contains("included in activations");
    }

    Optional<MemoryUsage> usage() {
        return total == null
                ? Optional.empty()
                : Optional.of(new MemoryUsage(pools, total, weights, activations, ioIncluded, ranges));
    }

    @Override
    public boolean take(LogLine line) {
        Place place = problems.place(line.number(), inRanges ? RANGES : USAGE);
        if (line.text().startsWith(RANGES)) {
            inRanges = true;
            return true;
        }
        if (line.doubleRule()) {
            usageEnded |= !inRanges;
            rangesEnded |= inRanges;
            return true;
        }
        if (line.rule()) {
            return true;
        }
        if (rangesEnded || TextReport.beginsBlock(line.text())) {
            return false;
        }
        boolean understood =
                inRanges ? range(line.text(), place) : pool(line.text(), place) || total(line.text(), place);
        if (!understood) {
            problems.notUnderstood(
                    place, line.text(), inRanges ? "a range of addresses" : "a memory pool, or the total");
        }
        return true;
    }

    private boolean pool(String text, Place place) {
        Matcher row = POOL.matcher(text);
        if (!row.matches()) {
            return false;
        }
        Optional<Figure> used = Figure.of(row.group(4), row.group(5), place);
        Optional<Figure> size = Figure.of(row.group(6), row.group(7), place);
        Optional<Figure> poolWeights = Figure.of(row.group(9), row.group(10), place);
        Optional<Figure> poolActivations = Figure.of(row.group(12), row.group(13), place);
        if (used.isEmpty() || size.isEmpty() || poolWeights.isEmpty() || poolActivations.isEmpty()) {
            return false;
        }
        MemoryUsage.Pool pool = new MemoryUsage.Pool(
                row.group(1),
                Long.parseUnsignedLong(row.group(2), 16),
                Long.parseUnsignedLong(row.group(3), 16),
                used.get(),
                size.get(),
                poolWeights.get(),
                poolActivations.get());
        pools.add(pool);
        check(pool, place, row.group(8));
        checkPart(poolWeights.get(), size.get(), row.group(11), place);
        checkPart(poolActivations.get(), size.get(), row.group(14), place);
        return true;
    }

    private void check(MemoryUsage.Pool pool, Place place, String percent) {
        problems.expect(
                pool.used(),
                pool.weights().value().add(pool.activations().value()),
                half(pool.weights()).add(half(pool.activations())),
                "weights and activations of the pool");
        if (pool.used().value().compareTo(pool.size().value().add(pool.size().step())) > 0) {
            problems.add(
                    ReportProblem.Kind.CONTRADICTION,
                    place,
                    pool.used() + " in a pool of " + pool.size(),
                    "no more than fits");
        }
        // 2.0 prints some ends 8 bytes short.
        problems.expect(
                pool.size(), BigDecimal.valueOf(pool.end() - pool.start()), BigDecimal.valueOf(8), "end minus start");
        checkPart(pool.used(), pool.size(), percent, place);
    }

    /** The printed percentage, two decimals, of a size that is rounded itself. */
    private void checkPart(Figure part, Figure whole, String printed, Place place) {
        if (whole.value().signum() == 0) {
            return;
        }
        double lowest = 100
                * (part.asDouble() - half(part).doubleValue())
                / (whole.asDouble() + half(whole).doubleValue());
        double highest = 100
                * (part.asDouble() + half(part).doubleValue())
                / Math.max(1, whole.asDouble() - half(whole).doubleValue());
        Figure.of(printed, "%", place).ifPresent(percent -> {
            if (percent.asDouble() < lowest - 0.0051 || percent.asDouble() > highest + 0.0051) {
                problems.expect(
                        percent,
                        part.value().multiply(PERCENT).divide(whole.value(), 3, java.math.RoundingMode.HALF_UP),
                        BigDecimal.ZERO,
                        "the part of " + whole + " that is used");
            }
        });
    }

    private boolean total(String text, Place place) {
        Matcher row = TOTAL.matcher(text);
        if (!row.matches()) {
            return false;
        }
        Optional<Figure> all = Figure.of(row.group(1), row.group(2), place);
        Optional<Figure> ofWeights = Figure.of(row.group(3), row.group(4), place);
        Optional<Figure> ofActivations = Figure.of(row.group(5), row.group(6), place);
        if (all.isEmpty() || ofWeights.isEmpty() || ofActivations.isEmpty()) {
            return false;
        }
        total = all.get();
        weights = ofWeights.get();
        activations = ofActivations.get();
        return true;
    }

    private boolean range(String text, Place place) {
        Matcher row = RANGE.matcher(text);
        if (!row.matches()) {
            return false;
        }
        long start = Long.parseUnsignedLong(row.group(2), 16);
        long end = Long.parseUnsignedLong(row.group(3), 16);
        Optional<MemoryUsage.Pool> pool = pools.stream()
                .filter(known -> known.name().equals(row.group(1)))
                .findFirst();
        if (pool.isEmpty() || pool.get().start() != start || pool.get().end() != end) {
            problems.add(ReportProblem.Kind.CONTRADICTION, place, text, "a pool of the table above");
        }
        Matcher span = SPAN.matcher(row.group(4));
        while (span.find()) {
            MemoryUsage.Range range = new MemoryUsage.Range(
                    row.group(1),
                    Long.parseUnsignedLong(span.group(1), 16),
                    Long.parseUnsignedLong(span.group(2), 16),
                    place);
            ranges.add(range);
            if (range.start() < start || range.end() > end + 8 || range.start() >= range.end()) {
                problems.add(ReportProblem.Kind.CONTRADICTION, place, span.group(), "a range inside the pool");
            }
        }
        return true;
    }

    @Override
    public boolean complete() {
        return usageEnded && rangesEnded;
    }

    @Override
    public void finish() {
        if (total == null) {
            problems.truncated(heading, pools.size() + " memory pools without a total", "a line \"Total:\"");
            return;
        }
        if (!complete()) {
            problems.truncated(
                    total.place(),
                    usageEnded ? "ranges of addresses that do not end" : "a table that does not end",
                    RANGES);
        }
        expectSum(total, MemoryUsage.Pool::used);
        expectSum(weights, MemoryUsage.Pool::weights);
        expectSum(activations, MemoryUsage.Pool::activations);
        if (rangesEnded) {
            pools.forEach(this::checkRanges);
        }
    }

    private void expectSum(Figure printed, Function<MemoryUsage.Pool, Figure> part) {
        BigDecimal sum = BigDecimal.ZERO;
        BigDecimal tolerance = BigDecimal.ZERO;
        for (MemoryUsage.Pool pool : pools) {
            sum = sum.add(part.apply(pool).value());
            tolerance = tolerance.add(half(part.apply(pool)));
        }
        problems.expect(printed, sum, tolerance, "the sum of the pools above");
    }

    /** The ranges of a pool hold the bytes that its row names. */
    private void checkRanges(MemoryUsage.Pool pool) {
        long bytes = 0;
        Place place = heading;
        for (MemoryUsage.Range range : ranges) {
            if (range.pool().equals(pool.name())) {
                bytes += range.bytes();
                place = range.place();
            }
        }
        double least = pool.used().asDouble() - half(pool.used()).doubleValue();
        if (bytes < least || bytes > pool.used().asDouble() + half(pool.used()).doubleValue() + ROUNDED_UP) {
            problems.add(
                    ReportProblem.Kind.CONTRADICTION,
                    place,
                    bytes + " B of addresses in " + pool.name(),
                    pool.used() + ", as the table of pools says");
        }
    }

    private static BigDecimal half(Figure figure) {
        return figure.rounding();
    }
}
