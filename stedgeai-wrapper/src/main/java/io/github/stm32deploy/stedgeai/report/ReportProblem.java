// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.Objects;

/**
 * Something in a file of the vendor's tool that cannot be relied on.
 *
 * @param observed what stands there
 * @param expected what belongs there
 */
public record ReportProblem(Kind kind, Place place, String observed, String expected) {
    /** What is wrong. */
    public enum Kind {
        /** The file ends, or a block ends, before what belongs to it. */
        TRUNCATED,
        /** A line of a known block, or the type of a known JSON key, is of a form that no known release writes. */
        NOT_UNDERSTOOD,
        /** Two numbers of the file exclude each other: it was changed, or damaged. */
        CONTRADICTION,
        /** Nothing in the file is a report of the vendor's tool. */
        NO_REPORT
    }

    public ReportProblem {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(place);
        Objects.requireNonNull(observed);
        Objects.requireNonNull(expected);
    }

    @Override
    public String toString() {
        return kind + " " + place + ": " + observed + "; expected " + expected;
    }
}
