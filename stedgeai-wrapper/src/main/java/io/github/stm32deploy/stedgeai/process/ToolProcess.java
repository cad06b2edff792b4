// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.process;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Runs a program of ST with limits: for the whole time, for the time without output, and on request. Whatever ends it, the
 * program and all processes that it started are gone when {@link #run} returns (the compiler {@code atonn} is a child of
 * {@code stedgeai} and outlives it otherwise). No shell is involved: arguments arrive as they are.
 */
public final class ToolProcess {
    private static final long POLL_MILLIS = 50;

    /**
     * Inherited by everything that a program starts: a child whose parent ended is no longer its descendant, and is known by
     * this on Linux.
     */
    private static final String MARK = "STM32_DEPLOY_RUN";

    /** Output that is still in the pipe after the end. */
    private static final Duration DRAIN = Duration.ofSeconds(2);

    private static final Duration KILL_PATIENCE = Duration.ofSeconds(2);

    private ToolProcess() {}

    /**
     * @param command program and arguments
     * @param folder in which it runs
     * @param environment added to that of this process
     * @param limit for the whole run
     * @param silence longest time without any output
     * @param log file that everything printed is appended to, byte for byte
     */
    public record Command(
            List<String> command,
            Path folder,
            Map<String, String> environment,
            Duration limit,
            Duration silence,
            Path log) {
        public Command {
            command = List.copyOf(command);
            environment = Map.copyOf(environment);
            Objects.requireNonNull(folder);
            Objects.requireNonNull(limit);
            Objects.requireNonNull(silence);
            Objects.requireNonNull(log);
        }
    }

    /**
     * Runs to the end, or until a limit.
     *
     * @param heard gets each line and each state of a progress bar as it comes; called from another thread
     * @throws IOException where the program cannot be started or the log cannot be written
     * @throws InterruptedException where the calling thread was interrupted; the program is gone by then
     */
    public static ToolOutcome run(Command command, Cancellation cancellation, Consumer<OutputPiece> heard)
            throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command.command())
                .directory(command.folder().toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(nothing()));
        // Messages are matched, so they must not depend on the user's language.
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("PYTHONUNBUFFERED", "1");
        builder.environment().putAll(command.environment());
        String mark = ProcessHandle.current().pid() + "-" + System.nanoTime();
        builder.environment().put(MARK, mark);
        Map<Long, ProcessHandle> family = new LinkedHashMap<>();
        cancellation.begins();
        try (OutputStream log =
                Files.newOutputStream(command.log(), StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            if (cancellation.asked()) {
                return new ToolOutcome(ToolOutcome.End.CANCELLED, 0, List.of());
            }
            Process process = builder.start();
            OutputReader reader = new OutputReader(process.getInputStream(), log, heard);
            try {
                reader.start();
                ToolOutcome.End end = await(command, process, reader, cancellation, family);
                int status = end == ToolOutcome.End.EXITED ? process.exitValue() : 0;
                kill(process, family, mark);
                reader.finish(DRAIN);
                return new ToolOutcome(end, status, reader.lines());
            } finally {
                kill(process, family, mark);
                reader.finish(Duration.ZERO);
            }
        } finally {
            cancellation.ended();
        }
    }

    private static ToolOutcome.End await(
            Command command,
            Process process,
            OutputReader reader,
            Cancellation cancellation,
            Map<Long, ProcessHandle> family)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
            process.descendants().forEach(child -> family.put(child.pid(), child));
            reader.check();
            long now = System.nanoTime();
            if (cancellation.asked()) {
                return ToolOutcome.End.CANCELLED;
            }
            if (now - start > command.limit().toNanos()) {
                return ToolOutcome.End.TIMED_OUT;
            }
            if (now - Math.max(start, reader.lastHeardNanos())
                    > command.silence().toNanos()) {
                return ToolOutcome.End.SILENT;
            }
        }
        return ToolOutcome.End.EXITED;
    }

    /** Kills what is left of the program and of everything it started, and waits until it has gone. */
    private static void kill(Process process, Map<Long, ProcessHandle> family, String mark) {
        // From the top, so that a program that loses its child does not start the next one.
        List<ProcessHandle> all = new ArrayList<>();
        all.add(process.toHandle());
        process.descendants().forEach(all::add);
        family.values().stream().filter(known -> !all.contains(known)).forEach(all::add);
        marked(mark).stream().filter(known -> !all.contains(known)).forEach(all::add);
        all.forEach(one -> {
            if (one.isAlive()) {
                one.destroyForcibly();
            }
        });
        long end = System.nanoTime() + KILL_PATIENCE.toNanos();
        boolean interrupted = false;
        while (all.stream().anyMatch(ToolProcess::runs) && System.nanoTime() < end) {
            try {
                Thread.sleep(1);
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Processes that carry the mark of a run, as Linux shows them; none elsewhere. */
    private static List<ProcessHandle> marked(String mark) {
        Path processes = Path.of("/proc");
        List<ProcessHandle> found = new ArrayList<>();
        if (!Files.isDirectory(processes)) {
            return found;
        }
        String wanted = "\0" + MARK + "=" + mark + "\0";
        ProcessHandle.allProcesses()
                .filter(one ->
                        environment(processes.resolve(Long.toString(one.pid()))).contains(wanted))
                .forEach(found::add);
        return found;
    }

    private static String environment(Path process) {
        try {
            return "\0" + Files.readString(process.resolve("environ"), StandardCharsets.ISO_8859_1) + "\0";
        } catch (IOException gone) {
            // It has ended, or is of another user and hence not ours.
            return "";
        }
    }

    /** A process that ended and that its parent did not ask about (a zombie) has no command any more. */
    private static boolean runs(ProcessHandle process) {
        return process.isAlive() && process.info().command().isPresent();
    }

    private static File nothing() {
        return new File(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
    }
}
