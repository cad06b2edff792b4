// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.locate;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * An installation of ST Edge AI Core, found by its files; nothing is started.
 *
 * <p>Layout and default roots as ST documents them (ST Edge AI Core documentation 2.1, "setting_env") and as they appear in
 * published reports: {@code Utilities/<system>/stedgeai[.exe]} below the root.
 *
 * @param root installation root
 * @param executable the command line tool
 * @param foundBy where the root came from: {@code STEDGEAI_CORE_DIR}, or the default place
 */
public record StEdgeAiInstallation(Path root, Path executable, String foundBy) {
    private static final List<String> SYSTEM_FOLDERS = List.of("linux", "windows", "mac", "macarm");

    /**
     * All installations, the one of the environment first, then the default places, newest version name first.
     *
     * @param environment environment variables
     * @param places folders that hold one folder a version, {@link #defaultPlaces(Path)} outside tests
     */
    public static List<StEdgeAiInstallation> find(Map<String, String> environment, List<Path> places) {
        Set<StEdgeAiInstallation> found = new LinkedHashSet<>();
        String named = environment.get("STEDGEAI_CORE_DIR");
        if (named != null && !named.isBlank()) {
            addIfInstalled(found, Path.of(named), "STEDGEAI_CORE_DIR");
        }
        for (Path place : places) {
            for (Path version : versionsIn(place)) {
                addIfInstalled(found, version, "default place " + place);
            }
        }
        return List.copyOf(found);
    }

    /** Places in which ST's installers put versions. */
    public static List<Path> defaultPlaces(Path home) {
        return List.of(
                Path.of("/opt/ST/STEdgeAI"),
                home.resolve("ST/STEdgeAI"),
                home.resolve("stedgeai/install"),
                Path.of("C:/ST/STEdgeAI"),
                home.resolve("STM32Cube/Repository/Packs/STMicroelectronics/X-CUBE-AI"));
    }

    private static void addIfInstalled(Set<StEdgeAiInstallation> found, Path root, String foundBy) {
        for (String system : SYSTEM_FOLDERS) {
            String name = system.startsWith("win") ? "stedgeai.exe" : "stedgeai";
            Path executable = root.resolve("Utilities").resolve(system).resolve(name);
            if (Files.isRegularFile(executable)) {
                found.add(new StEdgeAiInstallation(root, executable, foundBy));
                return;
            }
        }
    }

    private static List<Path> versionsIn(Path place) {
        List<Path> versions = new ArrayList<>();
        if (!Files.isDirectory(place)) {
            return versions;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(place, Files::isDirectory)) {
            folders.forEach(versions::add);
        } catch (IOException unreadable) {
            // A place that may not be read holds nothing for this user.
            return List.of();
        }
        versions.sort(Comparator.comparing(
                        (Path version) -> version.getFileName().toString().toLowerCase(Locale.ROOT))
                .reversed());
        return versions;
    }
}
