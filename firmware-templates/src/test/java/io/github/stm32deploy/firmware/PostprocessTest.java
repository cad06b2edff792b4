// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The post-processing library on its own: compilers, the program of its README, and a short run of its fuzzer. */
class PostprocessTest {
    private static final Path MODULE = Path.of(System.getProperty("user.dir"));
    private static final Path LIBRARY = MODULE.resolve("src/main/c/postprocess");
    private static final Path BENCHMARK = MODULE.resolve("benchmarks/postprocess");
    private static final List<String> STRICT = List.of(
            "-std=c11",
            "-ffp-contract=off",
            "-Wall",
            "-Wextra",
            "-Wconversion",
            "-Wdouble-promotion",
            "-Werror",
            "-I" + MODULE.resolve("src/main/c/include"),
            "-I" + LIBRARY);
    private static final List<String> SANITIZED =
            List.of("-O1", "-g", "-fsanitize=address,undefined,float-cast-overflow", "-fno-sanitize-recover=all");

    @TempDir
    Path work;

    private record Finished(int status, String output) {}

    @ParameterizedTest
    @ValueSource(strings = {"gcc", "clang", "arm-none-eabi-gcc"})
    void everyFileCompilesWithoutAWarning(String compiler) throws Exception {
        List<String> command = new ArrayList<>(List.of(compiler(compiler), "-O2", "-c"));
        command.addAll(STRICT);
        if (compiler.startsWith("arm")) {
            command.addAll(List.of("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"));
        }
        command.addAll(cFiles(LIBRARY));
        run(command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gcc", "clang"})
    void theProgramOfTheReadmeFindsItsFace(String compiler) throws Exception {
        String readme = Files.readString(LIBRARY.resolve("README.md"));
        int start = readme.indexOf("```c\n") + 5;
        String program = readme.substring(start, readme.indexOf("```", start));
        Files.writeString(work.resolve("example.c"), program);
        List<String> command = new ArrayList<>(List.of(compiler(compiler)));
        command.addAll(SANITIZED);
        command.addAll(STRICT);
        command.add("example.c");
        command.addAll(cFiles(LIBRARY));
        command.addAll(List.of("-o", "example", "-lm"));
        run(command);

        String printed = run(List.of(work.resolve("example").toString())).output();

        assertThat(printed).isEqualTo("0.95: 16 19 to 56 69\n");
        assertThat(readme).contains("It prints `" + printed.strip() + "`");
    }

    @Test
    void pointsThatNoFamilyGivesAreRefused() throws Exception {
        Files.writeString(work.resolve("points.c"), """
                #include <stdio.h>
                #include "n6_candidates.h"
                #include "n6_decoder.h"
                static n6_status_t one_box(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                           n6_workspace_t *workspace) {
                    (void)parameters;
                    (void)outputs;
                    const n6_candidate_t box = {.x2 = 4.0f, .y2 = 4.0f, .width = 4.0f, .height = 4.0f, .score = 0.5f};
                    n6_candidates_offer(workspace, &box, NULL, output_count);
                    return N6_OK;
                }
                int main(void) {
                    n6_candidate_t candidates[2];
                    float landmarks[2 * 2 * 5], points[2 * 5];
                    uint16_t order[2];
                    n6_detection_t item;
                    n6_workspace_t workspace = {.candidates = candidates, .landmarks = landmarks, .order = order,
                                                .capacity = 2, .landmark_capacity = 5};
                    n6_detections_t found = {.items = &item, .landmarks = points, .capacity = 1};
                    n6_decoder_t decoder = {.decode = one_box, .landmark_count = 5, .nms = {.iou_threshold = 0.5f}};
                    printf("%d ", n6_decoder_run(&decoder, NULL, 0, &workspace, &found) == N6_ERROR_ARGUMENT);
                    decoder.landmark_count = 0;
                    printf("%d\\n", n6_decoder_run(&decoder, NULL, 0, &workspace, &found) == N6_OK);
                    return 0;
                }
                """);
        List<String> command = new ArrayList<>(List.of(compiler("gcc")));
        command.addAll(SANITIZED);
        command.addAll(STRICT);
        command.add("points.c");
        command.addAll(cFiles(LIBRARY));
        command.addAll(List.of("-o", "points", "-lm"));
        run(command);

        assertThat(run(List.of(work.resolve("points").toString())).output()).isEqualTo("1 1\n");
    }

    @Test
    void hostileOutputsLeaveTheMemoryAlone() throws Exception {
        List<String> command = new ArrayList<>(List.of(compiler("gcc")));
        command.addAll(SANITIZED);
        command.addAll(STRICT);
        command.addAll(
                List.of("-I" + BENCHMARK, "-I" + BENCHMARK.resolve("fuzz"), "-I" + MODULE.resolve("src/test/c")));
        command.addAll(cFiles(BENCHMARK.resolve("fuzz")));
        for (String file : List.of("mutate.c", "outputs.c", "plain.c", "priors.c")) {
            command.add(BENCHMARK.resolve(file).toString());
        }
        command.addAll(cFiles(BENCHMARK.resolve("families")));
        command.add(MODULE.resolve("src/test/c/test_support.c").toString());
        command.add(MODULE.resolve("src/test/c/host/host_support.c").toString());
        command.addAll(cFiles(LIBRARY));
        command.addAll(List.of("-o", "fuzz", "-lm"));
        run(command);

        // 300 seeds a family; fuzz.sh runs for as long as one likes.
        String printed =
                run(List.of(work.resolve("fuzz").toString(), "all", "300")).output();

        assertThat(printed.lines())
                .hasSizeGreaterThan(cFiles(BENCHMARK.resolve("families")).size())
                // Runs that no decoder takes would show nothing.
                .allMatch(line -> line.matches(".*: 300 runs, [1-9]\\d+ decoded"));
    }

    private static List<String> cFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::toString)
                    .filter(name -> name.endsWith(".c"))
                    .sorted()
                    .toList();
        }
    }

    /** The compiler by its name, or by its name with a version (clang-14). */
    private static String compiler(String name) {
        Optional<String> found = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .map(File::new)
                .flatMap(folder -> Stream.ofNullable(folder.list()).flatMap(Stream::of))
                .filter(file -> file.matches(name + "(-\\d+)?"))
                .sorted()
                .findFirst();
        assumeTrue(found.isPresent(), name + " is not installed");
        return found.get();
    }

    private Finished run(List<String> command) throws Exception {
        Path output = Files.createTempFile(work, "output", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(work.toFile())
                .redirectErrorStream(true)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(120, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
            throw new AssertionError("no end after 120 s: " + String.join(" ", command));
        }
        Finished finished = new Finished(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        assertThat(finished.status()).as(finished.output()).isZero();
        return finished;
    }
}
