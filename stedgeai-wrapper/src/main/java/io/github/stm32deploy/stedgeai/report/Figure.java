// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.math.BigDecimal;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number as the vendor's tool printed it.
 *
 * @param value in the base unit: bytes where a size was printed in kB or MB (of 1024, as the tool counts), else as printed
 * @param unit the unit that was printed: {@code B}, {@code kB}, {@code MB}, {@code ms}, {@code s}, {@code %}; "" for counts
 * @param printed the number verbatim
 * @param step what one unit of the last printed digit is worth, in the base unit; the true value lies within half of it
 */
public record Figure(BigDecimal value, String unit, String printed, BigDecimal step, Place place) {
    private static final Pattern NUMBER = Pattern.compile("-?\\d[\\d,]*(?:\\.\\d+)?(?:[eE][-+]?\\d+)?");
    private static final BigDecimal HALF = new BigDecimal("0.5");

    public Figure {
        Objects.requireNonNull(value);
        Objects.requireNonNull(unit);
        Objects.requireNonNull(printed);
        Objects.requireNonNull(step);
        Objects.requireNonNull(place);
    }

    /**
     * @param printed digits with commas between thousands, a point before decimals
     * @param unit as printed; kB, KiB, KBytes, MB, MiB and MBytes are powers of 1024
     * @return empty where the text is no number
     */
    public static Optional<Figure> of(String printed, String unit, Place place) {
        Matcher number = NUMBER.matcher(printed);
        if (!number.matches() || printed.length() > 40) {
            return Optional.empty();
        }
        BigDecimal scale = BigDecimal.valueOf(factor(unit));
        BigDecimal bare = new BigDecimal(printed.replace(",", ""));
        if (Math.abs((long) bare.scale()) > 100) {
            return Optional.empty();
        }
        BigDecimal step = BigDecimal.ONE.scaleByPowerOfTen(-bare.scale()).multiply(scale);
        return Optional.of(new Figure(bare.multiply(scale), unit, printed, step, place));
    }

    private static long factor(String unit) {
        return switch (unit) {
            case "kB", "KB", "KiB", "KBytes" -> 1024L;
            case "MB", "MiB", "MBytes" -> 1024L * 1024;
            case "GB", "GiB", "GBytes" -> 1024L * 1024 * 1024;
            default -> 1L;
        };
    }

    /** The value, rounded to a whole number. */
    public long asLong() {
        return value.setScale(0, java.math.RoundingMode.HALF_UP).longValue();
    }

    public double asDouble() {
        return value.doubleValue();
    }

    /** True where every digit was printed: a whole number of the base unit. */
    public boolean exact() {
        return step.compareTo(BigDecimal.ONE) == 0;
    }

    /** True where both may stand for the same number, each within half of its last printed digit. */
    public boolean agrees(Figure other) {
        return agrees(other.value, other.rounding());
    }

    /** True where {@code expected}, known within {@code tolerance}, may be this number. */
    public boolean agrees(BigDecimal expected, BigDecimal tolerance) {
        return value.subtract(expected).abs().compareTo(rounding().add(tolerance)) <= 0;
    }

    /** How far the true value may be from the printed one: nothing for a whole number of the base unit. */
    BigDecimal rounding() {
        return exact() ? BigDecimal.ZERO : step.multiply(HALF);
    }

    @Override
    public String toString() {
        return unit.isEmpty() ? printed : printed + " " + unit;
    }
}
