// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.session;

import java.util.Optional;

/** A conversation with a device failed. */
public final class SessionException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What failed. */
    public enum Kind {
        /** No answer until the deadline, as often as it was safe to ask. */
        NO_ANSWER,
        /** Frames were damaged on the line, as often as it was safe to ask. */
        DAMAGED,
        /** The device refused; see {@link SessionException#deviceCode}. */
        REFUSED,
        /** A sound frame that is not an answer of this protocol. */
        NOT_UNDERSTOOD,
        /** The device speaks another version of the protocol. */
        OTHER_PROTOCOL,
        OTHER_BOARD,
        /** The device runs another firmware than the one at hand. */
        OTHER_FIRMWARE,
        /** The device holds another model than the one at hand. */
        OTHER_MODEL,
        /** The device restarted since it was greeted. */
        RESTARTED,
        /** The input in the device differs from the one sent, twice. */
        INPUT_DAMAGED,
        /** The caller gave bytes that do not fit the device's tensor. */
        WRONG_INPUT,
        /** The port has gone, or takes no bytes. */
        LINK
    }

    private final Kind kind;
    private final String expected;
    private final String found;

    /** @param what what was seen, for the user */
    public SessionException(Kind kind, String what) {
        this(kind, what, null, null, null);
    }

    SessionException(Kind kind, String what, Throwable cause) {
        this(kind, what, null, null, cause);
    }

    SessionException(Kind kind, String what, String expected, String found) {
        this(kind, what + ": expected " + expected + ", found " + found, expected, found, null);
    }

    private SessionException(Kind kind, String what, String expected, String found, Throwable cause) {
        super(what, cause);
        this.kind = kind;
        this.expected = expected;
        this.found = found;
    }

    static SessionException refused(String request, String code, String text) {
        return new SessionException(
                Kind.REFUSED, "the device refused " + request + " (" + code + "): " + text, null, code, null);
    }

    /** The same failure with what is known about its cause. */
    public SessionException because(String what) {
        return new SessionException(kind, what, expected, found, this);
    }

    public Kind kind() {
        return kind;
    }

    /** What the host expected, where something did not agree. */
    public Optional<String> expected() {
        return Optional.ofNullable(expected);
    }

    /** What the device said instead; for {@link Kind#REFUSED} the code's name. */
    public Optional<String> found() {
        return Optional.ofNullable(found);
    }
}
