// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

/** Reads one block of a report, line by line. */
interface BlockReader {
    /** Takes a line that is not blank; false where it does not belong to the block any more. */
    boolean take(LogLine line);

    /** True where the last line of the block was seen. */
    boolean complete();

    /** The block is over; says what is wrong with it. */
    void finish();
}
