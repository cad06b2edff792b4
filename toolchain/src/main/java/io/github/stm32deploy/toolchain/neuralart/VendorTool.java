// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.neuralart;

import io.github.stm32deploy.stedgeai.locate.InstallationChoice;
import io.github.stm32deploy.stedgeai.locate.InstallationChoice.NoInstallation;
import io.github.stm32deploy.stedgeai.locate.StEdgeAiInstallation;
import io.github.stm32deploy.stedgeai.process.Cancellation;
import io.github.stm32deploy.stedgeai.run.CoreVersion;
import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which ST Edge AI Core is used, and for how long.
 *
 * @param named installation that the user names; empty to look for one
 * @param environment environment variables
 * @param places where installations lie by default
 * @param answer how long {@code --version} may take
 * @param run how long a compilation may take
 * @param silence how long a compilation may print nothing
 */
public record VendorTool(
        Optional<Path> named,
        Map<String, String> environment,
        List<Path> places,
        Duration answer,
        Duration run,
        Duration silence) {
    private static final String SOURCE = "ST Edge AI Core 2.1.0, setting_env";
    private static final Duration RUN = Duration.ofMinutes(60);

    /** The part of the limit after which silence means that nothing will come any more. */
    private static final int SILENCE_PART = 4;

    /** What this machine has. */
    public static VendorTool ofThisMachine(Optional<Path> named) {
        return new VendorTool(
                named,
                System.getenv(),
                StEdgeAiInstallation.defaultPlaces(Path.of(System.getProperty("user.home"))),
                InstallationChoice.PATIENCE,
                RUN,
                RUN.dividedBy(SILENCE_PART));
    }

    /** The same with one limit for its version and for a model. */
    public VendorTool within(Duration limit) {
        return new VendorTool(named, environment, places, limit, limit, limit.dividedBy(SILENCE_PART));
    }

    /**
     * Chooses an installation that has the NPU compiler and is new enough.
     *
     * @param log file that what it says is appended to
     * @throws DiagnosedException of kind ENVIRONMENT
     */
    public InstallationChoice choose(Path log) {
        Cancellation cancellation = new Cancellation();
        UnfinishedWork unfinished =
                UnfinishedWork.begin(() -> cancellation.cancelAndWait(NpuCompilation.END_PATIENCE_MILLIS));
        try {
            InstallationChoice choice =
                    InstallationChoice.choose(named, environment, places, answer, log, cancellation);
            if (choice.version().compareTo(CoreVersion.OLDEST_KNOWN) < 0) {
                throw failure(
                        Diagnosis.error("STEDGEAI-VERSION-OLD", Stage.SETUP, "this ST Edge AI Core knows no STM32N6")
                                .where(choice.installation().executable().toString())
                                .observed(choice.version().toString())
                                .rule("the STM32N6 is a target from 2.0 on")
                                .effect("nothing was generated")
                                .fix("name another installation with --stedgeai PATH"));
            }
            if (choice.installation().npuCompiler().isEmpty()) {
                throw failure(Diagnosis.error(
                                "STEDGEAI-NPU-MISSING", Stage.SETUP, "this ST Edge AI Core has no compiler for the NPU")
                        .where(choice.installation().root().toString())
                        .observed("no atonn beside "
                                + choice.installation().executable().getFileName())
                        .rule("the NPU compiler is a component of its own (stm32mcu with Neural-ART)")
                        .effect("nothing was generated")
                        .fix("add the component with ST's installer; --backend cpu works without")
                        .source(SOURCE));
            }
            return choice;
        } catch (NoInstallation none) {
            throw missing(none);
        } finally {
            unfinished.close();
        }
    }

    /** A note where the release is not among those that were read while this was written. */
    static Optional<Diagnosis> unknownRelease(InstallationChoice choice) {
        if (choice.version().known()) {
            return Optional.empty();
        }
        return Optional.of(Diagnosis.of(
                        Severity.NOTE,
                        "STEDGEAI-VERSION-UNKNOWN",
                        Stage.SETUP,
                        "this release of ST Edge AI Core is not known")
                .where(choice.installation().executable().toString())
                .observed(choice.version().toString())
                .rule("options and reports of " + CoreVersion.OLDEST_KNOWN.line() + " to "
                        + CoreVersion.NEWEST_KNOWN.number() + " were read")
                .effect("it is used as " + CoreVersion.NEWEST_KNOWN.line()
                        + "; what its reports do not confirm stops the build")
                .fix("none needed where the build passes")
                .build());
    }

    private static DiagnosedException missing(NoInstallation none) {
        String place = none.place().toString();
        return switch (none.reason()) {
            case NOT_FOUND ->
                failure(Diagnosis.error(
                                "STEDGEAI-NOT-FOUND", Stage.SETUP, "ST Edge AI Core is not installed on this machine")
                        .where(place)
                        .observed(none.getMessage())
                        .rule("the NPU is reached only through ST's compiler, which only ST can supply")
                        .effect("nothing was generated")
                        .fix(
                                "install it and name its folder with --stedgeai PATH or STEDGEAI_CORE_DIR; --backend cpu works without")
                        .source(SOURCE));
            case NOT_AT_PATH ->
                failure(Diagnosis.error("STEDGEAI-NOT-AT-PATH", Stage.SETUP, "no ST Edge AI Core lies there")
                        .where("--stedgeai " + place)
                        .observed(none.getMessage())
                        .effect("nothing was generated; no other installation is taken in its place")
                        .fix("name the folder that holds Utilities, or the program itself"));
            case NOT_STARTED ->
                failure(Diagnosis.error("STEDGEAI-NOT-STARTED", Stage.SETUP, "ST Edge AI Core does not start")
                        .where(place)
                        .observed(none.getMessage())
                        .rule("it is a program of this system, and executable")
                        .effect("nothing was generated")
                        .fix("start it by hand: " + place + " --version"));
            case NO_ANSWER ->
                failure(Diagnosis.error(
                                "STEDGEAI-NO-ANSWER", Stage.SETUP, "ST Edge AI Core does not say its version in time")
                        .where(place)
                        .observed(none.getMessage())
                        .rule("the first start after an installation unpacks files, and may ask for a licence")
                        .effect("it was ended; nothing was generated")
                        .fix("start it once by hand (" + place
                                + " --version), or give it longer with --stedgeai-timeout SECONDS")
                        .source("stm32ai-modelzoo-services, issue 1"));
            case NO_VERSION ->
                failure(Diagnosis.error(
                                "STEDGEAI-VERSION-UNREADABLE",
                                Stage.SETUP,
                                "this program does not say a version of ST Edge AI Core")
                        .where(place)
                        .observed(none.getMessage())
                        .rule("it prints \"ST Edge AI Core v4.0.1-20581 ...\"")
                        .effect("nothing was generated")
                        .fix("start it by hand: " + place + " --version"));
            case CANCELLED -> NpuCompilation.interrupted(place);
        };
    }

    private static DiagnosedException failure(Diagnosis.Builder diagnosis) {
        return new DiagnosedException(Kind.ENVIRONMENT, diagnosis.build());
    }
}
