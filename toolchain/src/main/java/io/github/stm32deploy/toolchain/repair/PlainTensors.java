// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** Constants from numbers. */
final class PlainTensors {
    private PlainTensors() {}

    /**
     * @param numbers one for each element, in row-major order; integers are exact up to 2^53
     * @return empty for an element type that is neither a plain integer nor binary32 or binary64
     */
    static Optional<TensorData> of(TensorType type, double... numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        for (double number : numbers) {
            switch (type.element()) {
                case FLOAT32 -> bytes.putFloat((float) number);
                case FLOAT64 -> bytes.putDouble(number);
                case INT64 -> bytes.putLong((long) number);
                case INT32 -> bytes.putInt((int) number);
                case INT8, UINT8, BOOL -> bytes.put((byte) number);
                default -> {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(TensorData.of(type, bytes.flip()));
    }
}
