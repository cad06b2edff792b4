// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy.programmer;

import io.github.stm32deploy.stedgeai.process.Cancellation;
import io.github.stm32deploy.stedgeai.process.ToolOutcome;
import io.github.stm32deploy.stedgeai.process.ToolProcess;
import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Calls of STM32_Programmer_CLI for one board. Each call connects anew. Files are handed over by bare names in a folder
 * of this session, so that no character of a user's path reaches the tool.
 */
public final class ProgrammerSession {
    private static final String ATTACH = "HOTPLUG";
    private static final String UNDER_RESET = "UR";

    /** Slower than any probe that users report of. */
    private static final long LOWEST_BYTES_A_SECOND = 10_000;

    private static final Duration OVERHEAD = Duration.ofMinutes(2);
    private static final Duration SILENCE = Duration.ofMinutes(5);
    private static final long END_PATIENCE_MILLIS = 3_000;

    private final CubeProgrammer programmer;
    private final Path folder;
    private final Path log;
    private final Optional<String> probe;
    private final Optional<Duration> patience;
    private String mode = ATTACH;

    /**
     * @param folder for files on their way; exists
     * @param log gets everything the tool prints
     * @param probe serial number of the ST-LINK; empty where there is only one
     * @param patience longest time of one call; empty for one that grows with the bytes
     */
    public ProgrammerSession(
            CubeProgrammer programmer, Path folder, Path log, Optional<String> probe, Optional<Duration> patience) {
        this.programmer = Objects.requireNonNull(programmer);
        this.folder = Objects.requireNonNull(folder);
        this.log = Objects.requireNonNull(log);
        this.probe = Objects.requireNonNull(probe);
        this.patience = Objects.requireNonNull(patience);
    }

    /**
     * Writes bytes.
     *
     * @param role for messages: {@code weights}
     * @param loader external loader; empty for RAM
     * @throws DiagnosedException where the tool does not report success
     */
    public void write(String role, byte[] content, long address, Optional<Path> loader)
            throws IOException, InterruptedException {
        String name = role + ".bin";
        Files.write(folder.resolve(name), content);
        List<String> arguments = new ArrayList<>(loaderArguments(loader));
        if (loader.isPresent()) {
            arguments.add("-hardRst");
        }
        arguments.addAll(List.of("-w", name, hex(address)));
        run(
                arguments,
                content.length,
                "write " + role + " to " + hex(address),
                role + " is not on the board, or only half");
    }

    /**
     * Reads bytes back.
     *
     * @throws DiagnosedException where the tool does not report success or leaves no file of that length
     */
    public byte[] read(String role, long address, int bytes, Optional<Path> loader)
            throws IOException, InterruptedException {
        String name = role + "-read.bin";
        Files.deleteIfExists(folder.resolve(name));
        List<String> arguments = new ArrayList<>(loaderArguments(loader));
        arguments.addAll(List.of("-r", hex(address), "0x" + Integer.toHexString(bytes), name));
        run(arguments, bytes, "read " + role + " at " + hex(address), role + " was written and not verified");
        Path file = folder.resolve(name);
        return Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
    }

    /** Starts a program in RAM: halts the core, sets stack and program counter, lets it run. */
    public void start(long stack, long entry) throws IOException, InterruptedException {
        run(
                List.of("-halt", "-coreReg", "xPSR=0x01000000", "MSP=" + hex(stack), "PC=" + hex(entry), "-run"),
                0,
                "start the program at " + hex(entry),
                "the program was loaded and not started");
    }

    private static List<String> loaderArguments(Optional<Path> loader) {
        return loader.map(path -> List.of("-el", path.toString())).orElse(List.of());
    }

    private void run(List<String> arguments, long bytes, String doing, String effect)
            throws IOException, InterruptedException {
        ToolOutcome outcome = call(arguments, bytes);
        if (ProgrammerFailures.unreachable(outcome) && mode.equals(ATTACH)) {
            // Once a board has started from flash, attaching fails and connecting under reset works (reports of users).
            mode = UNDER_RESET;
            outcome = call(arguments, bytes);
        }
        Optional<DiagnosedException> failure = ProgrammerFailures.of(outcome, doing, effect, log);
        if (failure.isPresent()) {
            throw failure.get();
        }
    }

    private ToolOutcome call(List<String> arguments, long bytes) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of(programmer.executable().toAbsolutePath().toString(), "-c", "port=SWD", "mode=" + mode));
        probe.ifPresent(serial -> command.add("sn=" + serial));
        command.addAll(arguments);
        Duration limit = patience.orElse(OVERHEAD.plusSeconds(bytes / LOWEST_BYTES_A_SECOND));
        Cancellation cancellation = new Cancellation();
        UnfinishedWork work = UnfinishedWork.begin(() -> cancellation.cancelAndWait(END_PATIENCE_MILLIS));
        try {
            return ToolProcess.run(
                    new ToolProcess.Command(
                            command, folder, Map.of(), limit, limit.compareTo(SILENCE) < 0 ? limit : SILENCE, log),
                    cancellation,
                    piece -> {});
        } finally {
            work.close();
        }
    }

    private static String hex(long address) {
        return String.format(Locale.ROOT, "0x%08x", address);
    }
}
