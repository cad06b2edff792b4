// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What lies in a folder, hidden files included: path to size and content. */
final class Snapshot {
    private Snapshot() {}

    static Map<String, String> of(Path folder) throws IOException {
        Map<String, String> content = new TreeMap<>();
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.toList()) {
                content.put(folder.relativize(path).toString(), Files.isDirectory(path) ? "folder" : digest(path));
            }
        }
        return content;
    }

    private static String digest(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        return bytes.length + " bytes, " + Integer.toHexString(Arrays.hashCode(bytes));
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path path : tree.toList()) {
                Path target = to.resolve(from.relativize(path).toString());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(path, target, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
                }
            }
        }
    }
}
