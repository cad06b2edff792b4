// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import io.github.stm32deploy.host.board.Board;
import io.github.stm32deploy.host.board.BoardException;
import io.github.stm32deploy.host.board.BoardExit;
import io.github.stm32deploy.host.link.LinkException;
import io.github.stm32deploy.host.link.MonotonicClock;
import io.github.stm32deploy.host.serial.SerialLink;
import io.github.stm32deploy.host.session.Deadlines;
import io.github.stm32deploy.host.session.DeviceSession;
import io.github.stm32deploy.host.session.ExpectedDevice;
import io.github.stm32deploy.host.session.SessionException;
import java.time.Duration;
import java.util.Optional;

/** Starts a board anew for each session: a virtual board, or the application as a program of this machine. */
public final class BoardSessions implements SessionSource {
    /** How long a board whose line broke has to end, so that it can be said how it ended. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private static final int BAUD = 921_600;

    /** {@code () -> VirtualBoard.start(launch)} */
    @FunctionalInterface
    public interface BoardStarter {
        Board start() throws BoardException, InterruptedException;
    }

    private final BoardStarter starter;
    private final MonotonicClock clock;
    private final Deadlines deadlines;
    private final ExpectedDevice expected;

    public BoardSessions(BoardStarter starter, MonotonicClock clock, Deadlines deadlines, ExpectedDevice expected) {
        this.starter = starter;
        this.clock = clock;
        this.deadlines = deadlines;
        this.expected = expected;
    }

    /**
     * @throws BoardException when the board does not start, or ends before it answers
     * @throws LinkException when its port does not open
     * @throws SessionException when it does not answer, or is not the expected device
     */
    @Override
    public Running start() throws BoardException, InterruptedException, LinkException, SessionException {
        Board board = starter.start();
        boolean started = false;
        try {
            SerialLink link = SerialLink.open(board.port(), BAUD, clock);
            DeviceSession session = DeviceSession.open(link, clock, deadlines, expected);
            started = true;
            return new OnBoard(board, session);
        } catch (SessionException e) {
            Optional<BoardExit> exit =
                    e.kind() == SessionException.Kind.LINK ? board.awaitExit(LAST_WORDS) : Optional.empty();
            if (exit.isPresent()) {
                throw BoardException.ended("the board ended before it answered", exit.get(), e);
            }
            throw e;
        } finally {
            if (!started) {
                board.close();
            }
        }
    }

    private record OnBoard(Board board, DeviceSession session) implements Running {
        @Override
        public Optional<BoardExit> boardExit() {
            return board.awaitExit(LAST_WORDS);
        }

        @Override
        public void close() {
            session.close();
            board.close();
        }
    }
}
