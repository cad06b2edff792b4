// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A line of a report or a console log without what a logger, a terminal or a progress bar put around it.
 *
 * @param number 1 for the first line of the file
 * @param text blanks at both ends removed
 */
public record LogLine(int number, String text) {
    private static final Pattern ESCAPES = Pattern.compile("\u001B\\[[0-9;?]*[A-Za-z]");

    /** {@code 2026-06-16 21:30:05,481 [INFO] CmdLine:76 - }, as X-CUBE-AI writes it. */
    private static final Pattern LOGGER = Pattern.compile(
            "^(?:\\d{4}-\\d\\d-\\d\\d )?\\d\\d:\\d\\d:\\d\\d(?:[,.]\\d{1,6})? \\[[A-Z]{4,5}] [\\w.$]{1,80}:\\d{1,6} - ?");

    /** {@code PASS:  92%|#########1| 91/99 [00:05<00:00, 20.99it/s]}. */
    private static final Pattern PROGRESS =
            Pattern.compile("^\\s*[A-Z][\\w. ]{0,30}: +\\d{1,3}%\\|[^|]{0,80}\\| *\\d+/\\d+ \\[[^]]{0,60}]");

    /** Longer lines are no text of the tool; a command line of 32 kB is the longest that a system takes. */
    private static final int LONGEST = 40_000;

    /** The lines of a text; a carriage return inside a line starts another with the same number. */
    public static List<LogLine> of(String text) {
        List<LogLine> lines = new ArrayList<>();
        int number = 0;
        for (String physical : text.split("\n", -1)) {
            number++;
            for (String part : physical.split("\r", -1)) {
                lines.add(new LogLine(number, clean(part)));
            }
        }
        return lines;
    }

    private static String clean(String raw) {
        String text = raw.length() > LONGEST ? raw.substring(0, LONGEST) : raw;
        text = ESCAPES.matcher(text).replaceAll("");
        text = LOGGER.matcher(text).replaceFirst("");
        text = PROGRESS.matcher(text).replaceFirst("");
        return text.strip();
    }

    /** True where nothing is left of it. */
    public boolean blank() {
        return text.isEmpty();
    }

    /** A line between table rows. */
    boolean rule() {
        if (text.length() < 3) {
            return false;
        }
        for (int index = 0; index < text.length(); index++) {
            char c = text.charAt(index);
            if (c != '-' && c != ' ' && c != '+') {
                return false;
            }
        }
        return true;
    }

    /** The line that ends a block of the compiler's part. */
    boolean doubleRule() {
        return text.length() >= 40 && text.chars().allMatch(c -> c == '=');
    }
}
