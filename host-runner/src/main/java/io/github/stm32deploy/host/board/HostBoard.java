// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A board that is a program of this machine: the same application as on a chip, speaking over a pseudo-terminal that it
 * makes itself. It prints one line {@code pty /dev/pts/N}, keeps the other end of the terminal open, and ends when its
 * standard input does.
 */
public final class HostBoard implements Board {
    private static final Duration READY_TIMEOUT = Duration.ofSeconds(20);
    /** Time to end by itself, so that a sanitizer can report what it found. */
    private static final Duration GRACE = Duration.ofSeconds(3);

    private static final String PREFIX = "pty ";

    private final SupervisedProcess process;
    private final String port;

    private HostBoard(SupervisedProcess process, String port) {
        this.process = process;
        this.port = port;
    }

    public static HostBoard start(Path executable) throws BoardException, InterruptedException {
        if (!Files.isExecutable(executable) || Files.isDirectory(executable)) {
            throw new BoardException(BoardException.Kind.MISSING_PROGRAM, executable + " is not an executable program");
        }
        SupervisedProcess process =
                new SupervisedProcess(List.of(executable.toAbsolutePath().toString()), GRACE, true);
        boolean ready = false;
        try {
            Optional<String> line = process.awaitFirstLine(READY_TIMEOUT);
            if (line.isEmpty()) {
                Optional<BoardExit> exit = process.exit();
                if (exit.isPresent()) {
                    throw new BoardException(
                            BoardException.Kind.ENDED,
                            executable + " ended with exit code " + exit.get().exitCode() + ": "
                                    + exit.get().errorOutput().strip(),
                            exit.get(),
                            null);
                }
                throw new BoardException(
                        BoardException.Kind.NOT_READY, executable + " did not name its terminal in time");
            }
            if (!line.get().startsWith(PREFIX)) {
                throw new BoardException(
                        BoardException.Kind.UNEXPECTED,
                        executable + " printed \"" + line.get() + "\" where \"" + PREFIX + "/dev/pts/N\" was expected");
            }
            ready = true;
            return new HostBoard(process, line.get().substring(PREFIX.length()).strip());
        } finally {
            if (!ready) {
                process.close();
            }
        }
    }

    @Override
    public String port() {
        return port;
    }

    @Override
    public Optional<BoardExit> exit() {
        return process.exit();
    }

    @Override
    public Optional<BoardExit> awaitExit(Duration timeout) {
        try {
            return process.awaitExit(timeout);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        }
    }

    @Override
    public void close() {
        process.close();
    }
}
