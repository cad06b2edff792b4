// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.serial.SerialLink;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.host.session.DeviceSession;
import io.github.stm32deploy.host.session.ExpectedDevice;
import io.github.stm32deploy.host.session.SessionException;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real boards: QEMU and a program of this machine, over real pseudo-terminals. */
class BoardTest {
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final MonotonicClock CLOCK = MonotonicClock.system();

    @TempDir
    Path folder;

    private static EmulatorLaunch launch(Path elf) {
        return new EmulatorLaunch("qemu-system-arm", "mps3-an547", 5, elf);
    }

    private static SerialLink link(Board board) throws LinkException {
        return SerialLink.open(board.port(), 921_600, CLOCK);
    }

    private static DeviceSession session(SerialLink link) throws SessionException {
        return DeviceSession.open(link, CLOCK, Deadlines.standard(), ExpectedDevice.any());
    }

    /** Processes with the path in their command line: the supervisor and what it supervises. */
    private List<ProcessHandle> processesOf(Path path) {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().arguments().stream()
                                .flatMap(Stream::of)
                                .anyMatch(argument -> argument.equals(path.toString()))
                        || process.info().command().orElse("").equals(path.toString()))
                .filter(process -> process.pid() != ProcessHandle.current().pid())
                .toList();
    }

    private static void converse(DeviceSession session) throws SessionException {
        assertThat(session.device().board()).isEqualTo("vector-board");
        session.writeInput(0, new byte[] {1, 2, 3, 4, 5, 6, 7, -1});
        assertThat(session.run().postprocessingTicks()).isEqualTo(1024);
        assertThat(session.readOutput(0)).containsExactly(2, 3, 4, 5, 6, 7, 8, 0);
        assertThat(session.readOutput(1)).hasSize(4100);
        assertThat(session.detections().items()).hasSize(2);
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        assertThat(session.echo(all)).isEqualTo(all);
    }

    @Test
    void theVirtualBoardAnswersAndLeavesNothingBehind() throws Exception {
        Path elf = TrialPrograms.guest(folder);
        try (Board board = VirtualBoard.start(launch(elf))) {
            SerialLink link = link(board);
            link.write(new byte[] {'L', 0, 0, 0, 0}, SOON);
            try (DeviceSession session = session(link)) {
                converse(session);
            }
            // and again without a restart: nothing is lost after opening a second time
            try (DeviceSession session = session(link(board))) {
                converse(session);
            }
            assertThat(processesOf(elf)).hasSizeGreaterThanOrEqualTo(2);
            assertThat(board.exit()).isEmpty();
        }
        assertThat(processesOf(elf)).isEmpty();
    }

    @Test
    void aBoardThatEndsIsNoticedAtOnce() throws Exception {
        Path elf = TrialPrograms.guest(folder);
        try (Board board = VirtualBoard.start(launch(elf))) {
            SerialLink link = link(board);
            link.write(new byte[] {'L', 0, 0, 0, 0}, SOON);
            try (DeviceSession session = session(link)) {
                processesOf(elf).stream()
                        .filter(process -> process.info().command().orElse("").contains("qemu"))
                        .forEach(ProcessHandle::destroyForcibly);
                BoardExit exit = board.awaitExit(SOON).orElseThrow();
                assertThat(exit.exitCode()).isEqualTo(137);
                assertThatThrownBy(session::memory)
                        .isInstanceOfSatisfying(
                                SessionException.class,
                                e -> assertThat(e.kind()).isEqualTo(SessionException.Kind.LINK));
            }
        }
    }

    @Test
    void aFirmwareThatCrashesEndsTheBoardWithTheEmulatorsDump() throws Exception {
        Path guest = TrialPrograms.guest(folder);
        byte[] elf = Files.readAllBytes(guest);
        // Reset and hard fault, words 1 and 3 of the vector table, lead to where there is no memory.
        int vectors = 0x1000;
        for (int word : new int[] {1, 3}) {
            System.arraycopy(new byte[] {1, 0, 0, 0x0F}, 0, elf, vectors + 4 * word, 4);
        }
        Path broken = Files.write(folder.resolve("broken.elf"), elf);
        BoardExit exit = exitOf(broken);
        assertThat(exit.guestCrashed()).as(exit.toString()).isTrue();
        assertThat(exit.errorOutput()).contains("Lockup");
    }

    /** A guest that crashes at once may do so before or after the board counts as started. */
    private static BoardExit exitOf(Path elf) throws InterruptedException {
        try (Board board = VirtualBoard.start(launch(elf))) {
            return board.awaitExit(SOON).orElseThrow();
        } catch (BoardException e) {
            return e.exit().orElseThrow();
        }
    }

    @Test
    void whatCannotStartSaysWhy() throws Exception {
        assertThatThrownBy(() -> VirtualBoard.start(launch(folder.resolve("none.elf"))))
                .isInstanceOfSatisfying(
                        BoardException.class, e -> assertThat(e.kind()).isEqualTo(BoardException.Kind.MISSING_PROGRAM));
        assertThatThrownBy(() -> VirtualBoard.start(new EmulatorLaunch("no-such-qemu", "m", 5, folder)))
                .isInstanceOfSatisfying(BoardException.class, e -> assertThat(e).hasMessageContaining("no-such-qemu"));
        Path elf = TrialPrograms.guest(folder);
        assertThatThrownBy(() -> VirtualBoard.start(new EmulatorLaunch("qemu-system-arm", "no-such-machine", 5, elf)))
                .isInstanceOfSatisfying(BoardException.class, e -> {
                    assertThat(e.kind()).isEqualTo(BoardException.Kind.ENDED);
                    assertThat(e).hasMessageContaining("unsupported machine type");
                });
        Path text = Files.writeString(folder.resolve("text.elf"), "not an ELF file");
        assertThatThrownBy(() -> VirtualBoard.start(new EmulatorLaunch("/bin/false", "m", 5, text)))
                .isInstanceOfSatisfying(
                        BoardException.class, e -> assertThat(e.exit()).isPresent());
    }

    @Test
    void theHostBoardAnswersAndEndsByItself() throws Exception {
        Path program = TrialPrograms.hostDevice(folder);
        Board ended;
        try (Board board = HostBoard.start(program)) {
            try (DeviceSession session = session(link(board))) {
                converse(session);
            }
            ended = board;
        }
        assertThat(ended.exit()).hasValueSatisfying(exit -> {
            assertThat(exit.exitCode()).isZero();
            assertThat(exit.errorOutput()).isEmpty();
        });
        assertGone(program);
    }

    private Path misbehaving(Path program, String role) throws Exception {
        Path script = folder.resolve(role);
        Files.writeString(script, "#!/bin/sh\nHOST_DEVICE_ROLE=" + role + " exec " + program + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        return script;
    }

    @Test
    void aHostBoardThatMisbehavesIsATypedFailure() throws Exception {
        Path program = TrialPrograms.hostDevice(folder);
        assertThatThrownBy(() -> HostBoard.start(misbehaving(program, "crash")))
                .isInstanceOfSatisfying(BoardException.class, e -> {
                    assertThat(e.kind()).isEqualTo(BoardException.Kind.ENDED);
                    assertThat(e.exit().orElseThrow().exitCode()).isEqualTo(7);
                    assertThat(e).hasMessageContaining("no such thing");
                });
        assertThatThrownBy(() -> HostBoard.start(misbehaving(program, "talkative")))
                .isInstanceOfSatisfying(BoardException.class, e -> {
                    assertThat(e.kind()).isEqualTo(BoardException.Kind.UNEXPECTED);
                    assertThat(e).hasMessageContaining("hello there");
                });
        assertThatThrownBy(() -> HostBoard.start(folder.resolve("nothing")))
                .isInstanceOfSatisfying(
                        BoardException.class, e -> assertThat(e.kind()).isEqualTo(BoardException.Kind.MISSING_PROGRAM));
        assertGone(program);
    }

    /** The kernel takes some kilobytes and then blocks the writer for good: the deadline must hold all the same. */
    @Test
    void aDeviceThatTakesNoBytesIsATypedFailure() throws Exception {
        Path program = TrialPrograms.hostDevice(folder);
        try (Board board = HostBoard.start(misbehaving(program, "deaf"));
                SerialLink link = link(board)) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 100; i++) {
                            link.write(new byte[4096], Duration.ofMillis(300));
                        }
                    })
                    .isInstanceOfSatisfying(
                            LinkException.class, e -> assertThat(e.kind()).isEqualTo(LinkException.Kind.STUCK));
        }
    }

    @Test
    void noProcessSurvivesThisProgram() throws Exception {
        Path elf = TrialPrograms.guest(folder);
        Path program = TrialPrograms.hostDevice(folder);
        for (String signal : List.of("KILL", "INT", "TERM")) {
            for (Map.Entry<String, Path> kind :
                    Map.of("qemu", elf, "host", program).entrySet()) {
                killed(kind.getKey(), kind.getValue(), signal);
            }
        }
    }

    /** Processes end a moment after the signal that ends them. */
    private void assertGone(Path program) throws Exception {
        for (ProcessHandle process : processesOf(program)) {
            process.onExit().get(20, TimeUnit.SECONDS);
        }
        assertThat(processesOf(program)).isEmpty();
    }

    private void killed(String kind, Path file, String signal) throws Exception {
        // A test run in the background of a shell script ignores SIGINT, and its children would inherit that.
        Process holder = new ProcessBuilder(
                        "env",
                        "--default-signal=INT",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        BoardHolder.class.getName(),
                        kind,
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader output = new BufferedReader(new InputStreamReader(holder.getInputStream()))) {
            assertThat(output.readLine()).startsWith("/dev/pts/");
            List<ProcessHandle> board = processesOf(file).stream()
                    .filter(process -> process.pid() != holder.pid())
                    .toList();
            assertThat(board).as("running for " + kind).hasSizeGreaterThanOrEqualTo(2);
            new ProcessBuilder("kill", "-" + signal, Long.toString(holder.pid()))
                    .start()
                    .waitFor();
            assertThat(holder.waitFor(20, TimeUnit.SECONDS)).isTrue();
            for (ProcessHandle process : board) {
                process.onExit().get(20, TimeUnit.SECONDS);
            }
            assertThat(processesOf(file))
                    .as("left by " + kind + " after " + signal)
                    .isEmpty();
        } finally {
            holder.destroyForcibly();
        }
    }
}
