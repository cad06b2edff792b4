// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicLong;

/** Writes a file whole or not at all: a temporary sibling takes its place at the end. */
public final class WholeFile {
    private static final AtomicLong NUMBER = new AtomicLong();
    private static final int BUFFER_BYTES = 1 << 16;

    private WholeFile() {}

    public static void write(Path target, byte[] content) {
        write(target, out -> out.write(content));
    }

    /** What a file will hold, for content that is not to be in memory as a whole. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** As {@link #write(Path, byte[])}. */
    static void write(Path target, Content content) {
        try {
            if (isDevice(target)) {
                stream(target, content);
            } else {
                replace(followed(target), content);
            }
        } catch (IOException unwritable) {
            throw OutputFailure.of(target, unwritable);
        }
    }

    /** Before work that takes long: refuses what could not be written in the end. */
    static void checkWritable(Path target) {
        if (Files.isDirectory(target)) {
            throw OutputFailure.of(
                    target, new FileSystemException(target.toString(), null, "a folder of that name exists"));
        }
    }

    private static void stream(Path target, Content content) throws IOException {
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(target), BUFFER_BYTES)) {
            content.writeTo(out);
        }
    }

    private static void replace(Path target, Content content) throws IOException {
        Files.createDirectories(target.getParent());
        Path work = sibling(target, ".partial-");
        UnfinishedWork unfinished = UnfinishedWork.begin(() -> deleteQuietly(work));
        try {
            stream(work, content);
            move(work, target);
        } finally {
            deleteQuietly(work);
            unfinished.close();
        }
    }

    private static void move(Path work, Path target) throws IOException {
        if (Files.isDirectory(target)) {
            throw new FileSystemException(target.toString(), null, "a folder of that name exists");
        }
        try {
            Files.move(work, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException unsupported) {
            Files.move(work, target, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** A name beside {@code target} that no other run of this program uses. It is hidden, and says what it is. */
    static Path sibling(Path target, String mark) {
        return target.resolveSibling(
                "." + target.getFileName() + mark + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet());
    }

    /** /dev/null, /dev/stdout, a named pipe: something to write into, not to put a file in the place of. */
    private static boolean isDevice(Path target) {
        return Files.exists(target) && !Files.isRegularFile(target) && !Files.isDirectory(target);
    }

    /** What a symbolic link points to is replaced, not the link. */
    private static Path followed(Path target) throws IOException {
        Path absolute = target.toAbsolutePath().normalize();
        if (absolute.getFileName() == null) {
            throw new FileSystemException(target.toString(), null, "a folder of that name exists");
        }
        return Files.exists(absolute) && !Files.isRegularFile(absolute, LinkOption.NOFOLLOW_LINKS)
                ? absolute.toRealPath()
                : absolute;
    }

    private static void deleteQuietly(Path work) {
        try {
            Files.deleteIfExists(work);
        } catch (IOException stays) {
            // The failure that led here is the one to report.
            return;
        }
    }
}
