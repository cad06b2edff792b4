// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

/**
 * Element types of tensors, named as in the ONNX specification (onnx.proto, TensorProto.DataType, IR version 13).
 *
 * <p>{@link #bits()} is the size of one stored element; sub-byte types are packed two to a byte.
 */
public enum ElementType {
    FLOAT32(32, true),
    FLOAT64(64, true),
    FLOAT16(16, true),
    BFLOAT16(16, true),
    FLOAT8(8, true),
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
