// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Version of ST Edge AI Core as it prints it: {@code v2.2.0-20266 2adc00962}.
 *
 * @param release {@code 2.2.0}
 * @param build {@code 20266}; not always a number
 * @param hash "" where none is printed, as by 2.0
 */
public record ToolVersion(String release, String build, String hash) {
    private static final Pattern PRINTED = Pattern.compile(
            "(?:ST Edge AI Core v)?(\\d{1,4}\\.\\d{1,4}\\.\\d{1,4})-([\\w.]{1,40})(?: ([0-9a-f]{6,40}))?");

    /** Reads {@code ST Edge AI Core v4.0.1-20581 7ed50de05}, with or without the name; finds it inside a longer line. */
    public static Optional<ToolVersion> find(String text) {
        Matcher found = PRINTED.matcher(text);
        return found.find()
                ? Optional.of(
                        new ToolVersion(found.group(1), found.group(2), found.group(3) == null ? "" : found.group(3)))
                : Optional.empty();
    }

    @Override
    public String toString() {
        return release + "-" + build + (hash.isEmpty() ? "" : " " + hash);
    }
}
