// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.run;

import io.github.stm32deploy.stedgeai.profile.MemoryPool;
import io.github.stm32deploy.stedgeai.report.CInfo;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Everything that a run of {@code generate} left in its output folder, looked at: which files there are, whether they are whole, and
 * whether each constant that the compiler placed has its bytes in a file.
 *
 * @param network empty where a problem keeps it from being used
 * @param description empty where there is none that can be read
 * @param problems what is missing, cut, or belongs to nothing; empty for a good run
 */
public record GeneratedFiles(Optional<GeneratedNetwork> network, Optional<CInfo> description, List<Problem> problems) {
    private static final String IMAGE_MARK = "_atonbuf.";
    private static final String IMAGE_END = ".raw";

    public GeneratedFiles {
        problems = List.copyOf(problems);
    }

    /** What is wrong with a file. */
    public enum Kind {
        /** The output folder itself is gone. */
        NO_FOLDER,
        /** A file that every run writes is not there. */
        MISSING,
        /** A file ends too early. */
        CUT,
        /** Constants that the compiler placed in a pool have no file. */
        WEIGHTS_MISSING,
        /** A file of constants has another size than the constants in its pool. */
        WEIGHTS_SIZE,
        /** A file of constants belongs to no pool that the compiler was given. */
        WEIGHTS_STRAY
    }

    /**
     * @param file name in the output folder
     * @param observed what is there
     * @param expected what belongs there
     */
    public record Problem(Kind kind, String file, String observed, String expected) {}

    /**
     * Reads the output folder.
     *
     * @param name of the network, the prefix of the files
     * @param pools that the compiler was given
     * @throws IOException where a file cannot be read
     */
    public static GeneratedFiles read(Path folder, String name, List<MemoryPool> pools, CoreVersion core)
            throws IOException {
        List<Problem> problems = new ArrayList<>();
        if (!Files.isDirectory(folder)) {
            problems.add(new Problem(Kind.NO_FOLDER, folder.getFileName().toString(), "no such folder", "the output"));
            return new GeneratedFiles(Optional.empty(), Optional.empty(), problems);
        }
        List<Path> files = names(folder);
        Path source = Path.of(name + ".c");
        Path description = Path.of(name + "_c_info.json");
        require(source, files, problems);
        require(description, files, problems);
        List<Path> sources = new ArrayList<>();
        List<Path> headers = new ArrayList<>();
        for (Path file : files) {
            String text = file.toString();
            if (text.endsWith(".c") || text.endsWith(".h")) {
                (text.endsWith(".c") ? sources : headers).add(file);
                checkWhole(folder.resolve(file), problems);
            }
        }
        Optional<CInfo> info =
                files.contains(description) ? description(folder, description, problems) : Optional.empty();
        List<WeightImage> images = images(folder, name, files, pools, problems);
        info.ifPresent(read -> compare(read, images, name, pools, problems));
        if (!problems.isEmpty() || info.isEmpty()) {
            return new GeneratedFiles(Optional.empty(), info, problems);
        }
        Path blobs = Path.of(name + "_ecblobs.h");
        Path report = Path.of(name + "_generate_report.txt");
        GeneratedNetwork network = new GeneratedNetwork(
                folder,
                name,
                sources,
                headers,
                images,
                sources.contains(Path.of("stai_" + name + ".c"))
                        ? GeneratedNetwork.Api.STAI
                        : GeneratedNetwork.Api.LL_ATON,
                core,
                firstWord(info.get().compilerVersion()),
                headers.contains(blobs) ? Optional.of(blobs) : Optional.empty(),
                files.contains(report) ? Optional.of(report) : Optional.empty(),
                description);
        return new GeneratedFiles(Optional.of(network), info, problems);
    }

