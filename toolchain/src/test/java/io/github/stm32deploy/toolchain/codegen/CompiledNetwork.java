// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A generated network built with the host's gcc, with the warnings and sanitizers the project demands. */
final class CompiledNetwork {
    private static final List<String> FLAGS = List.of(
            "-std=c11",
            "-O2",
            "-g1",
            "-Wall",
            "-Wextra",
            "-Wconversion",
            "-Wdouble-promotion",
            "-Werror",
            "-ffp-contract=off",
            "-fsanitize=address,undefined",
            "-fno-sanitize-recover=all");
    private static List<Path> library;

    private final Path executable;
    private final Path weights;

    private CompiledNetwork(Path executable, Path weights) {
        this.executable = executable;
        this.weights = weights;
    }

    static void assumeCompiler() {
        boolean present;
        try {
            present = new ProcessBuilder("gcc", "--version")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException absent) {
            present = false;
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
        Assumptions.assumeTrue(present, "gcc is not installed");
    }

    private static Path sources() {
        return Path.of(System.getProperty("user.dir"))
                .resolveSibling("firmware-templates")
                .resolve("src/main/c");
    }

    /** Kernels and runtime, compiled once for all tests of this JVM. */
    private static synchronized List<Path> library() throws IOException {
        if (library != null) {
            return library;
        }
        Path folder = Files.createDirectories(Path.of("target", "n6-library").toAbsolutePath());
        List<Path> objects = new ArrayList<>();
        for (String module : List.of("kernels", "network")) {
            try (Stream<Path> files = Files.list(sources().resolve(module))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".c"))
                        .sorted()
                        .toList()) {
                    Path object = folder.resolve(file.getFileName() + ".o");
                    List<String> command = new ArrayList<>(List.of("gcc"));
                    command.addAll(FLAGS);
                    command.addAll(includes());
                    command.addAll(List.of("-c", file.toString(), "-o", object.toString()));
                    run(command, new byte[0]);
                    objects.add(object);
                }
            }
        }
        library = objects;
        return objects;
    }

    private static List<String> includes() {
        return List.of(
                "-I" + sources().resolve("include"),
                "-I" + sources().resolve("kernels"),
                "-I" + sources().resolve("network"));
    }

    static CompiledNetwork of(CpuNetwork network, Path folder) throws IOException {
        Files.createDirectories(folder);
        for (var file : network.files().entrySet()) {
            Files.write(folder.resolve(file.getKey()), file.getValue());
        }
        Path probe = folder.resolve("network_probe.c");
        try (InputStream source = CompiledNetwork.class.getResourceAsStream("network_probe.c")) {
            Files.write(probe, source.readAllBytes());
        }
        Path executable = folder.resolve("probe");
        List<String> command = new ArrayList<>(List.of("gcc"));
        command.addAll(FLAGS);
        command.addAll(includes());
        command.add("-I" + folder);
        command.add("-DPROBE_NETWORK=" + network.identifier());
        command.add("-DPROBE_ARENA_BYTES=" + Math.max(1, network.plan().peakBytes()));
        command.add("-DPROBE_WEIGHTS_BYTES=" + network.weightsBytes());
        command.addAll(List.of(probe.toString(), folder.resolve("network.c").toString()));
        library().forEach(object -> command.add(object.toString()));
        command.addAll(List.of("-lm", "-o", executable.toString()));
        run(command, new byte[0]);
        return new CompiledNetwork(executable, folder.resolve("weights.bin"));
    }

    byte[] run(String mode, byte[] input) throws IOException {
        return run(List.of(executable.toString(), weights.toString(), mode), input);
    }

    /** Status of n6_network_init on the weights with one bit flipped. */
    int initWithFlippedBit(long bit) throws IOException {
        byte[] printed =
                run(List.of(executable.toString(), weights.toString(), "init", Long.toString(bit)), new byte[0]);
        return Integer.parseInt(new String(printed, java.nio.charset.StandardCharsets.US_ASCII).trim());
    }

    private static byte[] run(List<String> command, byte[] input) throws IOException {
        Path errors = Files.createTempFile("n6-probe", ".txt");
        Process process =
                new ProcessBuilder(command).redirectError(errors.toFile()).start();
        Thread writer = new Thread(() -> {
            try (var stdin = process.getOutputStream()) {
                stdin.write(input);
            } catch (IOException closed) {
                // The process ended early; its exit code tells why.
            }
        });
        writer.start();
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        process.getInputStream().transferTo(output);
        try {
            int exit = process.waitFor();
            writer.join();
            String text = Files.readString(errors);
            Files.delete(errors);
            if (exit != 0) {
                throw new AssertionError(String.join(" ", command) + "\nexit " + exit + "\n" + text);
            }
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        return output.toByteArray();
    }
}
