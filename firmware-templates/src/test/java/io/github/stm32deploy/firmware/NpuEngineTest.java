// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.firmware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The engine that runs a network on the NPU, over a stand-in for ST's runtime and with a clock that the test moves: once
 * over each of the runtime's two interfaces, under sanitizers. The cases are in {@code npu/npu_test.c}.
 */
class NpuEngineTest {
    private static final Path MODULE = Path.of(System.getProperty("user.dir"));
    private static final Path LIBRARY = MODULE.resolve("src/main/c");
    private static final Path TESTS = MODULE.resolve("src/test/c/npu");
    private static final Path PROTOCOL =
            MODULE.resolveSibling("device-protocol").resolve("src/main/c");

    /** Only return codes can tell it: the interface without them has none. */
    private static final String NEEDS_RETURN_CODES = "tells_an_answer_of_the_runtime";

    @TempDir
    Path work;

    /** Which functions of the runtime the engine calls. */
    enum Api {
        LL_ATON(
                "n6_npu_ll_aton.c",
                List.of("-DN6_NPU_NETWORK=Default", "-DSTANDIN_NAME(prefix)=prefix##Default"),
                List.of()),
        STAI(
                "n6_npu_stai.c",
                List.of(
                        "-DN6_NPU_NETWORK=network",
                        "-DSTANDIN_NAME(prefix)=prefix##network",
                        "-DN6_NPU_STAI_HEADER=\"stai_network.h\""),
                List.of("network/stai_network.c"));

        final String source;
        final List<String> definitions;
        final List<String> network;

        Api(String source, List<String> definitions, List<String> network) {
            this.source = source;
            this.definitions = definitions;
            this.network = network;
        }
    }

    private record Finished(int status, String output) {}

    @ParameterizedTest
    @EnumSource
    void runsTimesTestsAndReportsWhatFails(Api api) throws Exception {
        assumeTrue(present("gcc"), "gcc is not installed");
        Path program = build(api);
        List<String> cases = run(List.of(program.toString())).output().lines().toList();
        assertThat(cases).hasSizeGreaterThan(12).contains("tells_a_hanging_block", NEEDS_RETURN_CODES);
        for (String name : cases) {
            if (api == Api.LL_ATON && name.equals(NEEDS_RETURN_CODES)) {
                continue;
            }
            Finished finished = run(List.of(program.toString(), name));
            assertThat(finished.status()).as(name + "\n" + finished.output()).isZero();
        }
    }

    private Path build(Api api) throws Exception {
        Path program = work.resolve("npu-test");
        List<String> command = new ArrayList<>(List.of("gcc", "-std=c11", "-O1", "-g"));
        command.addAll(List.of("-fsanitize=address,undefined", "-fno-sanitize-recover=all"));
        command.addAll(List.of("-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror"));
        command.add("-DN6_NPU_CACHE_INIT=0");
        command.addAll(api.definitions);
        for (String folder : List.of("npu", "app", "port", "include")) {
            command.add("-I" + LIBRARY.resolve(folder));
        }
        command.add("-I" + PROTOCOL);
        for (String folder :
                List.of("runtime/Npu/ll_aton", "runtime/Npu/Devices/STM32N6xx", "runtime/Inc", "network")) {
            command.add("-I" + TESTS.resolve(folder));
        }
        command.add(TESTS.resolve("npu_test.c").toString());
        command.add(TESTS.resolve("network/network.c").toString());
        api.network.forEach(file -> command.add(TESTS.resolve(file).toString()));
        command.addAll(sources(TESTS.resolve("runtime/Npu/ll_aton")));
        command.addAll(sources(TESTS.resolve("runtime/Npu/Devices/STM32N6xx")));
        sources(LIBRARY.resolve("npu")).stream()
                .filter(file -> file.endsWith(api.source) || !isApi(file))
                .forEach(command::add);
        command.add(LIBRARY.resolve("app/n6_checks.c").toString());
        command.add(PROTOCOL.resolve("n6_crc32.c").toString());
        command.addAll(List.of("-o", program.toString()));
        Finished built = run(command);
        assertThat(built.status()).as(built.output()).isZero();
        return program;
    }

    private static boolean isApi(String file) {
        return Stream.of(Api.values()).anyMatch(api -> file.endsWith(api.source));
    }

    private static List<String> sources(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::toString)
                    .filter(file -> file.endsWith(".c"))
                    .sorted()
                    .toList();
        }
    }

    private static Finished run(List<String> command) throws Exception {
        Path output = Files.createTempFile("npu-test", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(output.toFile())
                    .start();
            if (!process.waitFor(120, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError("no end after 120 s: " + String.join(" ", command));
            }
            return new Finished(process.exitValue(), Files.readString(output));
        } finally {
            Files.deleteIfExists(output);
        }
    }

    private static boolean present(String tool) {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, tool)));
    }
}
