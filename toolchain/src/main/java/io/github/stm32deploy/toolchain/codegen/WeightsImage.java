// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.CRC32;

/** Collects constant arrays into the weights image of n6_network.h; equal arrays are stored once. */
final class WeightsImage {
    static final int HEADER_BYTES = 32;
    private static final int VERSION = 1;
    private static final int ALIGNMENT = 16;

    private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
    private final Map<ByteBuffer, Long> offsets = new HashMap<>();

    /** Offset of the array from the start of the payload. */
    long add(byte[] array) {
        return offsets.computeIfAbsent(ByteBuffer.wrap(array), absent -> {
            long offset = payload.size();
            payload.writeBytes(array);
            while (payload.size() % ALIGNMENT != 0) {
                payload.write(0);
            }
            return offset;
        });
    }

    long add(int[] array) {
        ByteBuffer bytes = ByteBuffer.allocate(array.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asIntBuffer().put(array);
        return add(bytes.array());
    }

    long add(float[] array) {
        ByteBuffer bytes = ByteBuffer.allocate(array.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(array);
        return add(bytes.array());
    }

    /** @param modelDigest 16 bytes */
    byte[] toBytes(byte[] modelDigest) {
        byte[] arrays = payload.toByteArray();
        CRC32 crc = new CRC32();
        crc.update(arrays);
        return ByteBuffer.allocate(HEADER_BYTES + arrays.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put("N6W1".getBytes(StandardCharsets.US_ASCII))
                .putInt(VERSION)
                .putInt(arrays.length)
                .putInt((int) crc.getValue())
                .put(modelDigest, 0, 16)
                .put(arrays)
                .array();
    }
}
