// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

/** Element types by their number in onnx.proto (TensorProto.DataType), as the attributes of Cast and others carry it. */
public final class OnnxTypeNumbers {
    private static final ElementType[] BY_NUMBER = {
        ElementType.UNKNOWN,
        ElementType.FLOAT32,
        ElementType.UINT8,
        ElementType.INT8,
        ElementType.UINT16,
        ElementType.INT16,
        ElementType.INT32,
        ElementType.INT64,
        ElementType.STRING,
        ElementType.BOOL,
        ElementType.FLOAT16,
        ElementType.FLOAT64,
        ElementType.UINT32,
        ElementType.UINT64,
        ElementType.COMPLEX64,
        ElementType.COMPLEX128,
        ElementType.BFLOAT16,
        ElementType.FLOAT8E4M3FN,
        ElementType.FLOAT8E4M3FNUZ,
        ElementType.FLOAT8E5M2,
        ElementType.FLOAT8E5M2FNUZ,
        ElementType.UINT4,
        ElementType.INT4,
        ElementType.FLOAT4E2M1,
        ElementType.FLOAT8E8M0,
        ElementType.UINT2,
        ElementType.INT2
    };

    private OnnxTypeNumbers() {}

    /** The type with this number; {@link ElementType#UNKNOWN} for one that is not interpreted. */
    public static ElementType of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : ElementType.UNKNOWN;
    }

    /** The number of {@code element}; 0 (undefined) for {@link ElementType#UNKNOWN}. */
    public static int of(ElementType element) {
        for (int number = 1; number < BY_NUMBER.length; number++) {
            if (BY_NUMBER[number] == element && element != ElementType.UNKNOWN) {
                return number;
            }
        }
        return 0;
    }
}
