// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.serial.PortDescription;
import io.github.stm32deploy.host.serial.PortPolicy;
import io.github.stm32deploy.host.serial.SerialPorts;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.report.ConfigurationFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides which serial port a board on the desk has, by {@link PortPolicy}, and says when it cannot. */
public final class ChoosePort {
    /** What the system knows; asked only where the decision needs it. */
    @FunctionalInterface
    public interface Inventory {
        List<PortDescription> list() throws LinkException;
    }

    private final Path configuration;
    private final Inventory inventory;
    private final Optional<PortPolicy.Question> question;

    /**
     * @param question empty where there is no terminal
     */
    public ChoosePort(Path configuration, Inventory inventory, Optional<PortPolicy.Question> question) {
        this.configuration = configuration;
        this.inventory = inventory;
        this.question = question;
    }

    /** With the user's configuration and the system's ports. */
    public ChoosePort(Optional<PortPolicy.Question> question) {
        this(
                configurationFile(System.getenv(), Path.of(System.getProperty("user.home", "."))),
                SerialPorts::list,
                question);
    }

    /** {@code $XDG_CONFIG_HOME}, on Windows {@code %APPDATA%}, else {@code ~/.config}; in it stm32-deploy/config.yaml. */
    static Path configurationFile(Map<String, String> environment, Path home) {
        String folder = environment.getOrDefault("XDG_CONFIG_HOME", environment.getOrDefault("APPDATA", ""));
        return (folder.isBlank() ? home.resolve(".config") : Path.of(folder))
                .resolve("stm32-deploy")
                .resolve("config.yaml");
    }

    /**
     * What was decided.
     *
     * @param reason a few words for the user
     */
    public record Chosen(String port, String reason) {}

    /**
     * For a folder that {@code build} made; empty where its board is started by this program.
     *
     * @param argument of the command line
     */
    public Optional<Chosen> forFolder(Path folder, Optional<String> argument) {
        Board board = BuiltFolder.open(folder).board();
        return argument.isPresent() || board.kind() == Board.Kind.HARDWARE
                ? Optional.of(choose(argument, Optional.of(board.id())))
                : Optional.empty();
    }

    /**
     * @param argument of the command line
     * @param board whose port it is, where that is known
     * @throws DiagnosedException of kind ENVIRONMENT where there is none, or more than one and nobody to ask; of kind USAGE
     *     where the configuration cannot be read
     */
    public Chosen choose(Optional<String> argument, Optional<String> board) {
        Optional<String> configured = argument.isPresent() ? Optional.empty() : configured(board);
        Optional<String> named = argument.or(() -> configured);
        boolean asks = named.isEmpty() || named.get().startsWith(PortPolicy.BY_SERIAL_NUMBER);
        PortPolicy.Choice choice = PortPolicy.choose(argument, configured, asks ? ports() : List.of(), question);
        return choice.port()
                .map(port -> new Chosen(port, words(choice.reason().orElseThrow())))
                .orElseThrow(() -> none(choice, named));
    }

    private String words(PortPolicy.Reason reason) {
        return switch (reason) {
            case ARGUMENT -> "as named";
            case CONFIGURATION -> "from " + configuration;
            case ONLY_ST_LINK -> "the only ST-LINK";
            case PICKED -> "as picked";
        };
    }

    private Optional<String> configured(Optional<String> board) {
        try {
            return ConfigurationFile.read(configuration).portOf(board);
        } catch (IOException unreadable) {
            throw new DiagnosedException(
                    Kind.USAGE,
                    Diagnosis.error("RUN-CONFIG-UNREADABLE", Stage.RUN, "the configuration cannot be read")
                            .where(configuration.toString())
                            .observed(unreadable.getMessage())
                            .rule("port: NAME for every board, or ports: with one NAME for each board")
                            .effect("nothing was run")
                            .fix("correct the file, or name the port with --port")
                            .build());
        }
    }

    private List<PortDescription> ports() {
        try {
            return inventory.list();
        } catch (LinkException failure) {
            throw BoardFailure.noLink(failure);
        }
    }

    private DiagnosedException none(PortPolicy.Choice choice, Optional<String> named) {
        StringBuilder seen = new StringBuilder();
        choice.candidates().forEach(port -> seen.append('\n').append(port.line()));
        if (named.isPresent()) {
            return new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error("RUN-PORT-MISSING", Stage.RUN, "there is no such port")
                            .where(named.get())
                            .observed(seen.isEmpty() ? "no serial port at all" : "these ports:" + seen)
                            .effect("nothing was run")
                            .fix("check the cable, and the serial number of the board's ST-LINK")
                            .build());
        }
        boolean stLinks = choice.candidates().stream().anyMatch(PortDescription::stLink);
        String observed = seen.isEmpty()
                ? "no serial port at all"
                : (stLinks ? choice.candidates().size() + " ST-LINKs:" : "no ST-LINK, but these ports:") + seen;
        return new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error("RUN-PORT-UNDECIDED", Stage.RUN, "it is not clear which port the board has")
                        .where("serial ports")
                        .observed(observed)
                        .rule("--port, else port in " + configuration
                                + ", else the only ST-LINK, else a question on a terminal")
                        .effect("nothing was run")
                        .fix(seen.isEmpty() ? "plug in the board" : "--port NAME, or --port serial:NUMBER")
                        .build());
    }
}
