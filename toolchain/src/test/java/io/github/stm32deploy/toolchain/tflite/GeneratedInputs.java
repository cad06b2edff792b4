// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Input values that a program in any language can make again; the rule stands in interpreter-outputs.json. */
final class GeneratedInputs {
    private GeneratedInputs() {}

    static TensorData of(TensorType type, long seed) {
        ByteBuffer bytes = ByteBuffer.allocate((int) type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        long state = seed;
        for (long index = 0; index < type.shape().elements(); index++) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            switch (type.element()) {
                case FLOAT32 -> bytes.putFloat((float) ((state >>> 40) / 8388608.0 - 1.0));
                case INT8 -> bytes.put((byte) ((state >>> 56) - 128));
                case UINT8 -> bytes.put((byte) (state >>> 56));
                case INT16 -> bytes.putShort((short) ((state >>> 48) - 32768));
                case INT32 -> bytes.putInt((int) ((state >>> 56) % 3));
                case BOOL -> bytes.put((byte) (state >>> 63));
                default -> throw new IllegalArgumentException("no values for " + type);
            }
        }
        return TensorData.of(type, bytes.flip());
    }
}
