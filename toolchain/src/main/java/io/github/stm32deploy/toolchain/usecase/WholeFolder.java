// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * An output folder that appears whole or not at all: work goes into a sibling folder that takes the target's place at the
 * end. Whatever stops the work before (a failure, Ctrl-C, a full disk) leaves the target as it was and no sibling behind.
 */
final class WholeFolder implements AutoCloseable {
    /** A folder with this file in it was made by this tool and may be replaced. */
    private static final String OUR_MARK = "report.json";

    private final Path target;
    private final Path work;
    private final Thread onInterrupt;
    private boolean committed;

    private WholeFolder(Path target, Path work) {
        this.target = target;
        this.work = work;
        this.onInterrupt = new Thread(() -> deleteTree(work), "remove-unfinished-output");
    }

    /**
     * Starts work on {@code target}.
     *
     * @throws DiagnosedException where the target is a file, or a folder with content that this tool did not make, or
     *     cannot be created
     */
    static WholeFolder open(Path target) {
        Path absolute = target.toAbsolutePath().normalize();
        checkReplaceable(target, absolute);
        try {
            Files.createDirectories(absolute.getParent());
            Path work = Files.createTempDirectory(absolute.getParent(), "." + absolute.getFileName() + ".partial-");
            WholeFolder folder = new WholeFolder(absolute, work);
            Runtime.getRuntime().addShutdownHook(folder.onInterrupt);
            return folder;
        } catch (IOException unwritable) {
            throw OutputFailure.of(target, unwritable);
        }
    }

    /** Where to write meanwhile. */
    Path work() {
        return work;
    }

    /** Puts the finished folder in the place of the target. */
    void commit() {
        try {
            Path old = null;
            if (Files.exists(target)) {
                old = Files.createTempDirectory(target.getParent(), "." + target.getFileName() + ".old-");
                Files.delete(old);
                Files.move(target, old);
            }
            Files.move(work, target);
            committed = true;
            if (old != null) {
                deleteTree(old);
            }
        } catch (IOException unwritable) {
            throw OutputFailure.of(target, unwritable);
        }
    }

    @Override
    public void close() {
        if (!committed) {
            deleteTree(work);
        }
        try {
            Runtime.getRuntime().removeShutdownHook(onInterrupt);
        } catch (IllegalStateException alreadyShuttingDown) {
            // The hook is running and does what close() would do.
            return;
        }
    }

    private static void checkReplaceable(Path asTyped, Path target) {
        boolean ours;
        try {
            if (!Files.exists(target)) {
                return;
            }
            if (!Files.isDirectory(target)) {
                throw refused(asTyped, "a file of that name exists");
            }
            try (Stream<Path> content = Files.list(target)) {
                ours = content.findAny().isEmpty() || Files.exists(target.resolve(OUR_MARK));
            }
        } catch (IOException unreadable) {
            throw OutputFailure.of(asTyped, unreadable);
        }
        if (!ours) {
            throw refused(
                    asTyped, "the folder holds files that stm32-deploy did not make (there is no " + OUR_MARK + ")");
        }
    }

    private static DiagnosedException refused(Path target, String observed) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("OUT-FOLDER-OCCUPIED", Stage.BUILD, "the output folder is not replaced")
                        .where(target.toString())
                        .observed(observed)
                        .rule("only an empty folder, or one that stm32-deploy made, is replaced")
                        .effect("nothing was written")
                        .fix("name another folder with -o")
                        .build());
    }

    static void deleteTree(Path root) {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException stays) {
            // What cannot be deleted stays; it carries the mark .partial- or .old- in its name.
            return;
        }
    }
}
