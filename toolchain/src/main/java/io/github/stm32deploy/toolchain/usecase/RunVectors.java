// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.deploy.CaseTarget;
import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException.Kind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.postprocess.CaseProgram;
import io.github.stm32deploy.toolchain.postprocess.GoldenCase;
import io.github.stm32deploy.toolchain.postprocess.GoldenNode;
import io.github.stm32deploy.toolchain.postprocess.GoldenRun;
import io.github.stm32deploy.toolchain.report.JsonFiles;
import io.github.stm32deploy.toolchain.report.VectorResults;
import io.github.stm32deploy.toolchain.report.VectorResults.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** Runs golden vector files of decoders, in Java or in C, and says how far each is from what it expects. */
public final class RunVectors {
    /** Index of a folder of vectors: no vector. */
    private static final String INDEX = "INDEX.json";

    /** Where the decoders run. */
    public enum On {
        /** The Java reference. */
        JAVA,
        /** The C, compiled for this machine with sanitizers. */
        HOST,
        /** The C, compiled for a Cortex-M55 with Helium, under QEMU. */
        QEMU
    }

    /** @param paths files, or folders whose files (.json) are taken, subfolders included */
    public record Request(List<Path> paths, On on) {
        public Request {
            paths = List.copyOf(paths);
        }
    }

    private final Progress progress;
    private final Function<On, CaseProgram> programs;

    public RunVectors(Progress progress) {
        this(progress, RunVectors::program);
    }

    RunVectors(Progress progress, Function<On, CaseProgram> programs) {
        this.progress = progress;
        this.programs = programs;
    }

    private static CaseProgram program(On on) {
        CaseTarget target = on == On.HOST ? CaseTarget.HOST : CaseTarget.BOARD;
        target.require();
        return target;
    }

    /**
     * Runs all files.
     *
     * @throws DiagnosedException of kind ENVIRONMENT where the C program cannot be made or run
     */
    public VectorResults run(Request request) {
        List<Path> files = files(request.paths());
        VectorResults.File[] results = new VectorResults.File[files.size()];
        Map<Integer, GoldenCase> runnable = new TreeMap<>();
        progress.phase("reading vectors");
        for (int i = 0; i < files.size(); i++) {
            progress.advance(i, files.size());
            read(files.get(i), i, request.on(), runnable, results);
        }
        if (request.on() == On.JAVA) {
            progress.phase("running in Java");
            runnable.forEach((i, golden) -> results[i] = inJava(files.get(i), golden));
        } else if (!runnable.isEmpty()) {
            inC(files, runnable, request.on(), results);
        }
        return VectorResults.of(request.on().name().toLowerCase(Locale.ROOT), List.of(results));
    }

    private static List<Path> files(List<Path> paths) {
        List<Path> files = new ArrayList<>();
        for (Path path : paths) {
            if (!Files.isDirectory(path)) {
                files.add(path);
                continue;
            }
            try (Stream<Path> tree = Files.walk(path)) {
                tree.filter(Files::isRegularFile)
                        .filter(file -> file.toString().endsWith(".json"))
                        .filter(file -> !file.getFileName().toString().equals(INDEX))
                        .sorted(Comparator.comparing(Path::toString))
                        .forEach(files::add);
            } catch (IOException unreadable) {
                files.add(path);
            }
        }
        return files;
    }

    private static void read(
            Path file, int index, On on, Map<Integer, GoldenCase> runnable, VectorResults.File[] results) {
        GoldenCase golden;
        try {
            golden = GoldenCase.of(new GoldenNode(JsonFiles.readTree(file)));
        } catch (IOException unreadable) {
            results[index] = unknown(file, "it cannot be read as JSON");
            return;
        } catch (IllegalArgumentException other) {
            results[index] = unknown(file, "it is no golden vector: " + other.getMessage());
            return;
        }
        Optional<String> obstacle = GoldenRun.obstacle(golden);
        if (obstacle.isPresent()) {
            results[index] = notRun(file, golden, obstacle.get());
        } else if (on != On.JAVA && !GoldenRun.hasC(golden)) {
            results[index] = inJava(file, golden);
        } else {
            // The parameters are read once before the C sees them: one file that misses some must not stop the others.
            VectorResults.File java = inJava(file, golden);
            if (on == On.JAVA || java.status() == Status.NOT_RUN) {
                results[index] = java;
            } else {
                runnable.put(index, golden);
            }
        }
    }

    private static VectorResults.File inJava(Path file, GoldenCase golden) {
        try {
            return result(file, golden, GoldenRun.inJava(golden));
        } catch (IllegalArgumentException missing) {
            return notRun(file, golden, "its parameters are not understood: " + missing.getMessage());
        }
    }

    private static VectorResults.File unknown(Path file, String reason) {
        return new VectorResults.File(file.toString(), null, null, null, Status.NOT_RUN, null, null, null, reason);
    }

    private static VectorResults.File notRun(Path file, GoldenCase golden, String reason) {
        return new VectorResults.File(
                file.toString(), golden.id(), golden.family(), golden.kind(), Status.NOT_RUN, null, null, null, reason);
    }

    private static VectorResults.File result(Path file, GoldenCase golden, GoldenRun.Result result) {
        boolean finite = Double.isFinite(result.partOfTolerance()) && Double.isFinite(result.worstDifference());
        return new VectorResults.File(
                file.toString(),
                golden.id(),
                golden.family(),
                golden.kind(),
                result.passed() ? Status.PASSED : Status.FAILED,
                finite ? result.worstDifference() : null,
                finite ? result.partOfTolerance() : null,
                result.where().isEmpty() ? null : result.where(),
                result.mismatch()
                        .orElse(
                                finite
                                        ? null
                                        : "a number differs that has to be equal, or one of the two is not finite"));
    }

    private void inC(List<Path> files, Map<Integer, GoldenCase> runnable, On on, VectorResults.File[] results) {
        CaseProgram program = programs.apply(on);
        progress.phase("running in C");
        Path[] folder = new Path[1];
        UnfinishedWork work = UnfinishedWork.begin(() -> delete(folder[0]));
        try {
            folder[0] = Files.createTempDirectory("stm32-deploy-vectors");
            List<GoldenRun.Result> found = GoldenRun.inC(List.copyOf(runnable.values()), program, folder[0]);
            int next = 0;
            for (Map.Entry<Integer, GoldenCase> entry : runnable.entrySet()) {
                results[entry.getKey()] = result(files.get(entry.getKey()), entry.getValue(), found.get(next++));
            }
        } catch (IOException failure) {
            throw new DiagnosedException(
                    Kind.ENVIRONMENT,
                    Diagnosis.error(
                                    "VECTORS-PROGRAM-FAILED",
                                    Stage.RUN,
                                    "the C program that runs the vectors does not compile or run")
                            .where(on == On.HOST ? "this machine" : "Cortex-M55 under QEMU")
                            .observed(String.valueOf(failure.getMessage()))
                            .rule("the decoders are compiled with gcc or clang and, on this machine, with sanitizers")
                            .effect("no vector is run in C")
                            .fix("stm32-deploy vectors PATH --on java    (the reference needs no compiler)")
                            .build());
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", interrupted);
        } finally {
            delete(folder[0]);
            work.close();
        }
    }

    private static void delete(Path folder) {
        if (folder == null) {
            return;
        }
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException left) {
            // A temporary folder that stays is the system's to remove.
        }
    }
}
