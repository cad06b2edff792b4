// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

/** A well-formed request whose number is not known. */
public final class UnknownRequestException extends Exception {
    private static final long serialVersionUID = 1L;

    private final long sequence;
    private final long number;

    UnknownRequestException(long sequence, long number) {
        super("there is no request " + number);
        this.sequence = sequence;
        this.number = number;
    }

    public long sequence() {
        return sequence;
    }

    public long number() {
        return number;
    }
}
