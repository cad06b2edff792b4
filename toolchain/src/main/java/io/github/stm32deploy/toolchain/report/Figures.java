// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import java.util.Locale;

/** Figures as people read them: three digits, with their unit. */
public final class Figures {
    private Figures() {}

    /** {@code 12 µs}, {@code 0.42 ms}, {@code 27.7 ms}, {@code 731 ms}, {@code 52.8 s}. */
    public static String millis(double value) {
        if (value < 0.0995) {
            return String.format(Locale.ROOT, "%.0f µs", value * 1000);
        } else if (value < 9.995) {
            return String.format(Locale.ROOT, "%.2f ms", value);
        } else if (value < 99.95) {
            return String.format(Locale.ROOT, "%.1f ms", value);
        } else if (value < 1000) {
            return String.format(Locale.ROOT, "%.0f ms", value);
        }
        return String.format(Locale.ROOT, value < 99_950 ? "%.1f s" : "%.0f s", value / 1000);
    }

    /** {@code 7.54 ms (6.6 to 8.8 ms)}: the figure and its 80 % interval. */
    public static String interval(double median, double low, double high) {
        String from = millis(low);
        String to = millis(high);
        boolean sameUnit = from.substring(from.indexOf(' ')).equals(to.substring(to.indexOf(' ')));
        return millis(median) + " (" + (sameUnit ? from.substring(0, from.indexOf(' ')) : from) + " to " + to + ")";
    }

    /** {@code 512 B}, {@code 18.3 KiB}, {@code 1.25 MiB}. */
    public static String bytes(long count) {
        if (count < 1024) {
            return count + " B";
        }
        if (count < 1024 * 1024) {
            return String.format(Locale.ROOT, "%.1f KiB", count / 1024.0);
        }
        return String.format(Locale.ROOT, "%.2f MiB", count / (1024.0 * 1024.0));
    }

    /** {@code 41,287,104}. */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
