// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import java.util.List;

/**
 * What is reported of repeated measurements. All four are observed values (nearest rank), so nothing is invented by
 * interpolation.
 *
 * @param unit {@code instructions}, {@code cycles} or {@code microseconds}
 */
public record Distribution(String unit, long min, long median, long p95, long max) {
    private static final int P95 = 95;
    private static final int P50 = 50;

    /**
     * Of at least one value.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static Distribution of(String unit, List<Long> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("no values");
        }
        List<Long> sorted = values.stream().sorted().toList();
        return new Distribution(
                unit, sorted.get(0), rank(sorted, P50), rank(sorted, P95), sorted.get(sorted.size() - 1));
    }

    private static long rank(List<Long> sorted, int percent) {
        int rank = (sorted.size() * percent + 99) / 100; // the smallest rank that covers so many per cent
        return sorted.get(Math.max(rank, 1) - 1);
    }

    /** (max - min) / median; 0 where the median is 0. */
    public double spread() {
        return median == 0 ? 0 : (double) (max - min) / median;
    }
}
