// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.ReadOnlyFileSystemException;

/** Explains why output could not be written. */
final class OutputFailure {
    private OutputFailure() {}

    static DiagnosedException of(Path target, IOException failure) {
        String text = reason(failure);
        boolean full = text.contains("No space left") || text.contains("quota") || text.contains("not enough space");
        return new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error(
                                full ? "OUT-DISK-FULL" : "OUT-UNWRITABLE",
                                Stage.BUILD,
                                full ? "the disk is full" : "the output cannot be written")
                        .where(target.toString())
                        .observed(text)
                        .effect("nothing was written; what was there before is as it was")
                        .fix(
                                full
                                        ? "free some space or name a folder on another disk with -o"
                                        : "name another place with -o")
                        .build());
    }

    private static String reason(IOException failure) {
        if (failure instanceof AccessDeniedException denied) {
            return "no permission to write " + denied.getFile();
        }
        if (failure instanceof NoSuchFileException missing) {
            return missing.getFile() + " cannot be made or has vanished";
        }
        if (failure instanceof FileAlreadyExistsException exists) {
            return exists.getFile() + " exists and is no folder";
        }
        if (failure instanceof FileSystemException system) {
            return system.getReason() == null
                    ? system.getClass().getSimpleName() + " " + system.getFile()
                    : system.getReason() + " (" + system.getFile() + ")";
        }
        Throwable cause = failure.getCause();
        if (cause instanceof ReadOnlyFileSystemException) {
            return "the file system is read-only";
        }
        return String.valueOf(failure.getMessage());
    }
}
