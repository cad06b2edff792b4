// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.stedgeai.report.CInfo;
import io.github.stm32deploy.stedgeai.report.ReportProblem;
import io.github.stm32deploy.stedgeai.report.TextReport;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.StReport;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** Reads reports, console logs and c_info files of the vendor's tool that a user has, and puts our prediction beside them. */
public final class ReadStReports {
    /** The largest known file, a c_info of 600 epochs, has 4 MB. */
    private static final int LARGEST = 256 << 20;

    private static final int DEPTH = 8;

    private static final List<String> TEXTS = List.of(".txt", ".log", ".out", ".json");

    private final Progress progress;

    public ReadStReports(Progress progress) {
        this.progress = progress;
    }

    /**
     * @param paths files or folders
     * @param model empty: no prediction
     * @param sdk empty: the release that each file names, else the newest
     * @param inputs shapes of inputs that the model leaves open
     */
    public record Request(
            List<Path> paths, Optional<Path> model, Board board, Optional<SdkVersion> sdk, Map<String, Shape> inputs) {}

    /** @param diagnoses what cannot be relied on; the same as in the report */
    public record Result(StReport report, List<Diagnosis> diagnoses) {
        public byte[] json() {
            return JsonFiles.toBytes(report);
        }
    }

    /** Runs and problems of one file. */
    record Read(String name, String kind, Optional<TextReport> text, Optional<CInfo> description) {
        List<ReportProblem> problems() {
            return text.map(TextReport::problems)
                    .or(() -> description.map(CInfo::problems))
                    .orElse(List.of());
        }

        boolean foreign() {
            return problems().stream().anyMatch(problem -> problem.kind() == ReportProblem.Kind.NO_REPORT);
        }
    }

    /**
     * @throws DiagnosedException of kind USAGE where a path is not there, or nothing of all that is named is a report; of kind
     *     ENVIRONMENT where a file cannot be read
     */
    public Result read(Request request) {
        List<Read> reads = new ArrayList<>();
        List<String> skipped = new ArrayList<>();
        List<Diagnosis> diagnoses = new ArrayList<>();
        for (Path path : request.paths()) {
            if (Files.isDirectory(path)) {
                for (Path file : filesIn(path)) {
                    progress.phase("reading " + file.getFileName());
                    String name = path.relativize(file).toString().replace('\\', '/');
                    Read read = readOne(file, name);
                    if (read.foreign()) {
                        skipped.add(name);
                    } else {
                        reads.add(read);
                    }
                }
            } else if (Files.exists(path)) {
                progress.phase("reading " + path.getFileName());
                Read read = readOne(path, path.getFileName().toString());
                reads.add(read);
            } else {
                throw new DiagnosedException(
                        Kind.USAGE,
                        Diagnosis.error("READ-FILE-MISSING", Stage.READ, "there is no such file or folder")
                                .where(path.toString())
                                .observed("nothing at this path")
                                .rule("PATH is a report, a c_info file, a console log, or a folder of such")
                                .effect("nothing was read")
                                .fix("check the path")
                                .build());
            }
        }
        reads.forEach(read -> read.problems().forEach(problem -> diagnoses.add(diagnosis(problem))));
        if (reads.stream().allMatch(Read::foreign)) {
            throw new DiagnosedException(Kind.USAGE, reads.isEmpty() ? List.of(nothing(request)) : diagnoses);
        }
        List<StReport.Comparison> comparisons =
                request.model().isPresent() ? new StReportComparison(request, progress).of(reads) : null;
        StReport report = new StReport(
                StReport.SCHEMA,
                reads.stream()
                        .filter(read -> !read.foreign())
                        .map(StReportParts::file)
                        .toList(),
                skipped,
                comparisons,
                ReportParts.findings(diagnoses));
        return new Result(report, diagnoses);
    }

