// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Finds the programs that building and running firmware needs. Asking a program for its version has a time limit. */
public final class ToolLocator {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /** The tools, each by a name of its own. */
    public enum Kind {
        ARM_GCC(
                "arm-none-eabi-gcc",
                "compiles firmware for Cortex-M",
                "TOOL-ARM-GCC-MISSING",
                new Tool.Packages("gcc-arm-none-eabi", "gcc-arm-embedded", "Arm.GnuArmEmbeddedToolchain"),
                "arm-none-eabi-gcc"),
        NEWLIB(
                "newlib (nano)",
                "C library of the firmware",
                "TOOL-NEWLIB-MISSING",
                new Tool.Packages("libnewlib-arm-none-eabi", "gcc-arm-embedded", "Arm.GnuArmEmbeddedToolchain")),
        CMAKE(
                "cmake",
                "builds the firmware project",
                "TOOL-CMAKE-MISSING",
                new Tool.Packages("cmake", "cmake", "Kitware.CMake"),
                "cmake"),
        BUILDER(
                "ninja or make",
                "runs the compiler for CMake",
                "TOOL-BUILDER-MISSING",
                // Ninja takes folders of any name; make is what "cmake --preset" takes without being told.
                new Tool.Packages("ninja-build make", "ninja make", "Ninja-build.Ninja"),
                "ninja",
                "make"),
        QEMU(
                "qemu-system-arm",
                "is the virtual board",
                "TOOL-QEMU-MISSING",
                new Tool.Packages("qemu-system-arm", "qemu", "SoftwareFreedomConservancy.QEMU"),
                "qemu-system-arm"),
        HOST_GCC(
                "cc",
                "compiles the host board",
                "TOOL-CC-MISSING",
                new Tool.Packages("gcc libc6-dev", "gcc", ""),
                "cc",
                "gcc",
                "clang");

        private final String shownName;
        private final String purpose;
        private final String missingCode;
        private final Tool.Packages packages;
        private final List<String> programs;

        Kind(String shownName, String purpose, String missingCode, Tool.Packages packages, String... programs) {
            this.shownName = shownName;
            this.purpose = purpose;
            this.missingCode = missingCode;
            this.packages = packages;
            this.programs = List.of(programs);
        }
    }

    private final List<Path> folders;
    private final Duration patience;

    /** Looks in the folders of PATH. */
    public ToolLocator() {
        this(pathFolders());
    }

    /** Looks in these folders, in this order. */
    public ToolLocator(List<Path> folders) {
        this(folders, PATIENCE);
    }

    /** @param patience how long a tool may take to tell its version */
    ToolLocator(List<Path> folders, Duration patience) {
        this.folders = List.copyOf(folders);
        this.patience = patience;
    }

    /** Every tool, found or not. */
    public List<Tool> all() {
        List<Tool> tools = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            tools.add(find(kind));
        }
        return tools;
    }

    /** One tool, with its version where it says one. */
    public Tool find(Kind kind) {
        if (kind == Kind.NEWLIB) {
            return newlib();
        }
        Optional<Path> found = locate(kind);
        return new Tool(kind.shownName, kind.purpose, found, found.flatMap(this::version), kind.packages);
    }

    /** Whether a tool is there, without asking it for its version. */
    public boolean isPresent(Kind kind) {
        return kind == Kind.NEWLIB ? newlib().found().isPresent() : locate(kind).isPresent();
    }

    /**
     * Where a tool is, without starting it.
     *
     * @throws DiagnosedException with the tool's own code where it is missing: what to install stands in its fix
     */
    public Path require(Kind kind) {
        Optional<Path> found = kind == Kind.NEWLIB ? newlib().found() : locate(kind);
        return found.orElseThrow(() -> new DiagnosedException(
                DiagnosedException.Kind.ENVIRONMENT,
                Diagnosis.error(kind.missingCode, Stage.BUILD, kind.shownName + " is not installed")
                        .where("PATH")
                        .observed("no " + (kind.programs.isEmpty() ? "nano.specs" : String.join(", ", kind.programs))
                                + " in " + folders.size() + " folders")
                        .rule(kind.shownName + " " + kind.purpose)
                        .effect("no firmware is built")
                        .fix(fix(kind.packages))
                        .build()));
    }

    private static String fix(Tool.Packages packages) {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        if (os.contains("mac")) {
            return "brew install " + packages.brew();
        }
        if (os.contains("windows") && !packages.winget().isEmpty()) {
            return "winget install " + packages.winget();
        }
        return "apt-get install " + packages.apt();
    }

    Optional<Path> locate(Kind kind) {
        return program(kind.programs);
    }

    /** The first of these programs that is there. */
    Optional<Path> program(List<String> names) {
        return names.stream().map(this::onPath).flatMap(Optional::stream).findFirst();
    }

    private Optional<Path> onPath(String program) {
        for (Path folder : folders) {
            for (String suffix : List.of("", ".exe")) {
                Path candidate = folder.resolve(program + suffix);
                if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                    return Optional.of(candidate);
                }
            }
        }
        return Optional.empty();
    }

    /** The C library has no program; the compiler knows where it lies. */
    private Tool newlib() {
        Optional<Path> specs = locate(Kind.ARM_GCC)
                .flatMap(gcc -> output(List.of(gcc.toString(), "-print-file-name=nano.specs")))
                .map(String::strip)
                .flatMap(ToolLocator::path)
                // The compiler answers with the bare name where it does not find the file.
                .filter(path -> path.isAbsolute() && Files.exists(path))
                .map(Path::normalize);
        return new Tool(
                Kind.NEWLIB.shownName,
                Kind.NEWLIB.purpose,
                specs,
                specs.flatMap(path -> newlibVersion(path.getParent())),
                Kind.NEWLIB.packages);
    }

    private static Optional<String> newlibVersion(Path folder) {
        for (String place : List.of(
                "../include/newlib/_newlib_version.h",
                "../include/_newlib_version.h",
                "../../include/newlib/_newlib_version.h")) {
            Path header = folder.resolve(place).normalize();
            try {
                if (Files.exists(header)) {
                    return Files.readAllLines(header).stream()
                            .filter(line -> line.startsWith("#define _NEWLIB_VERSION \""))
                            .map(line -> "newlib " + line.replaceAll(".*\"(.*)\".*", "$1"))
                            .findFirst();
                }
            } catch (IOException unreadable) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static Optional<Path> path(String text) {
        try {
            return Optional.of(Path.of(text));
        } catch (InvalidPathException noPath) {
            return Optional.empty();
        }
    }

    /** First line of what {@code --version} prints. */
    Optional<String> version(Path program) {
        return output(List.of(program.toString(), "--version"))
                .flatMap(text -> text.lines().filter(line -> !line.isBlank()).findFirst())
                .map(String::strip);
    }

    private Optional<String> output(List<String> command) {
        try {
            ChildProcess.Outcome outcome =
                    ChildProcess.run(command, Path.of(System.getProperty("java.io.tmpdir")), patience);
            return outcome.succeeded() ? Optional.of(outcome.output()) : Optional.empty();
        } catch (IOException unstartable) {
            return Optional.empty();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    private static List<Path> pathFolders() {
        List<Path> folders = new ArrayList<>();
        Map<String, String> environment = System.getenv();
        String path = environment.getOrDefault("PATH", environment.getOrDefault("Path", ""));
        for (String folder : path.split(File.pathSeparator)) {
            if (!folder.isBlank()) {
                path(folder).ifPresent(folders::add);
            }
        }
        return folders;
    }
}
