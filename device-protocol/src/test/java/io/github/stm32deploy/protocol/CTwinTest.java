// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds the C twin with the host's gcc, Address- and UndefinedBehaviorSanitizer, and runs it. */
class CTwinTest {
    private static final Path MAIN = Path.of("src/main/c").toAbsolutePath();
    private static final Path TEST = Path.of("src/test/c").toAbsolutePath();
    private static final List<String> WARNINGS = List.of(
            "-std=c11", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror", "-ffp-contract=off");

    @TempDir
    Path folder;

    private record Outcome(int exitCode, String output) {}

    private static boolean installed(String program) {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(p -> Files.isExecutable(Path.of(p, program)));
    }

    @BeforeAll
    static void gccIsThere() {
        assumeTrue(installed("gcc"), "gcc is not installed");
    }

    private Outcome execute(List<String> command) throws IOException, InterruptedException {
        Path log = Files.createTempFile(folder, "out", ".txt");
        Process process = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
        }
        return new Outcome(process.waitFor(), Files.readString(log));
    }

    private static List<String> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::toString)
                    .filter(name -> name.endsWith(".c"))
                    .sorted()
                    .toList();
        }
    }

    private Path build(String program) throws IOException, InterruptedException {
        Path executable = folder.resolve(program);
        List<String> command = new ArrayList<>(List.of("gcc"));
        command.addAll(WARNINGS);
        command.addAll(List.of("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"));
        command.addAll(List.of("-I" + MAIN, "-I" + TEST, "-o", executable.toString()));
        command.addAll(List.of(TEST + "/" + program + ".c", TEST + "/vector_device.c"));
        command.addAll(sources(MAIN));
        Outcome outcome = execute(command);
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        return executable;
    }

    @Test
    void agreesWithTheSharedVectors() throws Exception {
        String vectors = Path.of("src/main/resources/io/github/stm32deploy/protocol/vectors")
                .toAbsolutePath()
                .toString();
        Outcome outcome = execute(List.of(build("vectors_test").toString(), vectors));
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        assertThat(outcome.output()).contains("0 failures");
    }

    @Test
    void survivesTenMillionFuzzedBytes() throws Exception {
        Outcome outcome = execute(List.of(build("fuzz_link").toString(), "10000000", "1"));
        assertThat(outcome.exitCode()).as(outcome.output()).isZero();
        System.Logger log = System.getLogger(CTwinTest.class.getName());
        log.log(System.Logger.Level.INFO, outcome.output());
    }

    @Test
    void compilesWithoutWarningsForTheM55() throws Exception {
        assumeTrue(installed("arm-none-eabi-gcc"), "arm-none-eabi-gcc is not installed");
        for (String source : sources(MAIN)) {
            List<String> command = new ArrayList<>(List.of("arm-none-eabi-gcc"));
            command.addAll(WARNINGS);
            command.addAll(List.of("-mcpu=cortex-m55", "-mfloat-abi=hard", "-mthumb", "-O2", "-c", source));
            Outcome outcome = execute(command);
            assertThat(outcome.exitCode()).as(outcome.output()).isZero();
            assertThat(outcome.output()).isEmpty();
        }
    }
}