    private static List<Path> filesIn(Path folder) {
        try (Stream<Path> files = Files.walk(folder, DEPTH)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> mayBe(file.getFileName().toString().toLowerCase(Locale.ROOT)))
                    .sorted()
                    .toList();
        } catch (IOException | java.io.UncheckedIOException unreadable) {
            throw unreadable(folder.toString(), unreadable.getMessage());
        }
    }

    private static boolean mayBe(String name) {
        String plain = name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
        return TEXTS.stream().anyMatch(plain::endsWith);
    }

    private static Read readOne(Path file, String name) {
        try {
            byte[] bytes = bytes(file);
            int start = 0;
            while (start < bytes.length && bytes[start] <= ' ' && bytes[start] >= 0) {
                start++;
            }
            if (start < bytes.length && bytes[start] == '{') {
                return new Read(
                        name,
                        "c_info",
                        Optional.empty(),
                        Optional.of(CInfo.read(name, new ByteArrayInputStream(bytes))));
            }
            String text = new String(bytes, StandardCharsets.UTF_8);
            return new Read(name, "text", Optional.of(TextReport.read(name, text)), Optional.empty());
        } catch (IOException unreadable) {
            throw unreadable(name, unreadable.getMessage());
        }
    }

    private static byte[] bytes(Path file) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            in.mark(2);
            boolean packed = in.read() == 0x1f && in.read() == 0x8b;
            in.reset();
            InputStream plain = packed ? new GZIPInputStream(in) : in;
            byte[] bytes = plain.readNBytes(LARGEST + 1);
            if (bytes.length > LARGEST) {
                throw new IOException("more than " + (LARGEST >> 20) + " MB");
            }
            return bytes;
        }
    }

    private static DiagnosedException unreadable(String where, String why) {
        return new DiagnosedException(
                Kind.ENVIRONMENT,
                Diagnosis.error("READ-FILE-UNREADABLE", Stage.READ, "the file cannot be read")
                        .where(where)
                        .observed(why == null ? "an error of the file system" : why)
                        .rule("a file is read whole; one that is packed has to unpack")
                        .effect("nothing was read")
                        .fix("check permissions, and the file itself")
                        .build());
    }

    private static Diagnosis nothing(Request request) {
        return Diagnosis.error("REPORT-NONE", Stage.READ, "nothing here is a report of ST Edge AI Core")
                .where(request.paths().get(0).toString())
                .observed("no file that ends in " + String.join(", ", TEXTS) + ", or with .gz behind, and is one")
                .rule("network_generate_report.txt, network_c_info.json and console logs of 2.0 to 4.0 are read")
                .effect("nothing was read")
                .fix("name the output folder of stedgeai (st_ai_output)")
                .build();
    }

    private static Diagnosis diagnosis(ReportProblem problem) {
        record Words(String code, Severity severity, String happened, String effect, String fix) {}
        Words words = switch (problem.kind()) {
            case TRUNCATED ->
                new Words(
                        "REPORT-TRUNCATED",
                        Severity.WRONG,
                        "the file breaks off",
                        "what would follow is missing from the figures",
                        "copy it again, or run the tool again");
            case NOT_UNDERSTOOD ->
                new Words(
                        "REPORT-NOT-UNDERSTOOD",
                        Severity.WRONG,
                        "a part of the file has a form that no known release writes",
                        "that part is left out of the figures",
                        "was it edited? If the release is newer than 4.0.1, its form is not known yet");
            case CONTRADICTION ->
                new Words(
                        "REPORT-CONTRADICTION",
                        Severity.WRONG,
                        "two figures of the file exclude each other",
                        "one of them is not what the tool wrote; neither can be relied on",
                        "take the file from where the tool wrote it");
            case NO_REPORT ->
                new Words(
                        "REPORT-NONE",
                        Severity.ERROR,
                        "the file is no report of ST Edge AI Core",
                        "nothing was read from it",
                        "name network_generate_report.txt, network_c_info.json or a console log");
        };
        return Diagnosis.of(words.severity(), words.code(), Stage.READ, words.happened())
                .where(problem.place().toString())
                .observed(problem.observed())
                .rule("expected: " + problem.expected())
                .effect(words.effect())
                .fix(words.fix())
                .build();
    }
}
