// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The command line, run in this process, with what it printed. */
final class Cli {
    private static final Pattern TRACE = Pattern.compile("(?m)^\\s*at [\\w.$]+\\(|^Exception in|^Caused by:");

    private Cli() {}

    /** How a command ended and what it printed. */
    record Ran(int exitCode, byte[] out, String err) {
        String text() {
            return new String(out, StandardCharsets.UTF_8);
        }

        /** Asserts that it did its work. */
        Ran fine() {
            return ends(0);
        }

        /** Asserts the exit code, and that nobody sees a stack trace. */
        Ran ends(int code) {
            assertThat(exitCode).as("exit code; it said:\n%s\n%s", err, text()).isEqualTo(code);
            assertThat(TRACE.matcher(err + text()).find())
                    .as("a stack trace in:\n%s\n%s", err, text())
                    .isFalse();
            assertThat(err).doesNotContain("error INTERNAL");
            return this;
        }

        /** As {@link #refused}, by a command that shows what it is about to do before it does it. */
        Ran refusedAfterPlan(int code, String diagnosis) {
            ends(code);
            assertThat(err).contains("error " + diagnosis + "  ");
            return this;
        }

        /** Asserts that it refused with this code, said what to do, and answered nothing. */
        Ran refused(int code, String diagnosis) {
            ends(code);
            assertThat(err).contains("error " + diagnosis + "  ");
            assertThat(text()).isEmpty();
            return this;
        }
    }

    static Ran run(Object... arguments) {
        Set<Long> before = children();
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Console console = new Console(out, err, new ByteArrayInputStream(new byte[0]), false, false);
        int exitCode =
                Main.run(console, Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        assertThat(children()).as("processes left behind").isSubsetOf(before);
        return new Ran(exitCode, out.toByteArray(), err.toString(StandardCharsets.UTF_8));
    }

    /** Not their children in turn: a board that a test started itself may start its watcher meanwhile. */
    private static Set<Long> children() {
        return ProcessHandle.current()
                .children()
                .filter(ProcessHandle::isAlive)
                .map(ProcessHandle::pid)
                .collect(Collectors.toSet());
    }
}
