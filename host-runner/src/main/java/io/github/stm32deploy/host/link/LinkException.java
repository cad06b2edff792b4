// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.link;

/** The line itself failed, not what travels on it. */
public final class LinkException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What failed. */
    public enum Kind {
        /** There is no such port. */
        MISSING,
        /** The name is not that of a serial port. */
        NOT_A_PORT,
        /** Another program has the port. */
        BUSY,
        /** The user may not open it. */
        NO_PERMISSION,
        /** It exists and did not open, for a reason that the system did not give. */
        NOT_OPENED,
        /** The library for serial ports cannot be loaded on this machine. */
        NO_DRIVER,
        /** The other end has gone: unplugged, or the emulator ended. */
        GONE,
        /** The other end takes no bytes. */
        STUCK
    }

    private final Kind kind;
    private final String port;

    public LinkException(Kind kind, String port, String what) {
        this(kind, port, what, null);
    }

    public LinkException(Kind kind, String port, String what, Throwable cause) {
        super(port + ": " + what, cause);
        this.kind = kind;
        this.port = port;
    }

    public Kind kind() {
        return kind;
    }

    public String port() {
        return port;
    }
}
