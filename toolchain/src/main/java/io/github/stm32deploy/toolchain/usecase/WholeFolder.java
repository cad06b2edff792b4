// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/**
 * An output folder that appears whole or not at all: work goes into a sibling folder that takes the target's place at the
 * end. Whatever stops the work before (a failure, Ctrl-C, a full disk) leaves the target as it was and no sibling behind.
 */
final class WholeFolder implements AutoCloseable {
    /** What {@code build} makes has this file in it. */
    static final String REPORT = "report.json";

    private static final int HEAD_BYTES = 256;
    private static final int ATTEMPTS = 3;

    private final Path asTyped;
    private final Path target;
    private final Path work;
    private final UnfinishedWork unfinished;
    private boolean committed;

    private WholeFolder(Path asTyped, Path target, Path work) {
        this.asTyped = asTyped;
        this.target = target;
        this.work = work;
        this.unfinished = UnfinishedWork.begin(() -> deleteTree(work));
    }

    /**
     * Starts work on {@code target}.
     *
     * @param mark name of a file that the finished folder has, JSON with a {@code schema} of this tool: a folder with such a
     *     file in it was made by this tool and is replaced
     * @throws DiagnosedException as {@link #checkReplaceable}, and where the target cannot be created
     */
    static WholeFolder open(Path target, String mark) {
        checkReplaceable(target, mark);
        Path absolute = target.toAbsolutePath().normalize();
        WholeFolder folder = new WholeFolder(target, absolute, WholeFile.sibling(absolute, ".partial-"));
        try {
            Files.createDirectories(absolute.getParent());
            // Not a temporary folder of the system's making: that one only its owner could read.
            Files.createDirectory(folder.work);
            return folder;
        } catch (IOException unwritable) {
            folder.close();
            throw OutputFailure.of(target, unwritable);
        }
    }

    /** As {@link #open(Path, String)} for a folder with a report. */
    static WholeFolder open(Path target) {
        return open(target, REPORT);
    }

    /** Where to write meanwhile. */
    Path work() {
        return work;
    }

    /** Puts the finished folder in the place of the target. */
    void commit() {
        Path old = WholeFile.sibling(target, ".old-");
        try {
            boolean replaces = Files.exists(target);
            if (replaces) {
                Files.move(target, old);
            }
            try {
                Files.move(work, target);
            } catch (IOException unwritable) {
                if (replaces) {
                    Files.move(old, target);
                }
                throw unwritable;
            }
            committed = true;
            deleteTree(old);
        } catch (IOException unwritable) {
            throw OutputFailure.of(asTyped, unwritable);
        }
    }

    @Override
    public void close() {
        if (!committed) {
            deleteTree(work);
        }
        unfinished.close();
    }

    /**
     * Refuses a target that must not be replaced. Worth asking before work that takes long.
     *
     * @throws DiagnosedException where the target is a file, the folder in which the command runs or one above it, or a
     *     folder with content that this tool did not make
     */
    static void checkReplaceable(Path asTyped, String mark) {
        Path target = asTyped.toAbsolutePath().normalize();
        try {
            if (Path.of("").toAbsolutePath().normalize().startsWith(target)) {
                throw refused(asTyped, "the command runs in that folder or below it", mark);
            }
            if (!Files.exists(target)) {
                return;
            }
            if (!Files.isDirectory(target)) {
                throw refused(asTyped, "a file of that name exists", mark);
            }
            boolean ours;
            try (Stream<Path> content = Files.list(target)) {
                ours = content.findAny().isEmpty() || isOurs(target.resolve(mark));
            }
            if (!ours) {
                throw refused(asTyped, "the folder holds files, and no " + mark + " that stm32-deploy wrote", mark);
            }
        } catch (IOException unreadable) {
            throw OutputFailure.of(asTyped, unreadable);
        }
    }

    /** The schema stands at the beginning of each file of ours. */
    private static boolean isOurs(Path mark) throws IOException {
        if (!Files.isRegularFile(mark)) {
            return false;
        }
        try (InputStream stream = Files.newInputStream(mark)) {
            String head = new String(stream.readNBytes(HEAD_BYTES), StandardCharsets.UTF_8);
            return head.contains("\"schema\"") && head.contains("\"stm32-deploy/");
        }
    }

    private static DiagnosedException refused(Path target, String observed, String mark) {
        return new DiagnosedException(
                Kind.USAGE,
                Diagnosis.error("OUT-FOLDER-OCCUPIED", Stage.BUILD, "the output folder is not replaced")
                        .where(target.toString())
                        .observed(observed)
                        .rule("only an empty folder, or one that stm32-deploy made (its " + mark
                                + " tells), is replaced")
                        .effect("nothing was written")
                        .fix("name another folder with -o")
                        .build());
    }

    static void deleteTree(Path root) {
        // Once more where something was written into the tree meanwhile.
        for (int attempt = 0; attempt < ATTEMPTS && Files.exists(root); attempt++) {
            try (Stream<Path> tree = Files.walk(root)) {
                for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            } catch (IOException | UncheckedIOException stays) {
                // What cannot be deleted stays; it carries the mark .partial- or .old- in its name.
                continue;
            }
        }
    }
}
