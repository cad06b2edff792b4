// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Where and by how much one integer tensor differs from another of the same shape, as text: gaps between the differing
 * positions and the signed differences, both as base-128 numbers (the latter zigzag), deflated, in base 64; "" where nothing
 * differs.
 */
final class TensorDifferences {
    private TensorDifferences() {}

    static String of(TensorData from, TensorData to) {
        ByteArrayOutputStream numbers = new ByteArrayOutputStream();
        int next = 0;
        for (int index = 0; index < from.elements(); index++) {
            long difference = to.integerAt(index) - from.integerAt(index);
            if (difference != 0) {
                write(numbers, index - next);
                write(numbers, difference << 1 ^ difference >> 63);
                next = index + 1;
            }
        }
        if (numbers.size() == 0) {
            return "";
        }
        Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
        deflater.setInput(numbers.toByteArray());
        deflater.finish();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        byte[] part = new byte[4096];
        while (!deflater.finished()) {
            packed.write(part, 0, deflater.deflate(part));
        }
        deflater.end();
        return Base64.getEncoder().withoutPadding().encodeToString(packed.toByteArray());
    }

    /** The tensor that differs from {@code from} as {@code text} says. */
    static TensorData applied(TensorData from, String text) {
        if (text.isEmpty()) {
            return from;
        }
        ByteBuffer bytes = ByteBuffer.allocate(from.bytes().remaining()).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(from.bytes()).flip();
        ByteBuffer numbers = ByteBuffer.wrap(inflated(Base64.getDecoder().decode(text)));
        int index = 0;
        while (numbers.hasRemaining()) {
            index += (int) read(numbers);
            long zigzag = read(numbers);
            long value = from.integerAt(index) + (zigzag >>> 1 ^ -(zigzag & 1));
            if (from.element() == ElementType.INT16) {
                bytes.putShort(2 * index, (short) value);
            } else if (from.element() == ElementType.INT8 || from.element() == ElementType.UINT8) {
                bytes.put(index, (byte) value);
            } else {
                throw new IllegalArgumentException("differences of " + from.type());
            }
            index++;
        }
        return TensorData.of(from.type(), bytes);
    }

    private static byte[] inflated(byte[] packed) {
        Inflater inflater = new Inflater(true);
        inflater.setInput(packed);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        byte[] part = new byte[4096];
        try {
            while (!inflater.finished()) {
                int size = inflater.inflate(part);
                if (size == 0 && !inflater.finished()) {
                    throw new IllegalArgumentException("differences that end too early");
                }
                whole.write(part, 0, size);
            }
        } catch (DataFormatException broken) {
            throw new IllegalArgumentException(broken);
        } finally {
            inflater.end();
        }
        return whole.toByteArray();
    }

    private static void write(ByteArrayOutputStream numbers, long value) {
        long rest = value;
        while (rest > 127) {
            numbers.write((int) (rest & 127 | 128));
            rest >>>= 7;
        }
        numbers.write((int) rest);
    }

    private static long read(ByteBuffer numbers) {
        long value = 0;
        int shift = 0;
        byte part;
        do {
            part = numbers.get();
            value |= (long) (part & 127) << shift;
            shift += 7;
        } while (part < 0);
        return value;
    }
}
