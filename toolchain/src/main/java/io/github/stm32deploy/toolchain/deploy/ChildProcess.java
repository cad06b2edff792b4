// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program to its end, with its output caught. Neither a time limit, nor an interrupt of the calling thread, nor
 * the end of this program (Ctrl-C) leaves the child or what it started behind.
 */
final class ChildProcess {
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
        Process process = builder.start();
        Thread onExit = new Thread(() -> destroyTree(process), "end-child-process");
        addHook(onExit, process);
        try {
            CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> text(process.getInputStream()));
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                destroyTree(process);
                return new Outcome(Optional.empty(), output.get());
            }
            return new Outcome(Optional.of(process.exitValue()), output.get());
        } catch (ExecutionException unreadable) {
            throw new IOException("output of " + command.get(0), unreadable.getCause());
        } finally {
            destroyTree(process);
            removeHook(onExit);
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

    private static void destroyTree(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static void addHook(Thread hook, Process process) {
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            destroyTree(process);
        }
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // The hook is running and ends the child.
            return;
        }
    }
}
