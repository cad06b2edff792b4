// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

/** Why there was no usable answer of a validation firmware. None of it is a verdict on the model. */
public final class StaiException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What was seen. */
    public enum Kind {
        /** Not one byte until the deadline: no such firmware, another baud rate, or a device that hangs. */
        SILENT,
        /** A run does not end, and the device does not answer a greeting in the middle of it either. */
        HANGS,
        /** Bytes came, no answer to a greeting was among them: other firmware, or another baud rate. */
        NOT_THIS_FIRMWARE,
        /** The firmware's version of the protocol is not one that this host speaks. */
        OTHER_VERSION,
        /** Another firmware answers than before. */
        OTHER_FIRMWARE,
        /** An answer began and did not end in time: bytes were lost. */
        CUT_SHORT,
        /** A packet whose header cannot be: bytes were lost, or came twice. */
        BAD_PACKET,
        /** Sound packets, but no message of this protocol in them. */
        MALFORMED,
        /** More bytes than the asked-for message can have. */
        TOO_LONG,
        /** More log messages than a firmware sends before an answer. */
        TOO_MANY_LOGS,
        /** A sound message that is not the answer to what was asked. */
        NOT_THE_ANSWER,
        /** The firmware refuses; see {@link StaiException#deviceError}. */
        REFUSED,
        /** The caller asks for something that the network does not have. */
        WRONG_REQUEST,
        /** The port has gone, or takes no bytes. */
        LINK
    }

    private final Kind kind;
    private final int deviceError;

    public StaiException(Kind kind, String what) {
        this(kind, what, 0, null);
    }

    StaiException(Kind kind, String what, Throwable cause) {
        this(kind, what, 0, cause);
    }

    private StaiException(Kind kind, String what, int deviceError, Throwable cause) {
        super(what, cause);
        this.kind = kind;
        this.deviceError = deviceError;
    }

    static StaiException refused(String what, int deviceError) {
        return new StaiException(
                Kind.REFUSED,
                what + ": " + DeviceError.name(deviceError) + " (" + deviceError + ")",
                deviceError,
                null);
    }

    public Kind kind() {
        return kind;
    }

    /** For {@link Kind#REFUSED} the number that the firmware gave, else 0. */
    public int deviceError() {
        return deviceError;
    }

    /** True where bytes were lost or doubled on the way: asking again, in step, may help. */
    public boolean damagedOnTheWay() {
        return switch (kind) {
            case SILENT, CUT_SHORT, BAD_PACKET, MALFORMED, TOO_LONG, NOT_THE_ANSWER -> true;
            case HANGS, NOT_THIS_FIRMWARE, OTHER_VERSION, OTHER_FIRMWARE, TOO_MANY_LOGS, REFUSED, WRONG_REQUEST, LINK ->
                false;
        };
    }
}
