// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

/** A sound frame whose message is not what PROTOCOL.md describes. */
public final class MalformedMessageException extends Exception {
    private static final long serialVersionUID = 1L;

    public MalformedMessageException(String what) {
        super(what);
    }

    MalformedMessageException(String what, Throwable cause) {
        super(what, cause);
    }
}
