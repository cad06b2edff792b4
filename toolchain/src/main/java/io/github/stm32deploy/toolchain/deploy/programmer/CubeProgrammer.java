// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.programmer;

import io.github.stm32deploy.stedgeai.process.Cancellation;
import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.stedgeai.process.ToolProcess;
import io.github.stm32deploy.toolchain.deploy.boot.SigningOptions;
import io.github.stm32deploy.toolchain.deploy.boot.ToolVersion;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An installation of STM32CubeProgrammer.
 *
 * @param executable STM32_Programmer_CLI
 * @param version as it says itself
 * @param reason why this one was taken, in a few words
 */
public record CubeProgrammer(Path executable, ToolVersion version, String reason) {
    private static final String NAME = "STM32_Programmer_CLI";
    private static final Duration VERSION_LIMIT = Duration.ofSeconds(20);

    /**
     * Takes the first installation and asks it for its version.
     *
     * @param named by the user: the program, or the folder that it is in; empty to look in {@code places}
     * @throws DiagnosedException of kind ENVIRONMENT where there is none or it is too old, of kind VENDOR where it does not
     *     say its version
     */
    public static CubeProgrammer find(Optional<Path> named, List<Path> places, Path log) {
        return find(named, places, log, VERSION_LIMIT);
    }

    static CubeProgrammer find(Optional<Path> named, List<Path> places, Path log, Duration limit) {
        Optional<Path> program = named.isPresent() ? in(named.get()) : first(places);
        Path executable = program.orElseThrow(() -> missing(named, places.size()));
        ToolVersion version = version(executable, log, limit);
        if (!version.atLeast(SigningOptions.N6_FROM)) {
            throw new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error(
                                    "TOOL-PROGRAMMER-OLD",
                                    Stage.FLASH,
                                    "this STM32CubeProgrammer does not know the STM32N6")
                            .where(executable.toString())
                            .observed("version " + version)
                            .rule("the STM32N6 is known from " + SigningOptions.N6_FROM + " on")
                            .effect("nothing was written")
                            .fix("install a newer release, or name one with --programmer")
                            .source("README of STM32N6-GettingStarted-FaceDetection, commit 45faf18")
                            .build());
        }
        String why = named.isPresent() ? "named with --programmer" : "first in the usual places";
        return new CubeProgrammer(executable, version, why);
    }

    /** The program alone, without asking it anything; for a look at the environment. */
    public static Optional<Path> first(List<Path> places) {
        return places.stream().map(CubeProgrammer::in).flatMap(Optional::stream).findFirst();
    }

    private static Optional<Path> in(Path place) {
        if (Files.isRegularFile(place) && Files.isExecutable(place)) {
            return Optional.of(place);
        }
        for (String folder : List.of("", "bin")) {
            for (String suffix : List.of("", ".exe")) {
                Path candidate = place.resolve(folder).resolve(NAME + suffix);
                if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                    return Optional.of(candidate);
                }
            }
        }
        return Optional.empty();
    }

    private static ToolVersion version(Path executable, Path log, Duration limit) {
        String said = "";
        try {
            ToolOutcome outcome = ToolProcess.run(
                    new ToolProcess.Command(
                            List.of(executable.toString(), "--version"),
                            log.toAbsolutePath().getParent(),
                            Map.of(),
                            limit,
                            limit,
                            log),
                    new Cancellation(),
                    piece -> {});
            said = outcome.end() == ToolOutcome.End.EXITED
                    ? outcome.text()
                    : "no answer within " + limit.toSeconds() + " s";
        } catch (IOException unstartable) {
            said = String.valueOf(unstartable.getMessage());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            said = "interrupted";
        }
        String shown = said.strip().lines().findFirst().orElse("nothing");
        return ToolVersion.in(said)
                .orElseThrow(() -> new DiagnosedException(
                        Kind.VENDOR,
                        Diagnosis.error(
                                        "TOOL-PROGRAMMER-ODD",
                                        Stage.FLASH,
                                        "STM32CubeProgrammer does not say its version")
                                .where(executable.toString())
                                .observed(shown)
                                .rule("STM32_Programmer_CLI --version names it")
                                .effect("nothing was written")
                                .fix("start it by hand; install it again where it does not run")
                                .build()));
    }

    private static DiagnosedException missing(Optional<Path> named, int places) {
        return new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error("TOOL-PROGRAMMER-MISSING", Stage.FLASH, "STM32CubeProgrammer is not installed")
                        .where(named.map(Path::toString).orElse("PATH and the usual folders"))
                        .observed("no " + NAME + (named.isPresent() ? " there" : " in " + places + " folders"))
                        .rule("it writes the external flash of the board")
                        .effect("nothing was written")
                        .fix("install it from st.com; name it with --programmer PATH or " + ProgrammerPlaces.VARIABLE
                                + "; flash --dry-run works without")
                        .build());
    }

    /**
     * An external loader of this installation.
     *
     * @throws DiagnosedException of kind ENVIRONMENT where the installation does not have it
     */
    public Path loader(String name) {
        Path folder = executable.toAbsolutePath().getParent().resolve("ExternalLoader");
        Path loader = folder.resolve(name);
        if (!Files.isRegularFile(loader)) {
            throw new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error(
                                    "FLASH-LOADER-MISSING",
                                    Stage.FLASH,
                                    "the external loader for this board is missing")
                            .where(folder.toString())
                            .observed("no " + name)
                            .rule("it writes the flash chip of the board")
                            .effect("nothing was written")
                            .fix("install a release of STM32CubeProgrammer that knows the board")
                            .build());
        }
        return loader;
    }

    /** ST's signing tool of the same installation; empty where it is absent. */
    public Optional<Path> signingTool() {
        Path folder = executable.toAbsolutePath().getParent();
        return List.of("STM32_SigningTool_CLI", "STM32_SigningTool_CLI.exe").stream()
                .map(folder::resolve)
                .filter(Files::isExecutable)
                .findFirst();
    }
}
