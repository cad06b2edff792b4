// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A process that cannot outlive this program. It runs under a small shell script whose standard input is held open by
 * this program; when that ends for any reason, SIGKILL included, the kernel closes the pipe, and the script kills the
 * process.
 */
final class SupervisedProcess implements AutoCloseable {
    private static final int STDERR_LIMIT = 16 * 1024;

    /**
     * sh -c SCRIPT sh GRACE STDIN COMMAND... GRACE is in tenths of a second; STDIN is "shared" where the command shall
     * see the end of this program as the end of its input, else "none". A line on standard input names a terminal that
     * the script holds open from then on; it answers "held". The holder is the script and not this program because a
     * session leader that opens a terminal gets it as its controlling one, and dies with it.
     */
    private static final String SCRIPT = """
            grace=$1 stdin=$2
            shift 2
            exec 3<&0
            if [ "$stdin" = shared ]; then "$@" <&3 3<&- & else "$@" </dev/null 3<&- & fi
            child=$!
            (
                while IFS= read -r terminal; do
                    { echo held; while IFS= read -r ignored; do :; done; } 4<>"$terminal"
                done
                n=0
                while [ $n -lt $grace ] && kill -0 $child; do sleep 0.1; n=$((n + 1)); done
                kill -KILL $child
            ) <&3 3<&- 2>/dev/null &
            watcher=$!
            exec 3<&-
            wait $child
            status=$?
            kill $watcher 2>/dev/null
            exit $status
            """;

    private final Process supervisor;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final StringBuilder errorOutput = new StringBuilder();
    private final Thread errorReader;
    private final Duration grace;

    /**
     * @param grace how long the process has to end by itself once this program closes it or is gone
     * @param sharesInput true where the process sees that as the end of its standard input
     */
    SupervisedProcess(List<String> command, Duration grace, boolean sharesInput) throws BoardException {
        this.grace = grace;
        List<String> whole = new ArrayList<>(List.of(
                "sh", "-c", SCRIPT, "sh", Long.toString(grace.toMillis() / 100), sharesInput ? "shared" : "none"));
        whole.addAll(command);
        try {
            supervisor = new ProcessBuilder(whole).start();
        } catch (IOException e) {
            throw new BoardException(
                    BoardException.Kind.UNSUPPORTED_HOST, "a board is started through sh, which did not start", e);
        }
        daemon("board-output", this::collectLines);
        errorReader = daemon("board-errors", this::collectErrors);
    }

    private static Thread daemon(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void collectLines() {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(supervisor.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.clear(); // closed by us
        }
    }

    private void collectErrors() {
        byte[] buffer = new byte[4096];
        try (InputStream in = supervisor.getErrorStream()) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                synchronized (errorOutput) {
                    errorOutput.append(new String(buffer, 0, count, StandardCharsets.UTF_8));
                    errorOutput.delete(0, Math.max(0, errorOutput.length() - STDERR_LIMIT));
                }
            }
        } catch (IOException e) {
            return; // closed by us
        }
    }

    /** The next line of standard output; empty when none came in time or the process ended. */
    Optional<String> awaitLine(Duration timeout) throws InterruptedException {
        return Optional.ofNullable(lines.poll(timeout.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** As {@link #awaitLine}, and ends at once with the process. */
    Optional<String> awaitFirstLine(Duration timeout) throws InterruptedException {
        supervisor.onExit().thenRun(() -> lines.add(""));
        return awaitLine(timeout).filter(line -> !line.isEmpty());
    }

    /** Keeps a terminal open until the process ends. */
    void hold(String terminal, Duration timeout) throws IOException, InterruptedException {
        OutputStream toScript = supervisor.getOutputStream();
        toScript.write((terminal + "\n").getBytes(StandardCharsets.UTF_8));
        toScript.flush();
        Optional<String> line;
        do { // the emulator itself announces its terminal there, too
            line = awaitLine(timeout);
            if (line.isEmpty()) {
                throw new IOException(terminal + " could not be held open");
            }
        } while (!line.get().equals("held"));
    }

    Optional<BoardExit> exit() {
        return supervisor.isAlive() ? Optional.empty() : Optional.of(ended());
    }

    Optional<BoardExit> awaitExit(Duration timeout) throws InterruptedException {
        boolean ended = supervisor.waitFor(timeout.toNanos(), TimeUnit.NANOSECONDS);
        return ended ? Optional.of(ended()) : Optional.empty();
    }

    /** Calls {@code task} when the process has ended. */
    void onExit(Runnable task) {
        supervisor.onExit().thenRun(task);
    }

    private BoardExit ended() {
        try {
            errorReader.join(500); // the last words of a crashed emulator
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        synchronized (errorOutput) {
            return new BoardExit(supervisor.exitValue(), errorOutput.toString());
        }
    }

    /** Ends the process: by itself within its grace, else killed. Returns when it has gone. */
    @Override
    public void close() {
        try {
            supervisor.getOutputStream().close();
        } catch (IOException e) {
            supervisor.destroy(); // cannot happen to a pipe that nothing is written to; if it does, without the pipe
        }
        try {
            if (!supervisor.waitFor(grace.toMillis() + 5000, TimeUnit.MILLISECONDS)) {
                supervisor.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the pipe is closed: the script kills the process without us
        }
    }
}
