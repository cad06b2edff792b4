// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The C program that runs decoder cases: built with sanitizers for this machine, or for a Cortex-M55 under QEMU. */
enum CaseProgram {
    HOST(
            List.of("gcc"),
            List.of("gcc", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
            List.of()),
    BOARD(
            List.of("arm-none-eabi-gcc", "qemu-system-arm"),
            List.of("arm-none-eabi-gcc", "-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-O2"),
            List.of("--specs=rdimon.specs", "-Wl,--wrap=_sbrk", "-nostartfiles"));

    private static final List<String> STRICT = List.of(
            "-std=c11", "-ffp-contract=off", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror");

    private final List<String> tools;
    private final List<String> compiler;
    private final List<String> linking;

    CaseProgram(List<String> tools, List<String> compiler, List<String> linking) {
        this.tools = tools;
        this.compiler = compiler;
        this.linking = linking;
    }

    boolean isPresent() {
        List<String> folders = List.of(System.getenv().getOrDefault("PATH", "").split(":"));
        return tools.stream()
                .allMatch(tool -> folders.stream().anyMatch(folder -> Files.isExecutable(Path.of(folder, tool))));
    }

    String absence() {
        return String.join(" or ", tools) + " is not installed";
    }

    /**
     * Runs cases.
     *
     * @param directory of the caller; what is compiled there stays for the next run
     * @return the lines it prints
     */
    List<String> run(Path directory, byte[] cases, String decoderSource, String decoderHeader)
            throws IOException, InterruptedException {
        Path folder = Files.createDirectories(directory.resolve(name().toLowerCase(Locale.ROOT)));
        Files.writeString(folder.resolve("decoder.c"), decoderSource);
        Files.writeString(folder.resolve("decoder.h"), decoderHeader);
        Path input = Files.write(folder.resolve("cases.bin"), cases);
        Path program = compiled(folder);
        List<String> command = this == HOST
                ? List.of(program.toString(), input.toString())
                : List.of(
                        "qemu-system-arm",
                        "-M",
                        "mps3-an547",
                        "-nographic",
                        "-monitor",
                        "none",
                        "-serial",
                        "null",
                        "-semihosting-config",
                        "enable=on,target=native,arg=cases,arg=" + input,
                        "-kernel",
                        program.toString());
        Path text = folder.resolve("answers.txt");
        execute(folder, text, command);
        return Files.readAllLines(text);
    }

    /** The library is compiled once in a folder; the generated decoder each time. */
    private Path compiled(Path folder) throws IOException, InterruptedException {
        Path c = Path.of(System.getProperty("user.dir")).resolveSibling("firmware-templates/src");
        Path tests = c.resolve("test/c/postprocess");
        Path objects = folder.resolve("objects");
        if (Files.notExists(objects)) {
            Files.createDirectory(objects);
            List<String> command = compiler(c);
            command.add("-c");
            command.add(tests.resolve("n6_postprocess_cases.c").toString());
            if (this == BOARD) {
                command.add(tests.resolve("board/n6_semihosting_start.c").toString());
            }
            try (Stream<Path> sources = Files.list(c.resolve("main/c/postprocess"))) {
                sources.map(Path::toString)
                        .filter(name -> name.endsWith(".c"))
                        .sorted()
                        .forEach(command::add);
            }
            execute(objects, folder.resolve("gcc.txt"), command);
        }
        Path program = folder.resolve("cases");
        List<String> command = compiler(c);
        command.addAll(linking);
        command.addAll(
                List.of("-o", program.toString(), folder.resolve("decoder.c").toString()));
        try (Stream<Path> files = Files.list(objects)) {
            files.map(Path::toString).sorted().forEach(command::add);
        }
        if (this == BOARD) {
            command.addAll(List.of("-T", tests.resolve("board/mps3-an547.ld").toString(), semihostingStart(folder)));
        }
        command.add("-lm");
        execute(folder, folder.resolve("gcc.txt"), command);
        return program;
    }

    private List<String> compiler(Path c) {
        List<String> command = new ArrayList<>(compiler);
        command.addAll(STRICT);
        command.add("-I" + c.resolve("main/c/include"));
        command.add("-I" + c.resolve("main/c/postprocess"));
        return command;
    }

    /** newlib's own start file, which opens the host's files. */
    private String semihostingStart(Path folder) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(compiler);
        command.add("-print-file-name=rdimon-crt0.o");
        Path answer = folder.resolve("crt0.txt");
        execute(folder, answer, command);
        return Files.readString(answer).strip();
    }

    private static void execute(Path directory, Path output, List<String> command)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(output.toFile())
                .start();
        try {
            if (!process.waitFor(5, TimeUnit.MINUTES)) {
                throw new IllegalStateException(command.get(0) + " did not end");
            }
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            String text = Files.readString(output);
            throw new IllegalStateException(command.get(0) + " ended with " + process.exitValue() + ":\n"
                    + text.substring(Math.max(0, text.length() - 4000)));
        }
    }
}
