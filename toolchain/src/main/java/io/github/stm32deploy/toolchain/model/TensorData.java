// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;

/**
 * A tensor with its values: row-major, little-endian. The buffer may be a window into a mapped file; it is never copied
 * and never written through this class.
 */
public final class TensorData {
    private final TensorType type;
    private final ByteBuffer bytes;

    private TensorData(TensorType type, ByteBuffer bytes) {
        this.type = type;
        this.bytes = bytes;
    }

    /**
     * Wraps {@code bytes} from its position to its limit without copying.
     *
     * @throws IllegalArgumentException where the number of bytes does not fit the type
     */
    public static TensorData of(TensorType type, ByteBuffer bytes) {
        Objects.requireNonNull(type);
        ByteBuffer window = bytes.slice().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
        if (type.element().bits() > 0 && window.remaining() != type.bytes()) {
            throw new IllegalArgumentException(type + " needs " + type.bytes() + " bytes, got " + window.remaining());
        }
        return new TensorData(type, window);
    }

    public static TensorData ofFloats(Shape shape, float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return of(new TensorType(ElementType.FLOAT32, shape), buffer);
    }

    public static TensorData ofLongs(Shape shape, long... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asLongBuffer().put(values);
        return of(new TensorType(ElementType.INT64, shape), buffer);
    }

    public static TensorData ofInts(Shape shape, int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        buffer.asIntBuffer().put(values);
        return of(new TensorType(ElementType.INT32, shape), buffer);
    }

    public static TensorData ofBytes(ElementType element, Shape shape, byte... values) {
        return of(new TensorType(element, shape), ByteBuffer.wrap(values));
    }

    public TensorType type() {
        return type;
    }

    public Shape shape() {
        return type.shape();
    }

    public ElementType element() {
        return type.element();
    }

    public long elements() {
        return type.shape().elements();
    }

    /** The raw values, row-major, little-endian, read-only, positioned at 0. */
    public ByteBuffer bytes() {
        return bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The same values under another shape of as many elements. */
    public TensorData reshaped(Shape shape) {
        return of(new TensorType(type.element(), shape), bytes());
    }

    /**
     * Element {@code index} (row-major) as a long.
     *
     * @throws IllegalStateException where the elements are no integers
     */
    public long integerAt(int index) {
        return switch (type.element()) {
            case INT8 -> bytes.get(index);
            case UINT8, BOOL -> bytes.get(index) & 0xFF;
            case INT16 -> bytes.getShort(index * 2);
            case UINT16 -> bytes.getShort(index * 2) & 0xFFFF;
            case INT32 -> bytes.getInt(index * 4);
            case UINT32 -> bytes.getInt(index * 4) & 0xFFFFFFFFL;
            case INT64, UINT64 -> bytes.getLong(index * 8);
            case INT4 -> (byte) (packed(index, 4) << 4) >> 4;
            case UINT4 -> packed(index, 4);
            case INT2 -> (byte) (packed(index, 2) << 6) >> 6;
            case UINT2 -> packed(index, 2);
            default -> throw new IllegalStateException(type + " holds no integers");
        };
    }

    /** Element {@code index} (row-major) as a float; integers are converted, halves widened exactly. */
    public float floatAt(int index) {
        return switch (type.element()) {
            case FLOAT32 -> bytes.getFloat(index * 4);
            case FLOAT64 -> (float) bytes.getDouble(index * 8);
            case FLOAT16 -> halfToFloat(bytes.getShort(index * 2));
            case BFLOAT16 -> Float.intBitsToFloat(bytes.getShort(index * 2) << 16);
            case FLOAT8E4M3FN, FLOAT8E4M3FNUZ, FLOAT8E5M2, FLOAT8E5M2FNUZ, FLOAT8E8M0 ->
                SmallFloat.decode(type.element(), bytes.get(index) & 0xFF);
            case FLOAT4E2M1 -> SmallFloat.decode(type.element(), packed(index, 4));
            default -> integerAt(index);
        };
    }

    /** All elements as floats (a copy). */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(elements())];
        if (type.element() == ElementType.FLOAT32) {
            bytes().asFloatBuffer().get(values);
        } else {
            for (int index = 0; index < values.length; index++) {
                values[index] = floatAt(index);
            }
        }
        return values;
    }

    /** All elements as longs (a copy). */
    public long[] toLongs() {
        long[] values = new long[Math.toIntExact(elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = integerAt(index);
        }
        return values;
    }

    /** All elements as ints (a copy); fails where one does not fit. */
    public int[] toInts() {
        int[] values = new int[Math.toIntExact(elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = Math.toIntExact(integerAt(index));
        }
        return values;
    }

    /** Element {@code index} of a type below a byte: the first one is in the lowest bits. */
    private int packed(int index, int bits) {
        int each = 8 / bits;
        return (bytes.get(index / each) & 0xFF) >> (index % each * bits) & ((1 << bits) - 1);
    }

    private static float halfToFloat(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1F;
        int mantissa = half & 0x3FF;
        if (exponent == 0x1F) {
            return Float.intBitsToFloat(sign | 0x7F800000 | (mantissa << 13));
        }
        if (exponent == 0) {
            // Subnormal halves are exact multiples of 2^-24.
            float magnitude = mantissa * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | ((exponent + 112) << 23) | (mantissa << 13));
    }

    @Override
    public String toString() {
        return type.toString();
    }
}
