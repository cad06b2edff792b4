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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Builds the C kernels with their C test program and runs it on the host under sanitizers and on the emulated Cortex-M55.
 * The program compares every output byte with a plain reference and prints one checksum a kernel; all machines must
 * print the same.
 */
class KernelsTest {
    private static final Path MODULE = Path.of(System.getProperty("user.dir"));
    private static final Path LIBRARY = MODULE.resolve("src/main/c");
    private static final Path TESTS = MODULE.resolve("src/test/c");
    private static final List<String> STRICT = List.of(
            "-std=c11",
            "-ffp-contract=off",
            "-Wall",
            "-Wextra",
            "-Wconversion",
            "-Wdouble-promotion",
            "-Werror",
            "-I" + LIBRARY.resolve("include"),
            "-I" + TESTS,
            "-I" + TESTS.resolve("kernels"));
    private static final int FAULT = 4;

    private static List<String> hostChecksums;

    @TempDir
    Path work;

    private record Finished(int status, String output) {}

    @Test
    void kernelsAgreeWithTheReferenceOnTheHostUnderSanitizers() throws Exception {
        final List<String> lines = checksumsOnHost(work);
        assertThat(lines).hasSize(19).allMatch(line -> line.matches("\\w+ outputs \\d+ crc [0-9a-f]{8}"));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"cortex-m55, -O3", "cortex-m55, -Os", "cortex-m55+nomve, -O2"})
    void kernelsGiveTheSameBytesOnTheBoard(String cpu, String optimization) throws Exception {
        final Path program = buildForBoard(cpu, optimization, kernelTestSources());
        final Finished run = runOnBoard(program);
        assertThat(run.status()).as(run.output()).isZero();
        assertThat(run.output().lines()).containsExactlyElementsOf(checksumsOnHost(work));
    }

    @Test
    void boardFaultsOnAReadBehindABuffer() throws Exception {
        final Path program = buildForBoard("cortex-m55", "-O2", List.of(TESTS.resolve("guard_self_test.c")));
        final Finished run = runOnBoard(program);
        assertThat(run.output()).startsWith("inside\nFAULT");
        assertThat(run.status()).isEqualTo(FAULT);
    }

    @Test
    void hostStopsOnAReadBehindABuffer() throws Exception {
        final Path program = buildForHost(work, List.of(TESTS.resolve("guard_self_test.c")));
        final Finished run = run(List.of(program.toString()));
        assertThat(run.status()).isNotZero();
        assertThat(run.output()).contains("heap-buffer-overflow");
    }

    private static synchronized List<String> checksumsOnHost(Path work) throws Exception {
        if (hostChecksums == null) {
            final Finished run =
                    run(List.of(buildForHost(work, kernelTestSources()).toString()));
            assertThat(run.status()).as(run.output()).isZero();
            hostChecksums = run.output().lines().toList();
        }
        return hostChecksums;
    }

    private static List<Path> kernelTestSources() throws IOException {
        final List<Path> sources = new ArrayList<>(cFiles(TESTS.resolve("kernels")));
        sources.addAll(cFiles(LIBRARY.resolve("kernels")));
        return sources;
    }

    private static Path buildForHost(Path work, List<Path> sources) throws Exception {
        requireTool("gcc");
        final Path program = work.resolve("host-test");
        final List<String> command = new ArrayList<>(List.of("gcc", "-O1", "-g"));
        command.addAll(List.of("-fsanitize=address,undefined", "-fno-sanitize-recover=all"));
        command.addAll(STRICT);
        sources.forEach(source -> command.add(source.toString()));
        command.add(TESTS.resolve("test_support.c").toString());
        command.add(TESTS.resolve("host/host_support.c").toString());
        command.addAll(List.of("-o", program.toString(), "-lm"));
        build(command);
        return program;
    }

    private Path buildForBoard(String cpu, String optimization, List<Path> sources) throws Exception {
        requireTool("arm-none-eabi-gcc");
        requireTool("qemu-system-arm");
        final Path program = work.resolve("board-test.elf");
        final List<String> command =
                new ArrayList<>(List.of("arm-none-eabi-gcc", "-mcpu=" + cpu, "-mthumb", "-mfloat-abi=hard"));
        command.add(optimization);
        command.addAll(STRICT);
        command.addAll(List.of("-nostartfiles", "--specs=nosys.specs", "-Wl,--no-warn-rwx-segments"));
        command.addAll(List.of("-T", TESTS.resolve("board/mps3-an547.ld").toString()));
        sources.forEach(source -> command.add(source.toString()));
        command.add(TESTS.resolve("test_support.c").toString());
        command.add(TESTS.resolve("board/board_support.c").toString());
        command.addAll(List.of("-o", program.toString(), "-lm"));
        build(command);
        return program;
    }

    private static void build(List<String> command) throws Exception {
        final Finished build = run(command);
        assertThat(build.status()).as(build.output()).isZero();
    }

    private static Finished runOnBoard(Path program) throws Exception {
        final Finished run = run(List.of(
                "qemu-system-arm",
                "-M",
                "mps3-an547",
                "-nodefaults",
                "-display",
                "none",
                "-monitor",
                "none",
                "-chardev",
                "stdio,id=text",
                "-semihosting-config",
                "enable=on,target=native,chardev=text",
                "-kernel",
                program.toString()));
        // QEMU's own words (about the network card nobody uses) go to the same stream.
        final String own = run.output()
                .lines()
                .filter(line -> !line.startsWith("qemu-system-arm: warning:"))
                .reduce("", (text, line) -> text + line + "\n");
        return new Finished(run.status(), own);
    }

    private static Finished run(List<String> command) throws Exception {
        final Path output = Files.createTempFile("kernels-test", ".txt");
        try {
            final Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("no end after 120 s: " + String.join(" ", command));
            }
            return new Finished(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static void requireTool(String name) {
        final boolean present = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
        assumeTrue(present, name + " is not installed");
    }

    private static List<Path> cFiles(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".c")).sorted().toList();
        }
    }
}
