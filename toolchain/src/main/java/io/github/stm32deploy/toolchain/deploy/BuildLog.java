// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a failed build printed, read for its reason. */
record BuildLog(String text) {
    private static final Pattern OVERFLOW = Pattern.compile("region [`'\"](\\w+)['\"] overflowed by (\\d+) bytes");
    private static final Pattern PROBLEM =
            Pattern.compile("(?i).*(\\berror\\b|undefined reference|No space left|cannot find|multiple definition).*");
    private static final int LINES_SHOWN = 4;

    /** A memory region that the linker could not fit the program into. */
    record Overflow(String region, long bytes) {}

    Optional<Overflow> overflow() {
        Matcher matcher = OVERFLOW.matcher(text);
        return matcher.find()
                ? Optional.of(new Overflow(matcher.group(1), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    /** Whether the disk was full. */
    boolean diskFull() {
        return text.contains("No space left on device") || text.contains("Disk quota exceeded");
    }

    /** The first lines that tell an error, or the last line. */
    String firstProblem() {
        List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
        List<String> problems = lines.stream()
                .filter(line -> PROBLEM.matcher(line).matches())
                .limit(LINES_SHOWN)
                .toList();
        if (!problems.isEmpty()) {
            return String.join("\n", problems);
        }
        return lines.isEmpty() ? "nothing was printed" : lines.get(lines.size() - 1);
    }
}
