// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Runs a program to its end, with its output caught. Neither a time limit, nor an interrupt of the calling thread, nor
 * the end of this program (Ctrl-C) leaves the child or what it started behind.
 */
final class ChildProcess {
    /** A process that the kernel does not let go of cannot be waited for. */
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(2);

    private static final long POLL_MILLIS = 10;

    private ChildProcess() {}

    /**
     * @param status exit status; empty where the time ran out
     * @param output standard output and error in the order in which they came
     */
    record Outcome(Optional<Integer> status, String output) {
        boolean succeeded() {
            return status.isPresent() && status.get() == 0;
        }
    }

    /**
     * Runs a command.
     *
     * @throws IOException where the program cannot be started
     * @throws InterruptedException where the calling thread was interrupted; the child is gone by then
     */
    static Outcome run(List<String> command, Path folder, Duration limit) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(nothing()));
        // Messages are read and shown, so they must not depend on the user's language or on a terminal.
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().put("CLICOLOR_FORCE", "0");
        builder.environment().remove("CMAKE_GENERATOR");
        AtomicReference<Process> started = new AtomicReference<>();
        UnfinishedWork work = UnfinishedWork.begin(() -> destroyTree(started.get()));
        try {
            Process process = builder.start();
            started.set(process);
            return outcome(process, command.get(0), limit);
        } finally {
            work.close();
        }
    }

    private static Outcome outcome(Process process, String name, Duration limit)
            throws IOException, InterruptedException {
        try {
            CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                destroyTree(process);
                return new Outcome(Optional.empty(), output.get());
            }
            return new Outcome(Optional.of(process.exitValue()), output.get());
        } catch (ExecutionException unreadable) {
            throw new IOException("output of " + name, unreadable.getCause());
        } finally {
            destroyTree(process);
        }
    }

    private static java.io.File nothing() {
        return new java.io.File(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
    }

    private static String text(InputStream stream) {
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException closed) {
            return "";
        }
    }

    /** Kills a process with all that it started, and waits until they have gone: they may be writing files. */
    private static void destroyTree(Process process) {
        if (process == null || !process.isAlive()) {
            return;
        }
        List<ProcessHandle> killed = new ArrayList<>();
        // From the top, so that a build tool that loses its compiler does not start the next one.
        kill(process.toHandle(), killed);
        awaitEnd(killed);
    }

    private static void awaitEnd(List<ProcessHandle> killed) {
        long end = System.nanoTime() + KILL_PATIENCE.toNanos();
        try {
            while (killed.stream().anyMatch(ChildProcess::runs) && System.nanoTime() < end) {
                Thread.sleep(POLL_MILLIS);
            }
        } catch (InterruptedException again) {
            Thread.currentThread().interrupt();
        }
    }

    /** A process that ended and that its parent did not ask about (a zombie) has no command any more. */
    private static boolean runs(ProcessHandle process) {
        return process.isAlive() && process.info().command().isPresent();
    }

    private static void kill(ProcessHandle process, List<ProcessHandle> killed) {
        List<ProcessHandle> children = process.children().toList();
        process.destroyForcibly();
        killed.add(process);
        children.forEach(child -> kill(child, killed));
    }
}
