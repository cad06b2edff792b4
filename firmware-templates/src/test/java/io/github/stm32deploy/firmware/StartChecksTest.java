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
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory test, clock arithmetic, fault texts and the list of checks, on the host under sanitizers. */
class StartChecksTest {
    private static final Path MODULE = Path.of(System.getProperty("user.dir"));
    private static final Path APPLICATION = MODULE.resolve("src/main/c/app");
    private static final Path TEST = MODULE.resolve("src/test/c/app");

    @TempDir
    Path work;

    @Test
    void misbehavingMemoriesAndClocksAreFound() throws Exception {
        assumeTrue(onPath("cc"), "no C compiler is installed");
        Path program = work.resolve("start_checks");
        List<String> build = new ArrayList<>(List.of(
                "cc",
                "-std=c11",
                "-g",
                "-fsanitize=address,undefined",
                "-fno-sanitize-recover=all",
                "-Wall",
                "-Wextra",
                "-Wconversion",
                "-Wdouble-promotion",
                "-Werror",
                "-I" + TEST,
                "-I" + APPLICATION,
                "-I" + MODULE.resolve("src/main/c/port"),
                "-I" + MODULE.resolve("src/main/c/include"),
                "-o",
                program.toString(),
                TEST.resolve("start_checks_test.c").toString()));
        for (String source : List.of("n6_checks", "n6_memory_test", "n6_clock_check", "n6_regions", "n6_fault")) {
            build.add(APPLICATION.resolve(source + ".c").toString());
        }
        String warnings = output(build);
        assertThat(warnings).isEmpty();

        List<String> lines = output(List.of(program.toString())).lines().toList();

        assertThat(lines).hasSizeGreaterThan(20).allMatch(line -> line.endsWith(" ok"));
    }

    private static boolean onPath(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private String output(List<String> command) throws IOException, InterruptedException {
        Path log = work.resolve("log");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        String text = Files.readString(log, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(text).isZero();
        return text;
    }
}
