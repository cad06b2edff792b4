// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

/**
 * Element types of tensors, named as in the ONNX specification (onnx.proto, TensorProto.DataType, IR version 13).
 *
 * <p>{@link #bits()} is the size of one stored element; types below a byte are packed,
 * first element in the lowest bits.
 */
public enum ElementType {
    FLOAT32(32, true),
    FLOAT64(64, true),
    FLOAT16(16, true),
    BFLOAT16(16, true),
    FLOAT8E4M3FN(8, true),
    FLOAT8E4M3FNUZ(8, true),
    FLOAT8E5M2(8, true),
    FLOAT8E5M2FNUZ(8, true),
    /** A power of two: the scale of a block of small floats. */
    FLOAT8E8M0(8, true),
    FLOAT4E2M1(4, true),
    INT2(2, false),
    UINT2(2, false),
    INT4(4, false),
    UINT4(4, false),
    INT8(8, false),
    UINT8(8, false),
    INT16(16, false),
    UINT16(16, false),
    INT32(32, false),
    UINT32(32, false),
    INT64(64, false),
    UINT64(64, false),
    BOOL(8, false),
    COMPLEX64(64, false),
    COMPLEX128(128, false),
    STRING(0, false),
    UNKNOWN(0, false);

    private final int bits;
    private final boolean floatingPoint;

    ElementType(int bits, boolean floatingPoint) {
        this.bits = bits;
        this.floatingPoint = floatingPoint;
    }

    /** Bits of one stored element; 0 where the size is not fixed. */
    public int bits() {
        return bits;
    }

    public boolean isFloatingPoint() {
        return floatingPoint;
    }

    /** Bytes that {@code elements} of this type occupy, sub-byte types packed. */
    public long bytesFor(long elements) {
        return (elements * bits + 7) / 8;
    }
}
