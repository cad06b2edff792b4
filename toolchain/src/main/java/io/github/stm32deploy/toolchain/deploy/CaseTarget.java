// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import io.github.stm32deploy.toolchain.firmware.CaseSources;
import io.github.stm32deploy.toolchain.postprocess.CaseProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where the C program that runs decoder cases runs: built with sanitizers for this machine, or for a Cortex-M55 under QEMU
 * with semihosting (mps3-an547), each in two ways that have to give the same. The library is the one that firmware links.
 */
public enum CaseTarget implements CaseProgram {
    HOST(
            List.of(ToolLocator.Kind.HOST_GCC),
            List.of(),
            List.of("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
            List.of()),
    HOST_CLANG(
            List.of(),
            List.of("clang", "clang-20", "clang-19", "clang-18", "clang-17", "clang-16", "clang-15", "clang-14"),
            HOST.machine,
            List.of()),
    BOARD(
            List.of(ToolLocator.Kind.ARM_GCC, ToolLocator.Kind.NEWLIB, ToolLocator.Kind.QEMU),
            List.of(),
            List.of("-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard", "-O2"),
            List.of("--specs=rdimon.specs", "-Wl,--wrap=_sbrk", "-nostartfiles")),
    BOARD_WITHOUT_HELIUM(
            BOARD.tools,
            List.of(),
            List.of("-mcpu=cortex-m55+nomve", "-mthumb", "-mfloat-abi=hard", "-O2"),
            BOARD.linking);

    private static final List<String> STRICT = List.of(
            "-std=c11", "-ffp-contract=off", "-Wall", "-Wextra", "-Wconversion", "-Wdouble-promotion", "-Werror");
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final int LAST_CHARACTERS = 4000;

    private final List<ToolLocator.Kind> tools;
    private final List<String> compilers;
    private final List<String> machine;
    private final List<String> linking;

    /**
     * @param tools that it needs, the compiler first
     * @param compilers names of which one is the compiler, where that is no tool of the program
     */
    CaseTarget(List<ToolLocator.Kind> tools, List<String> compilers, List<String> machine, List<String> linking) {
        this.tools = tools;
        this.compilers = compilers;
        this.machine = machine;
        this.linking = linking;
    }

    /** Whether its tools are installed. */
    public boolean isPresent() {
        ToolLocator locator = new ToolLocator();
        return tools.stream().allMatch(locator::isPresent)
                && (compilers.isEmpty() || locator.program(compilers).isPresent());
    }

    /** Sentence for a target that is not present. */
    public String absence() {
        return "a tool of " + tools + compilers + " is not installed";
    }

    /**
     * Fails where a tool is missing.
     *
     * @throws io.github.stm32deploy.toolchain.diagnose.DiagnosedException with the tool's own code
     */
    public void require() {
        ToolLocator locator = new ToolLocator();
        tools.forEach(locator::require);
    }

    @Override
    public List<String> run(Path directory, byte[] cases, Map<String, String> generated)
            throws IOException, InterruptedException {
        Path folder = Files.createDirectories(directory.toAbsolutePath().resolve(name().toLowerCase(Locale.ROOT)));
        for (Map.Entry<String, String> file : generated.entrySet()) {
            Files.writeString(folder.resolve(file.getKey()), file.getValue());
        }
        Files.write(folder.resolve("cases.bin"), cases);
        compile(folder, generated);
        if (!isBoard()) {
            return execute(folder, List.of(folder.resolve("cases").toString(), "cases.bin"));
        }
        return execute(
                folder,
                List.of(
                        new ToolLocator().require(ToolLocator.Kind.QEMU).toString(),
                        "-M",
                        "mps3-an547",
                        "-nographic",
                        "-monitor",
                        "none",
                        "-serial",
                        "null",
                        "-semihosting-config",
                        "enable=on,target=native,arg=cases,arg=cases.bin",
                        "-kernel",
                        folder.resolve("cases").toString()));
    }

    /** The library is compiled once in a folder; what is generated each time. */
    private void compile(Path folder, Map<String, String> generated) throws IOException, InterruptedException {
        Path c = folder.resolve("c");
        Path objects = folder.resolve("objects");
        if (Files.notExists(objects)) {
            CaseSources.write(c);
            Path unfinished = Files.createDirectories(folder.resolve("unfinished"));
            List<String> command = compiler(c);
            command.add("-c");
            command.addAll(files(c.resolve("cases"), ".c"));
            if (isBoard()) {
                command.add(c.resolve("cases/board/n6_semihosting_start.c").toString());
            }
            command.addAll(files(c.resolve("postprocess"), ".c"));
            execute(unfinished, command);
            Files.move(unfinished, objects);
        }
        List<String> command = compiler(c);
        command.addAll(linking);
        command.addAll(List.of("-I" + c.resolve("cases"), "-o", "cases"));
        generated.keySet().stream().filter(name -> name.endsWith(".c")).sorted().forEach(command::add);
        command.addAll(files(objects, ".o"));
        if (isBoard()) {
            command.addAll(List.of("-T", c.resolve("cases/board/mps3-an547.ld").toString(), semihostingStart(folder)));
        }
        command.add("-lm");
        execute(folder, command);
    }

    private static List<String> files(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(Path::toString)
                    .filter(name -> name.endsWith(suffix))
                    .sorted()
                    .toList();
        }
    }

    private List<String> compiler(Path c) {
        List<String> command = new ArrayList<>();
        command.add(compilerProgram().toString());
        command.addAll(machine);
        command.addAll(STRICT);
        command.add("-I" + c.resolve("include"));
        command.add("-I" + c.resolve("postprocess"));
        return command;
    }

    private Path compilerProgram() {
        ToolLocator locator = new ToolLocator();
        return compilers.isEmpty()
                ? locator.require(tools.get(0))
                : locator.program(compilers).orElseThrow(() -> new IllegalStateException(absence()));
    }

    private boolean isBoard() {
        return this == BOARD || this == BOARD_WITHOUT_HELIUM;
    }

    /** newlib's own start file, which opens the host's files. */
    private String semihostingStart(Path folder) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(compilerProgram().toString());
        command.addAll(machine);
        command.add("-print-file-name=rdimon-crt0.o");
        return String.join("", execute(folder, command)).strip();
    }

    private static List<String> execute(Path directory, List<String> command) throws IOException, InterruptedException {
        ChildProcess.Outcome outcome = ChildProcess.run(command, directory, PATIENCE);
        if (!outcome.succeeded()) {
            String text = outcome.output();
            throw new IOException(Path.of(command.get(0)).getFileName()
                    + outcome.status().map(status -> " ended with " + status).orElse(" did not end") + ":\n"
                    + text.substring(Math.max(0, text.length() - LAST_CHARACTERS)));
        }
        return outcome.output().lines().toList();
    }
}
