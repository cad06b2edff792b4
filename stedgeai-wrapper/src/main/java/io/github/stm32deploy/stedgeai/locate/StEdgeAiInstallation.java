// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.locate;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An installation of ST Edge AI Core, found by its files; nothing is started.
 *
 * <p>Layout and default roots as ST documents them (ST Edge AI Core documentation 2.1, "setting_env") and as they appear in
 * published reports: {@code Utilities/<system>/stedgeai[.exe]} below the root, the NPU compiler {@code atonn} beside it.
 *
 * @param root installation root
 * @param executable the command line tool
 * @param foundBy where the root came from: {@code STEDGEAI_CORE_DIR}, or the default place
 */
public record StEdgeAiInstallation(Path root, Path executable, String foundBy) {
    private static final Pattern RELEASE = Pattern.compile("(\\d+)\\.(\\d+)(?:\\.(\\d+))?");

    /** X-CUBE-AI packs carry a number of their own: 10.0 is 2.0, 11 is 3.0, 12 is 4.0. */
    private static final int FIRST_PACK = 10;

    /**
     * All installations, the ones that the environment names first, then the default places, newest release first.
     *
     * @param environment environment variables
     * @param places folders that hold one folder a version, {@link #defaultPlaces(Path)} outside tests
     */
    public static List<StEdgeAiInstallation> find(Map<String, String> environment, List<Path> places) {
        Map<Path, StEdgeAiInstallation> found = new LinkedHashMap<>();
        named(environment, "STEDGEAI_CORE_DIR")
                .ifPresent(root ->
                        at(root, "STEDGEAI_CORE_DIR").ifPresent(one -> found.putIfAbsent(one.executable(), one)));
        // What the scripts of ST's model zoo read.
        named(environment, "STM32_AI_EXE")
                .ifPresent(program ->
                        at(program, "STM32_AI_EXE").ifPresent(one -> found.putIfAbsent(one.executable(), one)));
        for (String folder : path(environment)) {
            named(Map.of("PATH", folder), "PATH")
                    .map(place -> place.resolve(executableName()))
                    .filter(Files::isRegularFile)
                    .flatMap(program -> at(program, "PATH"))
                    .ifPresent(one -> found.putIfAbsent(one.executable(), one));
        }
        List<StEdgeAiInstallation> installed = new ArrayList<>();
        for (Path place : places) {
            for (Path version : folders(place)) {
                at(version, "default place " + place)
                        // ~/ST/STEdgeAI/4.0/4.0 is what an installer makes that is given the folder of the version.
                        .or(() -> folders(version).stream()
                                .map(inner -> at(inner, "default place " + place))
                                .flatMap(Optional::stream)
                                .findFirst())
                        .ifPresent(installed::add);
            }
        }
        installed.sort(Comparator.comparingInt(StEdgeAiInstallation::release).reversed());
        installed.forEach(one -> found.putIfAbsent(one.executable(), one));
        return List.copyOf(found.values());
    }

    /**
     * The installation that a path means: its root, its executable, or the folder of the executable.
     *
     * @param foundBy who named it
     */
    public static Optional<StEdgeAiInstallation> at(Path named, String foundBy) {
        if (Files.isRegularFile(named)) {
            Path absolute = named.toAbsolutePath().normalize();
            Path folder = absolute.getParent();
            boolean usual = folder.getNameCount() > 2
                    && folder.getParent().getFileName().toString().equals("Utilities");
            return Optional.of(
                    new StEdgeAiInstallation(usual ? folder.getParent().getParent() : folder, absolute, foundBy));
        }
        for (String system : systemFolders()) {
            Path executable = named.resolve("Utilities").resolve(system).resolve(executableName());
            if (Files.isRegularFile(executable)) {
                return Optional.of(new StEdgeAiInstallation(named, executable, foundBy));
            }
        }
        Path beside = named.resolve(executableName());
        return Files.isRegularFile(beside) ? at(beside, foundBy) : Optional.empty();
    }

    /** Places in which ST's installers put versions on this system. */
    public static List<Path> defaultPlaces(Path home) {
        List<Path> places = new ArrayList<>();
        if (system().contains("windows")) {
            for (File drive : File.listRoots()) {
                places.add(drive.toPath().resolve("ST/STEdgeAI"));
            }
        } else {
            places.add(Path.of("/opt/ST/STEdgeAI"));
        }
        places.add(home.resolve("ST/STEdgeAI"));
        places.add(home.resolve("stedgeai/install"));
        places.add(home.resolve("STM32Cube/Repository/Packs/STMicroelectronics/X-CUBE-AI"));
        return List.copyOf(places);
    }

    /** The NPU compiler; empty where this installation lacks that component. */
    public Optional<Path> npuCompiler() {
        Path compiler = executable.resolveSibling(system().contains("windows") ? "atonn.exe" : "atonn");
        return Files.isRegularFile(compiler) ? Optional.of(compiler) : Optional.empty();
    }

    /** Where the sources and libraries of the runtime lie. */
    public Path runtime() {
        return root.resolve("Middlewares/ST/AI");
    }

    /** Release by the name of the root, as a number to sort by: 402 for 4.2; 0 where the name says none. */
    private int release() {
        for (Path part = root; part != null && part.getFileName() != null; part = part.getParent()) {
            Matcher named = RELEASE.matcher(part.getFileName().toString());
            if (named.matches()) {
                int major = Integer.parseInt(named.group(1));
                int minor = Integer.parseInt(named.group(2));
                // A pack that has the same release inside comes after an installation of its own.
                return major >= FIRST_PACK ? packRelease(major, minor) * 10 : (major * 100 + minor) * 10 + 1;
            }
        }
        return 0;
    }

    private static int packRelease(int major, int minor) {
        return major == FIRST_PACK ? 200 + minor : (major - FIRST_PACK + 2) * 100 + minor;
    }

    private static Optional<Path> named(Map<String, String> environment, String variable) {
        String value = environment.get(variable);
        if (value == null || value.isBlank()) {
            return Optional.empty();
        }
        try {
            return Optional.of(Path.of(value));
        } catch (InvalidPathException noPath) {
            return Optional.empty();
        }
    }

    private static String[] path(Map<String, String> environment) {
        return environment
                .getOrDefault("PATH", environment.getOrDefault("Path", ""))
                .split(File.pathSeparator);
    }

    private static String system() {
        return System.getProperty("os.name").toLowerCase(Locale.ROOT);
    }

    private static String executableName() {
        return system().contains("windows") ? "stedgeai.exe" : "stedgeai";
    }

    /** Of this system only: a program of another one does not start here. */
    private static List<String> systemFolders() {
        if (system().contains("windows")) {
            return List.of("windows");
        }
        if (system().contains("mac")) {
            return System.getProperty("os.arch").contains("aarch64") ? List.of("macarm", "mac") : List.of("mac");
        }
        return List.of("linux");
    }

    private static List<Path> folders(Path place) {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(place)) {
            return found;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(place, Files::isDirectory)) {
            folders.forEach(found::add);
        } catch (IOException unreadable) {
            // A place that may not be read holds nothing for this user.
            return List.of();
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }
}
