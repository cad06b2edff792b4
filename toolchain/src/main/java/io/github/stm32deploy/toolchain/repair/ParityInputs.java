// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Seeded inputs on which two graphs are compared: the same for the same graph. */
final class ParityInputs {
    private static final long SEED = 20_240_229L;

    private ParityInputs() {}

    /**
     * Two sets: values in 0..1 as a normalized picture has them, and values around 0 within -2..2. Integer inputs get all of
     * their codes.
     *
     * @param after fixes the dimensions that {@code before} leaves open
     * @return empty where an input has no size that could be fed
     */
    static Optional<List<Map<String, TensorData>>> of(ModelGraph before, ModelGraph after) {
        Random random = new Random(SEED);
        List<Map<String, TensorData>> sets = new ArrayList<>();
        for (int set = 0; set < 2; set++) {
            Map<String, TensorData> values = new LinkedHashMap<>();
            for (GraphValue input : before.inputs()) {
                Optional<Shape> shape = shape(input, after);
                if (shape.isEmpty() || !isFed(input.type().element())) {
                    return Optional.empty();
                }
                values.put(input.name(), value(new TensorType(input.type().element(), shape.get()), set, random));
            }
            sets.add(values);
        }
        return Optional.of(sets);
    }

    private static Optional<Shape> shape(GraphValue input, ModelGraph after) {
        Shape own = input.type().shape();
        if (own.isStatic()) {
            return Optional.of(own);
        }
        Optional<Shape> bound = after.inputs().stream()
                .filter(other -> other.name().equals(input.name()))
                .map(other -> other.type().shape())
                .filter(Shape::isStatic)
                .findFirst();
        if (bound.isPresent()) {
            return bound;
        }
        // A batch that is open is one image; other open sizes cannot be guessed.
        long[] sizes = own.toArray();
        if (sizes.length > 0 && sizes[0] < 0) {
            sizes[0] = 1;
        }
        return Optional.of(Shape.of(sizes)).filter(Shape::isStatic);
    }

    private static boolean isFed(ElementType element) {
        return switch (element) {
            case FLOAT32, FLOAT64, FLOAT16, BFLOAT16, INT8, UINT8, INT16, INT32, INT64, BOOL -> true;
            default -> false;
        };
    }

    private static TensorData value(TensorType type, int set, Random random) {
        int count = Math.toIntExact(type.shape().elements());
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(type.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        for (int index = 0; index < count; index++) {
            double real = set == 0 ? random.nextFloat() : random.nextFloat() * 4 - 2;
            switch (type.element()) {
                case FLOAT32 -> bytes.putFloat((float) real);
                case FLOAT64 -> bytes.putDouble(real);
                case FLOAT16 -> bytes.putShort(half((float) real));
                // The upper half of a binary32.
                case BFLOAT16 -> bytes.putShort((short) (Float.floatToIntBits((float) real) >> 16));
                case INT16 -> bytes.putShort((short) random.nextInt(1 << 16));
                // Indices and sizes: small and never negative.
                case INT32 -> bytes.putInt(random.nextInt(2));
                case INT64 -> bytes.putLong(random.nextInt(2));
                case BOOL -> bytes.put((byte) random.nextInt(2));
                default -> bytes.put((byte) random.nextInt(256));
            }
        }
        return TensorData.of(type, bytes.flip());
    }

    /** binary16 of a value below 4, rounded towards 0; 0 below 2^-14. */
    private static short half(float value) {
        int bits = Float.floatToIntBits(value);
        int exponent = (bits >> 23 & 0xFF) - 127 + 15;
        int magnitude = exponent <= 0 ? 0 : exponent << 10 | bits >> 13 & 0x3FF;
        return (short) (bits >>> 16 & 0x8000 | magnitude);
    }
}
