// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.neuralart;

import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A folder for one compilation whose real path is ASCII: the NPU compiler stops at any other character in a path, on
 * Windows at least, and a drive alias does not hide it. It is deleted at the end.
 */
final class WorkFolder implements AutoCloseable {
    private final Path folder;
    private final UnfinishedWork unfinished;

    private WorkFolder(Path folder) {
        this.folder = folder;
        this.unfinished = UnfinishedWork.beginUnattended(() -> delete(folder));
    }

    /**
     * @param candidates folders to try, the first with an ASCII path that can be written is taken
     * @throws DiagnosedException where there is none
     */
    static WorkFolder open(List<Path> candidates) throws IOException {
        IOException unwritable = null;
        for (Path candidate : candidates) {
            try {
                Path real = candidate.toRealPath();
                if (ascii(real)) {
                    return new WorkFolder(Files.createTempDirectory(real, "stm32-deploy-npu-"));
                }
            } catch (IOException unusable) {
                unwritable = unusable;
            }
        }
        if (unwritable != null && candidates.stream().anyMatch(WorkFolder::ascii)) {
            throw unwritable;
        }
        throw new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error(
                                "STEDGEAI-PATH-NOT-ASCII",
                                Stage.GENERATE,
                                "no folder with a plain name is there to compile in")
                        .where(candidates.stream().map(Path::toString).collect(Collectors.joining(", ")))
                        .observed("each path has a character outside ASCII")
                        .rule("ST's NPU compiler stops at such a character in any path")
                        .effect("nothing was generated")
                        .fix("name a folder for temporary files: JDK_JAVA_OPTIONS=-Djava.io.tmpdir=C:\\tmp")
                        .build());
    }

    /** Where the usual places for temporary files are, the one of this Java first. */
    static List<Path> usual() {
        return Stream.of(System.getProperty("java.io.tmpdir"), "/tmp", "/var/tmp", "C:\\Temp", "C:\\Windows\\Temp")
                .flatMap(WorkFolder::path)
                .distinct()
                .toList();
    }

    Path path() {
        return folder;
    }

    /** True where every character of a path is one that the compiler takes. */
    static boolean ascii(Path path) {
        return StandardCharsets.US_ASCII.newEncoder().canEncode(path.toString());
    }

    /** A name made of letters, digits and underscores, as C and the compiler take it. */
    static String plainName(String name) {
        String plain = name.replaceAll("[^A-Za-z0-9_]", "_");
        return plain.isEmpty() || !Character.isLetter(plain.charAt(0)) ? "m" + plain : plain;
    }

    @Override
    public void close() {
        delete(folder);
        unfinished.close();
    }

    private static Stream<Path> path(String text) {
        try {
            return text == null ? Stream.empty() : Stream.of(Path.of(text));
        } catch (InvalidPathException foreign) {
            return Stream.empty();
        }
    }

    private static void delete(Path root) {
        try (Stream<Path> tree = Files.walk(root)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | UncheckedIOException stays) {
            // Temporary files of the system: what cannot be deleted now is deleted with them.
            return;
        }
    }
}
