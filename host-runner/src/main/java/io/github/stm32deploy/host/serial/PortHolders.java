// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.serial;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which processes have a port open. Linux only, and only those that this user may look into; empty elsewhere. */
final class PortHolders {
    private static final Path PROCESSES = Path.of("/proc");

    private PortHolders() {}

    /** One entry per process, {@code minicom (process 1234)}. */
    static List<String> of(String port) {
        List<String> holders = new ArrayList<>();
        try {
            Path device = Path.of(port).toRealPath();
            try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
                for (Path process : processes) {
                    if (hasOpen(process, device)) {
                        holders.add(nameOf(process) + " (process " + process.getFileName() + ")");
                    }
                }
            }
        } catch (IOException | RuntimeException e) {
            // Only an explanation is lost: there is no /proc, or the port has gone meanwhile.
            return List.copyOf(holders);
        }
        return holders;
    }

    private static boolean hasOpen(Path process, Path device) {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(process.resolve("fd"))) {
            for (Path file : files) {
                if (Files.isSymbolicLink(file) && Files.readSymbolicLink(file).equals(device)) {
                    return true;
                }
            }
        } catch (IOException | RuntimeException e) {
            return false; // ended meanwhile, or belongs to another user
        }
        return false;
    }

    private static String nameOf(Path process) {
        try {
            return Files.readString(process.resolve("comm")).strip();
        } catch (IOException e) {
            return "?";
        }
    }
}
