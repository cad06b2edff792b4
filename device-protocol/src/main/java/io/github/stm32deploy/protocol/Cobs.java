// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import java.io.ByteArrayOutputStream;

/**
 * Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999): rewrites bytes
 * without the byte 0, so that 0 can end a frame.
 */
final class Cobs {
    static final int FULL_BLOCK = 254;

    private Cobs() {}

    /** Encoded content and its delimiter. */
    static byte[] encode(byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(content.length + content.length / FULL_BLOCK + 2);
        int start = 0;
        while (true) {
            int run = 0;
            while (run < FULL_BLOCK && start + run < content.length && content[start + run] != 0) {
                run++;
            }
            out.write(run + 1);
            out.write(content, start, run);
            start += run;
            if (start == content.length) {
                out.write(0);
                return out.toByteArray();
            }
            if (run < FULL_BLOCK) {
                start++; // the zero that the code stands for
            }
        }
    }
}
