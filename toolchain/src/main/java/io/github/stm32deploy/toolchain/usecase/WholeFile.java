// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Writes a file whole or not at all: a temporary sibling takes its place at the end. */
public final class WholeFile {
    private WholeFile() {}

    public static void write(Path target, byte[] content) {
        Path absolute = target.toAbsolutePath().normalize();
        Path work = null;
        try {
            Files.createDirectories(absolute.getParent());
            work = Files.createTempFile(absolute.getParent(), "." + absolute.getFileName(), ".partial");
            Files.write(work, content);
            try {
                Files.move(work, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } catch (AtomicMoveNotSupportedException unsupported) {
                Files.move(work, absolute, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException unwritable) {
            deleteQuietly(work);
            throw OutputFailure.of(target, unwritable);
        }
    }

    private static void deleteQuietly(Path work) {
        try {
            if (work != null) {
                Files.deleteIfExists(work);
            }
        } catch (IOException stays) {
            // The failure that led here is the one to report.
            return;
        }
    }
}
