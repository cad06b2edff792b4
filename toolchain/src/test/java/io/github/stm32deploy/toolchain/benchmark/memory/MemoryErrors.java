// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.memory;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Absolute errors in per cent over networks. Rows that have the same figures are one measurement, also where they were published
 * for several data sets or under several versions.
 */
record MemoryErrors(double[] sorted) {
    /** Of networks whose weights are int8 throughout. */
    static MemoryErrors flash(List<MemoryRow> rows) {
        return over(
                rows.stream().filter(row -> row.flashCounts() && !row.hasInt4()).toList(), MemoryRow::flashError);
    }

    static MemoryErrors int4Flash(List<MemoryRow> rows) {
        return over(
                rows.stream().filter(row -> row.flashCounts() && row.hasInt4()).toList(), MemoryRow::flashError);
    }

    static MemoryErrors ram(List<MemoryRow> rows) {
        return over(rows.stream().filter(MemoryRow::ramCounts).toList(), MemoryRow::ramError);
    }

    private static MemoryErrors over(List<MemoryRow> rows, Function<MemoryRow, OptionalDouble> error) {
        Map<String, Double> distinct = new TreeMap<>();
        for (MemoryRow row : rows) {
            OptionalDouble percent = error.apply(row);
            if (percent.isPresent()) {
                String measurement = row.measured().family() + " "
                        + row.measured().flashKib() + " " + row.measured().internalKib() + " "
                        + row.measured().externalKib();
                distinct.put(measurement, Math.abs(percent.getAsDouble()));
            }
        }
        return new MemoryErrors(distinct.values().stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray());
    }

    int count() {
        return sorted.length;
    }

    double median() {
        return quantile(0.5);
    }

    /** Linear between neighbours; NaN where there is nothing. */
    double quantile(double share) {
        if (sorted.length == 0) {
            return Double.NaN;
        }
        double at = share * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    double worst() {
        return Arrays.stream(sorted).max().orElse(Double.NaN);
    }
}
