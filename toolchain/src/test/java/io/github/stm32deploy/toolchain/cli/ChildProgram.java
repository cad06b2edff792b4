// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The real program as a process of its own, in a session of its own as a terminal's foreground job is. */
final class ChildProgram implements AutoCloseable {
    private static final String TEMPORARY = "tmp";
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(120);
    private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final Process process;
    private final Path err;
    private final Map<Long, ProcessHandle> children = new HashMap<>();

    private ChildProgram(Process process, Path err) {
        this.process = process;
        this.err = err;
    }

    static Path java() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    /** Signals reach it whatever the caller of these tests ignores; util-linux and GNU coreutils only. */
    static ChildProgram start(Path work, Object... arguments) throws IOException {
        return start(List.of(), work, arguments);
    }

    /** As {@link #start} for a user whom permissions of files bind, root too: without the right to pass over them. */
    static ChildProgram startBoundByPermissions(Path work, Object... arguments) throws IOException {
        boolean root = "root".equals(System.getProperty("user.name"));
        List<String> unprivileged = List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search");
        return start(root ? unprivileged : List.of(), work, arguments);
    }

    private static ChildProgram start(List<String> prefix, Path work, Object... arguments) throws IOException {
        List<String> command = new ArrayList<>(prefix);
        command.addAll(List.of(
                "env",
                "--default-signal=INT,TERM,HUP",
                "setsid",
                java().toString(),
                "-XX:+UseSerialGC",
                "-Djava.io.tmpdir=" + Files.createDirectories(work.resolve(TEMPORARY)),
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        for (Object argument : arguments) {
            command.add(argument.toString());
        }
        Path err = work.resolve("err.txt");
        Process process = new ProcessBuilder(command)
                .directory(work.toFile())
                .redirectOutput(work.resolve("out.txt").toFile())
                .redirectError(err.toFile())
                .start();
        process.getOutputStream().close();
        return new ChildProgram(process, err);
    }

    String err() throws IOException {
        return Files.readString(err, StandardCharsets.UTF_8);
    }

    /** Waits until it has said that. */
    void awaitLine(String text) throws IOException {
        await(() -> err().contains(text), "it says " + text);
    }

    /** Waits until a process that it started, or that one started, runs a program whose path contains {@code part}. */
    void awaitChild(String part) throws IOException {
        await(
                () -> process.descendants()
                        .anyMatch(child -> child.info()
                                .command()
                                .filter(path -> path.contains(part))
                                .isPresent()),
                part + " runs");
    }

    /** Waits until the emulator of the virtual board has answered: from then on nothing of it lies on the disk. */
    void awaitEmulator() throws IOException {
        awaitChild("qemu-system");
        await(() -> temporaryFiles().isEmpty(), "the emulator answers");
    }

    /** What it has in the folder for temporary files, libraries apart that Java unpacks there. */
    List<Path> temporaryFiles() throws IOException {
        try (Stream<Path> files = Files.list(err.resolveSibling(TEMPORARY))) {
            return files.filter(file -> file.getFileName().toString().startsWith("stm32-deploy"))
                    .toList();
        }
    }

    private void await(Condition condition, String what) throws IOException {
        long start = System.nanoTime();
        while (!condition.holds()) {
            collectChildren();
            assertThat(process.isAlive())
                    .as("ended before %s:\n%s", what, err())
                    .isTrue();
            assertThat(System.nanoTime() - start).as("no end before %s", what).isLessThan(PATIENCE_NANOS);
            LockSupport.parkNanos(POLL_NANOS);
        }
        collectChildren();
    }

    private interface Condition {
        boolean holds() throws IOException;
    }

    private void collectChildren() {
        process.descendants().forEach(child -> children.put(child.pid(), child));
    }

    /** Sends a signal to the program alone. */
    void signal(String name) throws IOException, InterruptedException {
        collectChildren();
        kill(name, Long.toString(process.pid()));
    }

    /** Sends SIGINT to the program and all that it started, as Ctrl-C at a terminal does. */
    void controlC() throws IOException, InterruptedException {
        collectChildren();
        kill("INT", "-" + process.pid());
    }

    private static void kill(String name, String target) throws IOException, InterruptedException {
        Process kill =
                new ProcessBuilder("kill", "-s", name, "--", target).inheritIO().start();
        assertThat(kill.waitFor()).isZero();
    }

    int awaitExit() throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("it ends").isTrue();
        return process.exitValue();
    }

    /** Waits a moment for what it started to go, and answers what stays. */
    List<String> survivors() {
        Predicate<ProcessHandle> runs =
                child -> child.isAlive() && child.info().command().isPresent();
        long start = System.nanoTime();
        while (children.values().stream().anyMatch(runs) && System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20)) {
            LockSupport.parkNanos(POLL_NANOS);
        }
        return children.values().stream()
                .filter(runs)
                .map(child -> child.info().command())
                .flatMap(Optional::stream)
                .toList();
    }

    int childrenSeen() {
        return children.size();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
