// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.boards.Board;
import io.github.stm32deploy.host.board.BoardException;
import io.github.stm32deploy.host.board.BoardExit;
import io.github.stm32deploy.host.board.EmulatorLaunch;
import io.github.stm32deploy.host.board.HostBoard;
import io.github.stm32deploy.host.board.VirtualBoard;
import io.github.stm32deploy.host.link.ByteLink;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.serial.SerialLink;
import io.github.stm32deploy.host.serial.SerialSource;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.host.session.DeviceSession;
import io.github.stm32deploy.host.session.ExpectedDevice;
import io.github.stm32deploy.host.session.SessionException;
import io.github.stm32deploy.toolchain.deploy.ToolLocator;
import io.github.stm32deploy.toolchain.deploy.UnfinishedWork;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The board of a built application, running, greeted and known to be the one that was built. Closing it ends what this
 * program started; the end of this program, however it comes, does too.
 */
final class RunningBoard implements AutoCloseable {
    /** Where the board's description states none: a pseudo-terminal has no rate. */
    private static final int ANY_BAUD = 921_600;

    /** The device states the first half of the digest. */
    private static final int MODEL_DIGEST_DIGITS = 32;

    private static final Duration CRASH_PATIENCE = Duration.ofMillis(500);

    private final BuiltFolder folder;
    private final Optional<io.github.stm32deploy.host.board.Board> process;
    private final Optional<SerialSource> source;
    private final DeviceSession session;
    private final UnfinishedWork unfinished;
    private Optional<BoardExit> endedBeforeClose = Optional.empty();
    private boolean closed;

    private RunningBoard(
            BuiltFolder folder,
            Optional<io.github.stm32deploy.host.board.Board> process,
            Optional<SerialSource> source,
            DeviceSession session,
            UnfinishedWork unfinished) {
        this.folder = folder;
        this.process = process;
        this.source = source;
        this.session = session;
        this.unfinished = unfinished;
    }

    /**
     * Starts the board, or opens the port of one that runs.
     *
     * @param port of a board that runs already; empty to start the virtual or host board
     * @param deadlines how long the board may take to answer
     * @throws io.github.stm32deploy.toolchain.diagnose.DiagnosedException of kind ENVIRONMENT
     */
    static RunningBoard start(BuiltFolder folder, Optional<String> port, Deadlines deadlines) {
        Optional<io.github.stm32deploy.host.board.Board> process = Optional.empty();
        boolean ready = false;
        // A board ends with this program by itself; this makes the program wait for its end.
        UnfinishedWork unfinished = UnfinishedWork.begin(() -> {});
        try {
            if (port.isEmpty()) {
                process = Optional.of(launch(folder));
            }
            String name = port.orElseGet(process.map(io.github.stm32deploy.host.board.Board::port)::get);
            SerialSource source = new SerialSource(name, baud(folder.board()), MonotonicClock.system());
            ByteLink link = port.isPresent()
                    ? source.open()
                    : SerialLink.open(name, baud(folder.board()), MonotonicClock.system());
            DeviceSession session = DeviceSession.open(link, MonotonicClock.system(), deadlines, expected(folder));
            if (session.device().failedChecks() > 0) {
                throw BoardFailure.startChecks(folder.board().id(), session.startChecks());
            }
            ready = true;
            return new RunningBoard(folder, process, port.map(named -> source), session, unfinished);
        } catch (BoardException failure) {
            throw BoardFailure.notStarted(folder.board().id(), failure);
        } catch (LinkException failure) {
            throw BoardFailure.noLink(failure);
        } catch (SessionException failure) {
            throw BoardFailure.broken(folder.board().id(), failure, exit(process));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the board started", interrupted);
        } finally {
            if (!ready) {
                process.ifPresent(io.github.stm32deploy.host.board.Board::close);
                unfinished.close();
            }
        }
    }

    /**
     * The same board once its port, which went, is back.
     *
     * @return empty for a board that this program started, and for one that does not come back or does not answer
     */
    Optional<RunningBoard> resumed(Duration patience, Deadlines deadlines) {
        if (source.isEmpty()) {
            return Optional.empty();
        }
        session.close();
        UnfinishedWork again = UnfinishedWork.begin(() -> {});
        boolean ready = false;
        try {
            DeviceSession anew = DeviceSession.open(
                    source.get().reopen(patience), MonotonicClock.system(), deadlines, expected(folder));
            ready = true;
            return Optional.of(new RunningBoard(folder, process, source, anew, again));
        } catch (LinkException | SessionException stays) {
            return Optional.empty(); // what ended the session is reported
        } finally {
            if (!ready) {
                again.close();
            }
        }
    }

    private static int baud(Board board) {
        return Math.toIntExact(board.link().baud().orElse((long) ANY_BAUD));
    }

    private static ExpectedDevice expected(BuiltFolder folder) {
        return new ExpectedDevice(
                Optional.of(folder.board().id()),
                Optional.of(folder.application().firmwareDigest()),
                Optional.empty());
    }

    private static io.github.stm32deploy.host.board.Board launch(BuiltFolder folder)
            throws BoardException, InterruptedException {
        Board board = folder.board();
        Path elf = folder.elf();
        if (board.kind() == Board.Kind.HOST) {
            return HostBoard.start(elf);
        }
        List<String> arguments =
                board.launch().orElseThrow(() -> BuiltFolder.needsPort(board)).arguments();
        Path emulator = new ToolLocator().require(ToolLocator.Kind.QEMU);
        return VirtualBoard.start(new EmulatorLaunch(
                emulator.toString(),
                after("-M", arguments),
                Integer.parseInt(after("-icount", arguments).replace("shift=", "")),
                elf));
    }

    private static String after(String option, List<String> arguments) {
        int index = arguments.indexOf(option);
        if (index < 0 || index + 1 >= arguments.size()) {
            throw new IllegalStateException("the board description has no " + option);
        }
        return arguments.get(index + 1);
    }

    DeviceSession session() {
        return session;
    }

    /** What a failed request means: a crash of the board where its process ended, else what the session says. */
    io.github.stm32deploy.toolchain.diagnose.DiagnosedException explain(SessionException failure) {
        return BoardFailure.broken(folder.board().id(), failure, closed ? endedBeforeClose : exit(process));
    }

    private static Optional<BoardExit> exit(Optional<io.github.stm32deploy.host.board.Board> process) {
        return process.flatMap(board -> board.awaitExit(CRASH_PATIENCE));
    }

    @Override
    public void close() {
        endedBeforeClose = process.flatMap(io.github.stm32deploy.host.board.Board::exit);
        closed = true;
        session.close();
        process.ifPresent(io.github.stm32deploy.host.board.Board::close);
        unfinished.close();
    }
}
