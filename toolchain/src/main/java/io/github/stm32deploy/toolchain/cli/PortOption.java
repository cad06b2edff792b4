// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.host.serial.PortDescription;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.host.stai.StaiDeadlines;
import io.github.stm32deploy.toolchain.usecase.ChoosePort;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
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
            description =
                    "Serial port of a board that runs already (/dev/ttyACM0, COM5, serial:NUMBER of its ST-LINK). "
                            + "Default: start the virtual or host board; for a board on the desk the port in config.yaml, "
                            + "else that of the only ST-LINK.")
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

    /** As named on the command line. */
    Optional<String> name() {
        return Optional.ofNullable(port);
    }

    /** The port of a built folder's board; empty where that board is started by this program. */
    Optional<String> of(Path folder, Console console) {
        return choice(console).forFolder(folder, Optional.ofNullable(port)).map(chosen -> said(chosen, console));
    }

    /** The port of a board of which nothing is known. */
    String any(Console console) {
        return said(choice(console).choose(Optional.ofNullable(port), Optional.empty()), console);
    }

    private String said(ChoosePort.Chosen chosen, Console console) {
        if (port == null) {
            console.say("port " + chosen.port() + ": " + chosen.reason());
        }
        return chosen.port();
    }

    private static ChoosePort choice(Console console) {
        return new ChoosePort(console.isTerminal() ? Optional.of(ports -> picked(ports, console)) : Optional.empty());
    }

    static Optional<PortDescription> picked(List<PortDescription> ports, Console console) {
        for (int i = 0; i < ports.size(); i++) {
            console.say((i + 1) + "  " + ports.get(i).line());
        }
        String answer =
                console.ask("Which port? Its number, or nothing to stop: ").strip();
        boolean number = answer.matches("[0-9]{1,4}");
        int index = number ? Integer.parseInt(answer) - 1 : -1;
        return index >= 0 && index < ports.size() ? Optional.of(ports.get(index)) : Optional.empty();
    }

    /** Deadlines of ST's own host, with the longest wait for a result where one was given. */
    StaiDeadlines validationDeadlines() {
        StaiDeadlines standard = StaiDeadlines.standard();
        return deadlines.run().equals(Deadlines.standard().run()) ? standard : standard.withResult(deadlines.run());
    }
}
