// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.standin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Writes scripts that start a stand-in under the name of a program of ST; Unix only, as the tests that use them. */
public final class StandInInstallation {
    private StandInInstallation() {}

    /**
     * An installation of ST Edge AI Core whose {@code stedgeai} plays a case.
     *
     * @param root installation root to make, {@code .../STEdgeAI/4.0}
     * @param scene folder with {@code script.txt}
     * @return the executable
     */
    public static Path stedgeai(Path root, Path scene) throws IOException {
        return program(root.resolve("Utilities/linux/stedgeai"), scene);
    }

    /**
     * An installation of STM32CubeProgrammer whose programs work on a board of files.
     *
     * @param bin folder of the programs to make
     * @param board folder with {@code board.txt}, see {@link BoardStandIn}
     * @param loaders names of the external loaders that it has
     * @return the programmer
     */
    public static Path programmer(Path bin, Path board, String... loaders) throws IOException {
        Path folder = Files.createDirectories(bin.resolve("ExternalLoader"));
        for (String loader : loaders) {
            Files.writeString(folder.resolve(loader), "stand-in\n");
        }
        program(bin.resolve("STM32_SigningTool_CLI"), board, SigningToolStandIn.class);
        return program(bin.resolve("STM32_Programmer_CLI"), board, ProgrammerStandIn.class);
    }

    /** A script of any name that plays a case. */
    public static Path program(Path script, Path scene) throws IOException {
        return program(script, scene, StandIn.class);
    }

    private static Path program(Path script, Path scene, Class<?> player) throws IOException {
        Files.createDirectories(script.getParent());
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classes;
        try {
            classes = Path.of(StandIn.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (java.net.URISyntaxException impossible) {
            throw new IOException(impossible);
        }
        // -Xshare and the first compiler only: a stand-in lives for a moment.
        Files.writeString(
                script,
                "#!/bin/sh\nexec '" + java + "' -Xshare:auto -XX:TieredStopAtLevel=1 -Xmx256m -cp '" + classes + "' "
                        + player.getName() + " '" + scene.toAbsolutePath() + "' \"$@\"\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        return script;
    }
}
