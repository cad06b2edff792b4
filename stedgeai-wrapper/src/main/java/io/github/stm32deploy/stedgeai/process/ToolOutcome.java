// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.process;

import java.util.List;

/**
 * How a tool ended.
 *
 * @param end what ended it
 * @param status exit status; meaningful for {@link End#EXITED} only. A tool that a signal killed has 128 + signal on Unix
 * @param lines of standard output and standard error, in the order in which they came, without colours; each state of a
 *     progress bar is no line. At most the last {@value #MOST_LINES}
 */
public record ToolOutcome(End end, int status, List<String> lines) {
    /** Real logs have up to some thousand lines; the log file has them all. */
    public static final int MOST_LINES = 20_000;

    /** What ended a tool. */
    public enum End {
        /** It ended by itself. */
        EXITED,
        /** It took longer than allowed and was killed. */
        TIMED_OUT,
        /** It printed nothing for longer than allowed and was killed. */
        SILENT,
        /** The user ended it. */
        CANCELLED
    }

    public ToolOutcome {
        lines = List.copyOf(lines);
    }

    public boolean succeeded() {
        return end == End.EXITED && status == 0;
    }

    /** All lines, with line ends. */
    public String text() {
        return String.join("\n", lines) + "\n";
    }
}
