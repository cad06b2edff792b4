// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Bytes from the line to frames and violations. Any bytes are allowed. Not thread-safe. */
public final class FrameDecoder {
    private final byte[] content = new byte[Frames.MAX_CONTENT_BYTES];
    private int length;
    private int remaining;
    private boolean zeroFollows;
    private boolean inside;
    private boolean overflow;

    /** Takes bytes as they arrive; answers what was completed by them, in order. */
    public List<FrameEvent> accept(byte[] bytes, int offset, int count) {
        List<FrameEvent> events = new ArrayList<>(1);
        for (int i = offset; i < offset + count; i++) {
            int b = bytes[i] & 0xFF;
            if (b != 0) {
                take(b);
            } else if (inside) {
                events.add(finish());
            }
        }
        return events;
    }

    private void take(int b) {
        inside = true;
        if (remaining > 0) {
            remaining--;
            put(b);
        } else {
            if (zeroFollows) {
                put(0);
            }
            remaining = b - 1;
            zeroFollows = b != Cobs.FULL_BLOCK + 1;
        }
    }

    private void put(int b) {
        if (length < content.length) {
            content[length++] = (byte) b;
        } else {
            overflow = true;
        }
    }

    private FrameEvent finish() {
        FrameEvent event;
        int message = length - Frames.CRC_BYTES;
        if (overflow) {
            event = new FrameEvent.Broken(Violation.FRAME_TOO_LONG);
        } else if (remaining > 0) {
            event = new FrameEvent.Broken(Violation.COBS_TRUNCATED);
        } else if (message <= 0) {
            event = new FrameEvent.Broken(Violation.FRAME_TOO_SHORT);
        } else if (storedCrc(message) != Frames.crc32(content, 0, message)) {
            event = new FrameEvent.Broken(Violation.CRC_MISMATCH);
        } else {
            event = new FrameEvent.Frame(Arrays.copyOf(content, message));
        }
        length = 0;
        remaining = 0;
        zeroFollows = false;
        inside = false;
        overflow = false;
        return event;
    }

    private long storedCrc(int position) {
        long crc = 0;
        for (int i = 0; i < Frames.CRC_BYTES; i++) {
            crc |= (content[position + i] & 0xFFL) << (8 * i);
        }
        return crc;
    }
}
