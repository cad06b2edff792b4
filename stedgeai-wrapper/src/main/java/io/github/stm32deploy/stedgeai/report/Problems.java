// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/** Collects what is wrong with one file. */
final class Problems {
    /** A damaged file repeats itself; more lines than these tell a reader nothing new. */
    private static final int MOST = 50;

    private final String file;
    private final List<ReportProblem> found = new ArrayList<>();

    Problems(String file) {
        this.file = file;
    }

    Place place(int line, String part) {
        return new Place(file, line, part);
    }

    void add(ReportProblem.Kind kind, Place place, String observed, String expected) {
        if (found.size() < MOST) {
            found.add(new ReportProblem(kind, place, shortened(observed), expected));
        }
    }

    void truncated(Place place, String observed, String expected) {
        add(ReportProblem.Kind.TRUNCATED, place, observed, expected);
    }

    void notUnderstood(Place place, String observed, String expected) {
        add(ReportProblem.Kind.NOT_UNDERSTOOD, place, observed, expected);
    }

    /** @param why what {@code expected} was computed from */
    void expect(Figure printed, BigDecimal expected, BigDecimal tolerance, String why) {
        if (!printed.agrees(expected, tolerance)) {
            add(
                    ReportProblem.Kind.CONTRADICTION,
                    printed.place(),
                    printed.toString(),
                    expected.stripTrailingZeros().toPlainString() + ", " + why);
        }
    }

    void expect(Figure printed, long expected, String why) {
        expect(printed, BigDecimal.valueOf(expected), BigDecimal.ZERO, why);
    }

    /** Both print the same quantity. */
    void expectSame(Figure one, Figure other) {
        if (!one.agrees(other)) {
            add(
                    ReportProblem.Kind.CONTRADICTION,
                    one.place(),
                    one.toString(),
                    other + ", as " + other.place() + " says");
        }
    }

    private static String shortened(String text) {
        String line = text.strip();
        return line.length() <= 160 ? line : line.substring(0, 157) + "...";
    }

    List<ReportProblem> found() {
        return List.copyOf(found);
    }
}
