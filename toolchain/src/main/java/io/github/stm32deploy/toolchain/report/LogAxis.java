// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A logarithmic axis over whole decades.
 *
 * @param least value at {@code from}, a power of ten
 * @param most value at {@code to}, a power of ten
 */
record LogAxis(double least, double most, double from, double to) {
    /** The decades that hold both values. */
    static LogAxis over(double smallest, double largest, double from, double to) {
        double low = Math.floor(Math.log10(smallest) + 1e-9);
        double high = Math.max(low + 1, Math.ceil(Math.log10(largest) - 1e-9));
        return new LogAxis(Math.pow(10, low), Math.pow(10, high), from, to);
    }

    double at(double value) {
        double share = (Math.log10(value) - Math.log10(least)) / (Math.log10(most) - Math.log10(least));
        return from + share * (to - from);
    }

    /** The powers of ten. */
    List<Double> ticks() {
        List<Double> ticks = new ArrayList<>();
        int first = (int) Math.round(Math.log10(least));
        int last = (int) Math.round(Math.log10(most));
        int step = Math.max(1, (last - first + 7) / 8);
        for (int power = first; power <= last; power += step) {
            ticks.add(Math.pow(10, power));
        }
        return ticks;
    }

    /** {@code 0.01}, {@code 10}, {@code 100 k}, {@code 10 M}, {@code 1 G}. */
    static String label(double value) {
        String[] units = {"", " k", " M", " G", " T"};
        int unit = 0;
        double rest = value;
        while (rest >= 999.5 && unit < units.length - 1) {
            rest /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, rest < 1 ? "%.3g" : "%.0f", rest)
                        .replaceAll("(\\.\\d*?)0+$", "$1")
                        .replaceAll("\\.$", "")
                + units[unit];
    }
}
