// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import java.util.Locale;

/** Second element of an answer that is not {@code ok}. */
public enum ErrorCode {
    BAD_FRAME(1),
    MALFORMED(2),
    UNKNOWN_REQUEST(3),
    ARGUMENT(4),
    NOT_READY(5),
    UNSUPPORTED(6),
    RUN_FAILED(7),
    TOO_LARGE(8),
    /** No hello since the device started: it restarted under the host. */
    NOT_GREETED(9),
    /** A code that this version does not know. */
    OTHER(-1);

    private final int number;

    ErrorCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static ErrorCode of(long number) {
        for (ErrorCode code : values()) {
            if (code.number == number && code != OTHER) {
                return code;
            }
        }
        return OTHER;
    }
}