    private static List<Path> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(Files::isRegularFile)
                    .map(file -> Path.of(file.getFileName().toString()))
                    .sorted()
                    .toList();
        }
    }

    private static void require(Path file, List<Path> files, List<Problem> problems) {
        if (!files.contains(file)) {
            problems.add(new Problem(Kind.MISSING, file.toString(), "not there", "written by every run"));
        }
    }

    /** A C file that was written to its end closes as many braces as it opens; checked on twelve published ones. */
    private static void checkWhole(Path file, List<Problem> problems) throws IOException {
        String text = Files.readString(file, StandardCharsets.ISO_8859_1);
        long opened = text.chars().filter(c -> c == '{').count();
        long closed = text.chars().filter(c -> c == '}').count();
        if (text.isBlank() || opened != closed) {
            problems.add(new Problem(
                    Kind.CUT,
                    file.getFileName().toString(),
                    text.isBlank() ? "an empty file" : opened + " braces opened, " + closed + " closed",
                    "a whole C file"));
        }
    }

    private static Optional<CInfo> description(Path folder, Path file, List<Problem> problems) throws IOException {
        try (InputStream json = Files.newInputStream(folder.resolve(file))) {
            CInfo info = CInfo.read(file.toString(), json);
            if (info.pools().isEmpty() || info.footprint().isEmpty()) {
                problems.add(new Problem(
                        Kind.CUT,
                        file.toString(),
                        info.problems().stream()
                                .findFirst()
                                .map(problem -> problem.observed())
                                .orElse("no memory_pools, no memory_footprint"),
                        "a whole c_info file"));
                return Optional.empty();
            }
            return Optional.of(info);
        }
    }

    private static List<WeightImage> images(
            Path folder, String name, List<Path> files, List<MemoryPool> pools, List<Problem> problems)
            throws IOException {
        List<WeightImage> images = new ArrayList<>();
        for (Path file : files) {
            String text = file.toString();
            if (!text.startsWith(name + IMAGE_MARK) || !text.endsWith(IMAGE_END)) {
                continue;
            }
            String suffix = text.substring((name + IMAGE_MARK).length(), text.length() - IMAGE_END.length());
            Optional<MemoryPool> pool = pools.stream()
                    .filter(one -> one.kind().fileSuffix().equals(suffix) && one.bytes() > 0)
                    .findFirst();
            long bytes = Files.size(folder.resolve(file));
            if (pool.isPresent() && bytes > 0) {
                images.add(new WeightImage(file, pool.get().name(), pool.get().start(), bytes));
            } else if (bytes > 0) {
                problems.add(new Problem(
                        Kind.WEIGHTS_STRAY, text, bytes + " bytes", "constants in pools that the compiler was given"));
            }
        }
        images.sort(Comparator.comparingLong(WeightImage::address));
        return images;
    }

    /**
     * Read-only pools hold constants and nothing else, so file and pool have one size. Constants in a writable pool lie among
     * activations: their file is needed as well, its size is not known from outside.
     */
    private static void compare(
            CInfo info, List<WeightImage> images, String name, List<MemoryPool> pools, List<Problem> problems) {
        for (CInfo.Pool pool : info.pools()) {
            long used = pool.usedBytes().asLong();
            if (pool.writable() || used == 0 || !pool.parts().isEmpty()) {
                continue;
            }
            String file = pools.stream()
                    .filter(one -> one.name().equals(pool.name()))
                    .map(one -> name + IMAGE_MARK + one.kind().fileSuffix() + IMAGE_END)
                    .findFirst()
                    .orElse(pool.name());
            Optional<WeightImage> image = images.stream()
                    .filter(one -> one.pool().equals(pool.name()))
                    .findFirst();
            if (image.isEmpty()) {
                problems.add(new Problem(Kind.WEIGHTS_MISSING, file, "not there", used + " bytes in " + pool.name()));
            } else if (image.get().bytes() != used) {
                problems.add(new Problem(
                        Kind.WEIGHTS_SIZE, file, image.get().bytes() + " bytes", used + " bytes in " + pool.name()));
            }
        }
    }

    private static String firstWord(String text) {
        int blank = text.indexOf(' ');
        return blank < 0 ? text : text.substring(0, blank);
    }
}
