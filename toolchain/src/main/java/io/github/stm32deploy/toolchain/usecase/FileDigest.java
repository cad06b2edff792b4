// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** SHA-256 of a model file, computed while the file is read as a model: both read all of it. */
final class FileDigest {
    private static final int BLOCK_BYTES = 1 << 16;

    private final FutureTask<String> work;

    private FileDigest(Path file) {
        work = new FutureTask<>(() -> of(file));
    }

    /** Begins at once with an ordinary file; what can be read only once is left to whoever reads it first. */
    static FileDigest begin(Path file) {
        FileDigest digest = new FileDigest(file);
        if (Files.isRegularFile(file)) {
            Thread thread = new Thread(digest.work, "digest");
            thread.setDaemon(true);
            thread.start();
        }
        return digest;
    }

    /**
     * Hexadecimal, small letters.
     *
     * @throws DiagnosedException READ-FILE-UNREADABLE
     */
    String sha256() {
        work.run();
        try {
            return work.get();
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException diagnosed) {
                throw diagnosed;
            }
            throw new IllegalStateException(failed.getCause());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }

    private static String of(Path file) {
        try (InputStream stream = Files.newInputStream(file)) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] block = new byte[BLOCK_BYTES];
            for (int count = stream.read(block); count >= 0; count = stream.read(block)) {
                digest.update(block, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException unreadable) {
            throw new DiagnosedException(
                    Kind.USAGE,
                    Diagnosis.error("READ-FILE-UNREADABLE", Stage.READ, "the file cannot be read to its end")
                            .where(file.toString())
                            .observed("the file changed or vanished, or is none that can be read from front to back")
                            .effect("its digest is not known, so nothing can be said of this file")
                            .fix("give a copy of the model in an ordinary folder")
                            .build());
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }
}
