// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import java.util.Locale;

/** Why bytes between two delimiters are not a frame (PROTOCOL.md, section 2). */
public enum Violation {
    FRAME_TOO_LONG,
    COBS_TRUNCATED,
    FRAME_TOO_SHORT,
    CRC_MISMATCH;

    /** The name in PROTOCOL.md and in a device's answer, e.g. {@code crc-mismatch}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
