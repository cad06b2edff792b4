// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.process;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something that a tool printed, without colours and trailing blanks.
 *
 * @param text one line, or one state of a progress bar
 * @param overwritten true where a carriage return follows: the next piece stands in its place
 */
public record OutputPiece(String text, boolean overwritten) {
    private static final Pattern BAR = Pattern.compile("PASS: +(\\d{1,3})%\\|");

    /** The bar {@code PASS:  12%|...}, as stedgeai draws it (tqdm, verbosity 1 and up); empty where this is none. */
    public OptionalInt percent() {
        Matcher found = BAR.matcher(text);
        return found.lookingAt() ? OptionalInt.of(Integer.parseInt(found.group(1))) : OptionalInt.empty();
    }

    /** True for something that a log shows as a line: no bar, no blanks. */
    public boolean isLine() {
        return !text.isBlank() && percent().isEmpty();
    }
}
