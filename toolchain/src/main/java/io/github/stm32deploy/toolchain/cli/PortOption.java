// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.host.session.Deadlines;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The serial port of a board that runs already, and how long a board may take to answer. */
final class PortOption {
    private static final int MAXIMUM_SECONDS = 86_400;

    private Deadlines deadlines = Deadlines.standard();

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Serial port of a board that runs already (/dev/ttyACM0, COM5). "
                    + "Default: start the virtual or host board.")
    private String port;

    @Option(
            names = "--timeout",
            paramLabel = "SECONDS",
            description = "Longest wait for an answer of the board. "
                    + "Default: 3 for its greeting, 10 for a frame, 300 for a run.")
    private void timeout(double seconds) {
        if (!(seconds > 0 && seconds <= MAXIMUM_SECONDS)) {
            throw new ParameterException(
                    command.commandLine(), "--timeout is more than 0 and at most " + MAXIMUM_SECONDS + " seconds");
        }
        Duration longest = Duration.ofNanos(Math.round(seconds * 1e9));
        deadlines = new Deadlines(longest, longest, longest);
    }

    Deadlines deadlines() {
        return deadlines;
    }

    Optional<String> name() {
        return Optional.ofNullable(port);
    }
}
