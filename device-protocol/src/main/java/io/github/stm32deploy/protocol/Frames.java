// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import java.util.zip.CRC32;

/** Messages to frames: {@code COBS(message, CRC-32 little-endian) 0x00}. */
public final class Frames {
    /** Largest frame on the line, delimiter included. */
    public static final int MAX_FRAME_BYTES = 4096;
    /** Largest content, CRC included, that fits into {@link #MAX_FRAME_BYTES} whatever its bytes are. */
    public static final int MAX_CONTENT_BYTES = 4078;

    static final int CRC_BYTES = 4;
    /** Largest message. */
    public static final int MAX_MESSAGE_BYTES = MAX_CONTENT_BYTES - CRC_BYTES;

    private Frames() {}

    /**
     * The frame of a message, delimiter included.
     *
     * @throws IllegalArgumentException when the message is empty or longer than {@link #MAX_MESSAGE_BYTES}
     */
    public static byte[] encode(byte[] message) {
        if (message.length == 0 || message.length > MAX_MESSAGE_BYTES) {
            throw new IllegalArgumentException(
                    "a message has 1 to " + MAX_MESSAGE_BYTES + " bytes, this one " + message.length);
        }
        byte[] content = new byte[message.length + CRC_BYTES];
        System.arraycopy(message, 0, content, 0, message.length);
        long crc = crc32(message, 0, message.length);
        for (int i = 0; i < CRC_BYTES; i++) {
            content[message.length + i] = (byte) (crc >>> (8 * i));
        }
        return Cobs.encode(content);
    }

    /** CRC-32 as in zip and Ethernet, 0 to 2^32-1. */
    public static long crc32(byte[] bytes, int offset, int length) {
        CRC32 crc = new CRC32();
        crc.update(bytes, offset, length);
        return crc.getValue();
    }
}
