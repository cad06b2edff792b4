// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.locate;

import io.github.stm32deploy.stedgeai.process.Cancellation;
import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.stedgeai.process.ToolProcess;
import io.github.stm32deploy.stedgeai.run.CoreVersion;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The installation that is used, and why this one.
 *
 * @param why a sentence: who named it, and what else was there
 */
public record InstallationChoice(StEdgeAiInstallation installation, CoreVersion version, String why) {
    /**
     * The first start after an installation unpacks files and asks for a licence; users report that it takes minutes
     * (stm32ai-modelzoo-services, issue 1).
     */
    public static final Duration PATIENCE = Duration.ofMinutes(3);

    /** Why there is none. */
    public static final class NoInstallation extends Exception {
        private static final long serialVersionUID = 1L;

        /** What is missing. */
        public enum Reason {
            /** No file of that name in any place. */
            NOT_FOUND,
            /** The path that the user named holds none. */
            NOT_AT_PATH,
            /** The program does not start. */
            NOT_STARTED,
            /** It does not say its version in time. */
            NO_ANSWER,
            /** It says something else. */
            NO_VERSION,
            /** The caller asked to end. */
            CANCELLED
        }

        private final Reason reason;
        private final transient Path place;

        NoInstallation(Reason reason, Path place, String observed) {
            super(observed);
            this.reason = reason;
            this.place = place;
        }

        public Reason reason() {
            return reason;
        }

        /** The program or folder in question. */
        public Path place() {
            return place;
        }
    }

    /**
     * The one the user names, else the one the environment names, else the newest of the default places.
     *
     * @param named what {@code --stedgeai} says; empty where it was not given
     * @param places see {@link StEdgeAiInstallation#defaultPlaces}
     * @param patience for the version
     * @param log file that the answer is appended to
     */
    public static InstallationChoice choose(
            Optional<Path> named,
            Map<String, String> environment,
            List<Path> places,
            Duration patience,
            Path log,
            Cancellation cancellation)
            throws NoInstallation {
        if (named.isPresent()) {
            StEdgeAiInstallation installation = StEdgeAiInstallation.at(named.get(), "--stedgeai")
                    .orElseThrow(() -> new NoInstallation(
                            NoInstallation.Reason.NOT_AT_PATH,
                            named.get(),
                            "no Utilities/<system>/stedgeai below it, and no stedgeai in it"));
            return new InstallationChoice(
                    installation, version(installation, patience, log, cancellation), "named by --stedgeai");
        }
        List<StEdgeAiInstallation> found = StEdgeAiInstallation.find(environment, places);
        if (found.isEmpty()) {
            throw new NoInstallation(
                    NoInstallation.Reason.NOT_FOUND,
                    Path.of("stedgeai"),
                    "not in STEDGEAI_CORE_DIR, STM32_AI_EXE, PATH, "
                            + places.stream().map(Path::toString).collect(Collectors.joining(", ")));
        }
        StEdgeAiInstallation first = found.get(0);
        String others = found.size() == 1
                ? "the only one found"
                : "before "
                        + found.stream()
                                .skip(1)
                                .map(one -> one.root().toString())
                                .collect(Collectors.joining(", "));
        return new InstallationChoice(
                first, version(first, patience, log, cancellation), "found by " + first.foundBy() + ", " + others);
    }

    /** What {@code --version} says. */
    public static CoreVersion version(
            StEdgeAiInstallation installation, Duration patience, Path log, Cancellation cancellation)
            throws NoInstallation {
        Path program = installation.executable();
        try {
            ToolOutcome outcome = ToolProcess.run(
                    new ToolProcess.Command(
                            List.of(program.toString(), "--version"),
                            Path.of(System.getProperty("java.io.tmpdir")),
                            Map.of(),
                            patience,
                            patience,
                            log),
                    cancellation,
                    piece -> {});
            if (outcome.end() == ToolOutcome.End.CANCELLED) {
                throw new NoInstallation(NoInstallation.Reason.CANCELLED, program, "ended by the user");
            }
            if (outcome.end() != ToolOutcome.End.EXITED) {
                throw new NoInstallation(
                        NoInstallation.Reason.NO_ANSWER,
                        program,
                        "no answer to --version within " + patience.toSeconds() + " s");
            }
            return CoreVersion.read(outcome.text())
                    .orElseThrow(() -> new NoInstallation(
                            NoInstallation.Reason.NO_VERSION,
                            program,
                            "--version ends with " + outcome.status()
                                    + outcome.lines().stream()
                                            .findFirst()
                                            .map(line -> " and says \"" + line + "\"")
                                            .orElse(" and says nothing")));
        } catch (IOException unstartable) {
            throw new NoInstallation(NoInstallation.Reason.NOT_STARTED, program, unstartable.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new NoInstallation(NoInstallation.Reason.CANCELLED, program, "interrupted");
        }
    }
}
