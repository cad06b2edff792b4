// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.failure;

import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * A known message of ST's tools.
 *
 * @param code of the page that says what it means and what to do
 * @param fragments of messages, verbatim
 * @param repairs ids of changes that take the cause away, best first; none where there is no such change
 */
public record FailureSignature(String code, List<Fragment> fragments, About about, List<String> repairs) {
    /** What a message is about. */
    public enum About {
        /** The model file, or what it needs of the chip. */
        MODEL,
        /** Installation, arguments, configuration, build tools. */
        TOOL,
        /** Link, probe, firmware: never a verdict on the model. */
        BOARD,
        /** Says only that a part failed: the reason stands in another line. */
        SEQUEL,
        /** Nothing stops, and nothing is wrong with the result. */
        HARMLESS
    }

    /**
     * @param text verbatim; letter case and the number of blanks do not matter
     * @param whole true where no letter or digit may follow
     */
    public record Fragment(String text, boolean whole) {
        public Fragment {
            Objects.requireNonNull(text);
        }

        /** True where the message has it. */
        public boolean in(String message) {
            return inFolded(folded(message));
        }

        boolean inFolded(String message) {
            String wanted = folded(text);
            int at = message.indexOf(wanted);
            while (at >= 0) {
                int end = at + wanted.length();
                if (!whole || end >= message.length() || !Character.isLetterOrDigit(message.charAt(end))) {
                    return true;
                }
                at = message.indexOf(wanted, at + 1);
            }
            return false;
        }
    }

    public FailureSignature {
        fragments = List.copyOf(fragments);
        repairs = List.copyOf(repairs);
    }

    /** Length of the longest fragment that the message has; empty where it has none. */
    public OptionalInt longestIn(String message) {
        return longestInFolded(folded(message));
    }

    OptionalInt longestInFolded(String message) {
        return fragments.stream()
                .filter(fragment -> fragment.inFolded(message))
                .mapToInt(fragment -> fragment.text().length())
                .max();
    }

    static String folded(String text) {
        StringBuilder folded = new StringBuilder(text.length());
        boolean blank = false;
        for (int index = 0; index < text.length(); index++) {
            char c = text.charAt(index);
            if (Character.isWhitespace(c)) {
                blank = true;
            } else {
                if (blank) {
                    folded.append(' ');
                }
                folded.append(c);
                blank = false;
            }
        }
        return folded.toString().toLowerCase(Locale.ROOT);
    }
}
