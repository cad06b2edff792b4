// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The user's copy of the chip vendor's drivers: STM32CubeN6, which a firmware for STM32N6 is compiled against.
 *
 * @param folder holds {@code Drivers/}
 * @param version as the package says it, {@code FW.N6.1.1.0, HAL 1.1.0}; empty where it says none
 * @param reason why this copy and no other, {@code --cube}, {@code STM32CUBE_N6}, or a folder of STM32CubeIDE and CubeMX
 */
public record VendorPackage(Path folder, Optional<String> version, String reason) {
    /** Environment variable that names the folder. */
    public static final String VARIABLE = "STM32CUBE_N6";

    private static final Pattern RELEASE = Pattern.compile("\\bRelease=\"([^\"]+)\"");
    private static final Pattern HAL_PART =
            Pattern.compile("#define\\s+__STM32N6xx_HAL_VERSION_(MAIN|SUB1|SUB2)\\s+\\(0x([0-9A-Fa-f]+)U?L?\\)");
    private static final String HAL_HEADER = "Drivers/STM32N6xx_HAL_Driver/Inc/stm32n6xx_hal.h";
    private static final Pattern NUMBER = Pattern.compile("\\d+");

    /** Looks where {@link #require(Board.Vendor, Optional, Map, Path)} does, on this computer. */
    public static VendorPackage require(Board.Vendor vendor, Optional<Path> asked) {
        return require(vendor, asked, System.getenv(), Path.of(System.getProperty("user.home")));
    }

    /**
     * The folder that was asked for; else that of the environment variable; else the newest in the folder into which
     * STM32CubeIDE and STM32CubeMX unpack such packages.
     *
     * @param asked what the user named
     * @param home folder of the user
     * @throws DiagnosedException of kind ENVIRONMENT where there is none, or where a file that the board needs is missing
     */
    public static VendorPackage require(
            Board.Vendor vendor, Optional<Path> asked, Map<String, String> environment, Path home) {
        Optional<VendorPackage> found = find(asked, environment, home);
        Path repository = repository(home);
        if (found.isEmpty()) {
            throw new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error("TOOL-CUBE-MISSING", Stage.BUILD, vendor.name() + " is not on this computer")
                            .where(repository.toString())
                            .observed("no folder STM32Cube_FW_N6_V*, no " + VARIABLE + ", no --cube")
                            .rule("firmware for this board is compiled against ST's drivers, which are not part of"
                                    + " this program")
                            .effect("no firmware is built")
                            .fix("install " + vendor.name()
                                    + " with STM32CubeMX or STM32CubeIDE, or name an unpacked copy: --cube FOLDER")
                            .build());
        }
        List<String> missing = vendor.sources().stream()
                .filter(source -> !Files.isRegularFile(found.get().folder().resolve(source)))
                .toList();
        if (!missing.isEmpty()) {
            throw new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error("TOOL-CUBE-INCOMPLETE", Stage.BUILD, "a file of " + vendor.name() + " is missing")
                            .where(found.get().folder() + " (" + found.get().reason() + ")")
                            .observed("no " + missing.get(0)
                                    + (missing.size() == 1 ? "" : " and " + (missing.size() - 1) + " more"))
                            .rule("firmware for this board is compiled from these files")
                            .effect("no firmware is built")
                            .fix("name a complete copy: --cube FOLDER; a clone needs git submodule update --init")
                            .build());
        }
        return found.get();
    }

    /** Where STM32CubeIDE and STM32CubeMX unpack packages unless told otherwise, on every operating system. */
    static Path repository(Path home) {
        return home.resolve("STM32Cube").resolve("Repository");
    }

    /** The copy that would be taken, complete or not. */
    public static Optional<VendorPackage> find(Optional<Path> asked, Map<String, String> environment, Path home) {
        if (asked.isPresent()) {
            return Optional.of(of(asked.get(), "--cube"));
        }
        String named = environment.getOrDefault(VARIABLE, "");
        if (!named.isBlank()) {
            return Optional.of(of(Path.of(named), VARIABLE));
        }
        try (Stream<Path> folders = Files.list(repository(home))) {
            return folders.filter(Files::isDirectory)
                    .filter(folder -> folder.getFileName().toString().startsWith("STM32Cube_FW_N6_V"))
                    .max(Comparator.comparing(VendorPackage::sortable))
                    .map(folder -> of(folder, "newest in " + repository(home)));
        } catch (IOException absent) {
            return Optional.empty();
        }
    }

    /** Numbers of the folder's name, each filled up to the same width: 1.10.0 comes after 1.9.0. */
    private static String sortable(Path folder) {
        StringBuilder key = new StringBuilder();
        Matcher numbers = NUMBER.matcher(folder.getFileName().toString());
        while (numbers.find()) {
            key.append("0".repeat(Math.max(0, 9 - numbers.group().length()))).append(numbers.group());
        }
        return key.toString();
    }

    private static VendorPackage of(Path folder, String reason) {
        Path absolute = folder.toAbsolutePath().normalize();
        List<String> versions = new ArrayList<>();
        Matcher release = RELEASE.matcher(text(absolute.resolve("package.xml")));
        if (release.find()) {
            versions.add(release.group(1));
        }
        List<String> parts = new ArrayList<>();
        Matcher part = HAL_PART.matcher(text(absolute.resolve(HAL_HEADER)));
        while (part.find()) {
            parts.add(Integer.toString(Integer.parseInt(part.group(2), 16)));
        }
        if (!parts.isEmpty()) {
            versions.add("HAL " + String.join(".", parts));
        }
        return new VendorPackage(
                absolute, versions.isEmpty() ? Optional.empty() : Optional.of(String.join(", ", versions)), reason);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (IOException absent) {
            return "";
        }
    }
}
