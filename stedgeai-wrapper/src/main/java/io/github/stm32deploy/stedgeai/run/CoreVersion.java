// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.run;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A release of ST Edge AI Core as it says itself: {@code ST Edge AI Core v4.0.1-20581 7ed50de05}.
 *
 * @param build {@code 20581}; not always a number
 * @param hash {@code 7ed50de05}; "" where it says none (2.0)
 */
public record CoreVersion(int major, int minor, int patch, String build, String hash)
        implements Comparable<CoreVersion> {
    /** Oldest release with the NPU of the STM32N6. */
    public static final CoreVersion OLDEST_KNOWN = new CoreVersion(2, 0, 0, "", "");

    /** Newest release whose output was read while this was written. */
    public static final CoreVersion NEWEST_KNOWN = new CoreVersion(4, 0, 1, "", "");

    private static final Pattern LINE = Pattern.compile(
            "ST Edge AI Core v(\\d+)\\.(\\d+)\\.(\\d+)-(\\S+)(?: ([0-9a-f]+))?\\s*$", Pattern.MULTILINE);

    /** The first such line of an output; empty where there is none. */
    public static Optional<CoreVersion> read(String output) {
        Matcher found = LINE.matcher(output);
        if (!found.find()) {
            return Optional.empty();
        }
        return Optional.of(new CoreVersion(
                Integer.parseInt(found.group(1)),
                Integer.parseInt(found.group(2)),
                Integer.parseInt(found.group(3)),
                found.group(4),
                found.group(5) == null ? "" : found.group(5)));
    }

    public boolean atLeast(int otherMajor, int otherMinor) {
        return major > otherMajor || major == otherMajor && minor >= otherMinor;
    }

    /** {@code 4.0}: releases of one line have one set of options. */
    public String line() {
        return major + "." + minor;
    }

    /** {@code 4.0.1}. */
    public String number() {
        return major + "." + minor + "." + patch;
    }

    /**
     * True where the line lies within what this program was written for. Outside of it options and reports may have changed;
     * that is said, and tried.
     */
    public boolean known() {
        return atLeast(OLDEST_KNOWN.major, OLDEST_KNOWN.minor) && NEWEST_KNOWN.atLeast(major, minor);
    }

    @Override
    public int compareTo(CoreVersion other) {
        if (major != other.major) {
            return Integer.compare(major, other.major);
        }
        return minor != other.minor ? Integer.compare(minor, other.minor) : Integer.compare(patch, other.patch);
    }

    /** As the tool writes it, {@code 4.0.1-20581 7ed50de05}. */
    @Override
    public String toString() {
        return number() + (build.isEmpty() ? "" : "-" + build) + (hash.isEmpty() ? "" : " " + hash);
    }
}
