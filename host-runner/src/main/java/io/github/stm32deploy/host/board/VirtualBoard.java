// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A board in QEMU, its UART0 on a pseudo-terminal.
 *
 * <p>QEMU looks only once a second whether somebody has opened its pseudo-terminal, and throws away what the guest says
 * until it has noticed. So the guest is started stopped, the terminal is held open for the board's whole life, and the
 * guest goes on only then; and it must not speak before it is spoken to.
 */
public final class VirtualBoard implements Board {
    private static final Duration MONITOR_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration QUIT_TIMEOUT = Duration.ofSeconds(3);
    /** How long an emulator that broke off has to end, so that it can be said how. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private static final String SERIAL = "ser0";

    private final Path folder;
    private final SupervisedProcess process;
    private final QmpConnection monitor;
    private final String port;

    private VirtualBoard(Path folder, SupervisedProcess process, QmpConnection monitor, String port) {
        this.folder = folder;
        this.process = process;
        this.monitor = monitor;
        this.port = port;
    }

    /** Starts the emulator and lets the firmware run. */
    public static VirtualBoard start(EmulatorLaunch launch) throws BoardException, InterruptedException {
        if (Programs.find(launch.executable()).isEmpty()) {
            throw new BoardException(
                    BoardException.Kind.MISSING_PROGRAM, launch.executable() + " is not installed or not executable");
        }
        if (!Files.isRegularFile(launch.elf())) {
            throw new BoardException(BoardException.Kind.MISSING_PROGRAM, "there is no firmware " + launch.elf());
        }
        Path folder = null;
        SupervisedProcess process = null;
        QmpConnection monitor = null;
        try {
            folder = Files.createTempDirectory("stm32-deploy-");
            Path socket = folder.resolve("qmp");
            monitor = new QmpConnection(socket);
            process = new SupervisedProcess(command(launch, socket), Duration.ZERO, false);
            process.onExit(monitor::processEnded);
            monitor.accept(MONITOR_TIMEOUT);
            Files.deleteIfExists(folder);
            String port = terminal(monitor.execute("query-chardev", MONITOR_TIMEOUT));
            process.hold(port, MONITOR_TIMEOUT);
            monitor.execute("cont", MONITOR_TIMEOUT);
            return new VirtualBoard(folder, process, monitor, port);
        } catch (IOException | BoardException | InterruptedException | RuntimeException e) {
            throw afterCleaning(folder, process, monitor, launch, e);
        }
    }

    private static BoardException afterCleaning(
            Path folder, SupervisedProcess process, QmpConnection monitor, EmulatorLaunch launch, Exception cause)
            throws BoardException, InterruptedException {
        Optional<BoardExit> exit = Optional.empty();
        if (process != null) {
            exit = cause instanceof IOException ? process.awaitExit(LAST_WORDS) : exit;
            process.close();
        }
        if (monitor != null) {
            monitor.close();
        }
        delete(folder);
        if (cause instanceof BoardException known) {
            throw known;
        }
        if (cause instanceof InterruptedException interrupted) {
            throw interrupted;
        }
        if (exit.isPresent()) {
            return new BoardException(
                    BoardException.Kind.ENDED,
                    launch.executable() + " ended with exit code " + exit.get().exitCode() + ": "
                            + exit.get().errorOutput().strip(),
                    exit.get(),
                    cause);
        }
        return new BoardException(
                BoardException.Kind.NOT_READY,
                launch.executable() + " did not get ready: " + cause.getMessage(),
                cause);
    }

    private static List<String> command(EmulatorLaunch launch, Path socket) {
        List<String> command = new ArrayList<>(HostCores.pinning());
        command.add(launch.executable());
        command.addAll(List.of("-M", launch.machine(), "-nodefaults", "-display", "none", "-monitor", "none"));
        command.addAll(List.of("-chardev", "pty,id=" + SERIAL, "-serial", "chardev:" + SERIAL));
        command.addAll(List.of("-icount", "shift=" + launch.icountShift()));
        command.addAll(List.of("-chardev", "socket,id=qmp,server=off,path=" + quoted(socket)));
        command.addAll(List.of("-mon", "chardev=qmp,mode=control"));
        command.addAll(List.of("-S", "-kernel", launch.elf().toString()));
        return command;
    }

    /** QEMU's option syntax doubles commas. */
    private static String quoted(Path path) {
        return path.toString().replace(",", ",,");
    }

    private static String terminal(JsonNode chardevs) throws IOException {
        for (JsonNode chardev : chardevs) {
            String file = chardev.path("filename").asText();
            if (chardev.path("label").asText().equals(SERIAL) && file.startsWith("pty:")) {
                return file.substring("pty:".length());
            }
        }
        throw new IOException("the emulator has no pseudo-terminal: " + chardevs);
    }

    private static void delete(Path folder) {
        try {
            if (folder != null) {
                Files.deleteIfExists(folder);
            }
        } catch (IOException e) {
            folder.toFile().deleteOnExit();
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
        try {
            if (process.exit().isEmpty()) {
                monitor.execute("quit", QUIT_TIMEOUT);
                process.awaitExit(QUIT_TIMEOUT);
            }
        } catch (IOException e) {
            // It does not listen any more, or ended first; it is killed below.
            process.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            process.close();
            monitor.close();
            delete(folder);
        }
    }
}
