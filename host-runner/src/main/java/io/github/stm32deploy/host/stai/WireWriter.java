// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Writes fields of a protobuf message (proto2 wire format, protobuf.dev "Encoding"). Fields are written in the order of
 * the calls; required fields are written whatever their value, as both of ST's ends do.
 */
public final class WireWriter {
    static final int VARINT = 0;
    static final int FIXED64 = 1;
    static final int LENGTH = 2;
    static final int FIXED32 = 5;

    private static final int CONTINUED = 0x80;
    private static final int SEVEN_BITS = 0x7F;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private WireWriter head(int field, int type) {
        return varint((long) field << 3 | type);
    }

    WireWriter varint(long value) {
        long rest = value;
        while ((rest & ~SEVEN_BITS) != 0) {
            out.write((int) (rest & SEVEN_BITS) | CONTINUED);
            rest >>>= 7;
        }
        out.write((int) rest);
        return this;
    }

    /** An unsigned number of up to 64 bits, or an enum. */
    WireWriter number(int field, long value) {
        return head(field, VARINT).varint(value);
    }

    /** A 32-bit {@code float}. */
    WireWriter real(int field, float value) {
        head(field, FIXED32);
        int bits = Float.floatToRawIntBits(value);
        for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
            out.write(bits >>> shift);
        }
        return this;
    }

    WireWriter bytes(int field, byte[] value) {
        head(field, LENGTH).varint(value.length);
        out.writeBytes(value);
        return this;
    }

    WireWriter text(int field, String value) {
        return bytes(field, value.getBytes(StandardCharsets.UTF_8));
    }

    byte[] toBytes() {
        return out.toByteArray();
    }

    /** The message with its length in front, as it goes to the device. */
    static byte[] delimited(byte[] message) {
        WireWriter writer = new WireWriter().varint(message.length);
        writer.out.writeBytes(message);
        return writer.toBytes();
    }
}
