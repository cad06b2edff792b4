// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.board;

import java.util.Optional;

/** A board could not be started. */
public final class BoardException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    public enum Kind {
        /** The program to start, or the firmware, is not there. */
        MISSING_PROGRAM,
        /** This system has no {@code sh}, or no pseudo-terminals. */
        UNSUPPORTED_HOST,
        /** It ended before it was ready. */
        ENDED,
        /** It was not ready in time. */
        NOT_READY,
        /** It said something that is not understood. */
        UNEXPECTED
    }

    private final Kind kind;
    private final transient BoardExit exit;

    /** @param what what was seen, for the user */
    public BoardException(Kind kind, String what) {
        this(kind, what, null, null);
    }

    BoardException(Kind kind, String what, Throwable cause) {
        this(kind, what, null, cause);
    }

    BoardException(Kind kind, String what, BoardExit exit, Throwable cause) {
        super(what, cause);
        this.kind = kind;
        this.exit = exit;
    }

    /** A board that started and then ended under its user. */
    public static BoardException ended(String what, BoardExit exit, Throwable cause) {
        String words = exit.errorOutput().strip();
        return new BoardException(
                Kind.ENDED,
                what + ", exit code " + exit.exitCode() + (words.isEmpty() ? "" : ": " + words),
                exit,
                cause);
    }

    public Kind kind() {
        return kind;
    }

    /** How the process ended, where it did. */
    public Optional<BoardExit> exit() {
        return Optional.ofNullable(exit);
    }
}
