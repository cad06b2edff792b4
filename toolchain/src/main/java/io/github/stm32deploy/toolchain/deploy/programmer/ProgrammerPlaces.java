// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.programmer;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Folders that ST's installers put command line programs of STM32CubeProgrammer into: its own, those of STM32CubeCLT and
 * the plugins of STM32CubeIDE. Newest releases come first.
 */
public final class ProgrammerPlaces {
    /** Environment variable that names the folder {@code bin}, or the program. */
    public static final String VARIABLE = "STM32_DEPLOY_PROGRAMMER";

    private static final String PLUGIN = "plugins/com.st.stm32cube.ide.mcu.externaltools.cubeprogrammer.*/tools/bin";

    private ProgrammerPlaces() {}

    /**
     * Folders in the order in which they are looked into, whether they exist or not.
     *
     * @param operatingSystem as the system property {@code os.name}
     */
    public static List<Path> of(Map<String, String> environment, Path home, String operatingSystem) {
        List<Path> places = new ArrayList<>();
        String named = environment.get(VARIABLE);
        if (named != null && !named.isBlank()) {
            add(places, named);
        }
        for (String folder : environment
                .getOrDefault("PATH", environment.getOrDefault("Path", ""))
                .split(File.pathSeparator)) {
            if (!folder.isBlank()) {
                add(places, folder);
            }
        }
        String system = operatingSystem.toLowerCase(Locale.ROOT);
        if (system.contains("windows")) {
            windows(places, environment);
        } else if (system.contains("mac")) {
            mac(places, home);
        } else {
            linux(places, home);
        }
        return places;
    }

    private static void linux(List<Path> places, Path home) {
        places.add(home.resolve("STMicroelectronics/STM32Cube/STM32CubeProgrammer/bin"));
        places.add(Path.of("/usr/local/STMicroelectronics/STM32Cube/STM32CubeProgrammer/bin"));
        places.add(Path.of("/opt/STMicroelectronics/STM32Cube/STM32CubeProgrammer/bin"));
        places.addAll(matches(Path.of("/opt/st"), "stm32cubeclt_*", "STM32CubeProgrammer/bin"));
        places.addAll(matches(Path.of("/opt/st"), "stm32cubeide_*", PLUGIN));
        places.addAll(matches(home.resolve("st"), "stm32cubeide_*", PLUGIN));
    }

    private static void mac(List<Path> places, Path home) {
        for (Path root : List.of(Path.of("/Applications"), home.resolve("Applications"))) {
            places.add(root.resolve("STMicroelectronics/STM32Cube/STM32CubeProgrammer/STM32CubeProgrammer.app"
                    + "/Contents/MacOs/bin"));
            places.add(root.resolve("STMicroelectronics/STM32Cube/STM32CubeProgrammer/STM32CubeProgrammer.app"
                    + "/Contents/Resources/bin"));
            places.addAll(matches(root, "STM32CubeIDE*.app", "Contents/Eclipse/" + PLUGIN));
        }
        places.addAll(matches(Path.of("/opt/ST"), "STM32CubeCLT_*", "STM32CubeProgrammer/bin"));
    }

    private static void windows(List<Path> places, Map<String, String> environment) {
        String programs = environment.getOrDefault("ProgramFiles", "C:\\Program Files");
        add(places, programs + "\\STMicroelectronics\\STM32Cube\\STM32CubeProgrammer\\bin");
        add(places, programs + " (x86)\\STMicroelectronics\\STM32Cube\\STM32CubeProgrammer\\bin");
        Path st = Path.of("C:\\ST");
        add(places, "C:\\ST\\STM32CubeProgrammer\\bin");
        places.addAll(matches(st, "STM32CubeCLT_*", "STM32CubeProgrammer/bin"));
        places.addAll(matches(st, "STM32CubeIDE_*", "STM32CubeIDE/" + PLUGIN));
    }

    /** Folders below those of {@code root} that match; a {@code *} in the rest matches one folder. */
    private static List<Path> matches(Path root, String pattern, String rest) {
        List<Path> open = List.of(root);
        for (String part : (pattern + "/" + rest).split("/")) {
            List<Path> next = new ArrayList<>();
            for (Path folder : open) {
                if (!part.contains("*")) {
                    next.add(folder.resolve(part));
                    continue;
                }
                try (DirectoryStream<Path> children = Files.newDirectoryStream(folder, part)) {
                    List<Path> found = new ArrayList<>();
                    children.forEach(found::add);
                    found.sort(Comparator.comparing(Path::toString).reversed());
                    next.addAll(found);
                } catch (IOException absent) {
                    continue;
                }
            }
            open = next;
        }
        return open;
    }

    private static void add(List<Path> places, String text) {
        try {
            places.add(Path.of(text));
        } catch (InvalidPathException noPath) {
            return;
        }
    }
}
