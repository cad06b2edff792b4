// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.onnx;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.github.stm32deploy.toolchain.model.ElementType;

/** Numbers of TensorProto.DataType and the element types of the graph. */
final class OnnxElementTypes {
    private OnnxElementTypes() {}

    /** {@link ElementType#UNKNOWN} for a number that this version does not interpret. */
    static ElementType of(int dataType) {
        return switch (dataType) {
            case DataType.FLOAT_VALUE -> ElementType.FLOAT32;
            case DataType.DOUBLE_VALUE -> ElementType.FLOAT64;
            case DataType.FLOAT16_VALUE -> ElementType.FLOAT16;
            case DataType.BFLOAT16_VALUE -> ElementType.BFLOAT16;
            case DataType.FLOAT8E4M3FN_VALUE -> ElementType.FLOAT8;
            case DataType.INT4_VALUE -> ElementType.INT4;
            case DataType.UINT4_VALUE -> ElementType.UINT4;
            case DataType.INT8_VALUE -> ElementType.INT8;
            case DataType.UINT8_VALUE -> ElementType.UINT8;
            case DataType.INT16_VALUE -> ElementType.INT16;
            case DataType.UINT16_VALUE -> ElementType.UINT16;
            case DataType.INT32_VALUE -> ElementType.INT32;
            case DataType.UINT32_VALUE -> ElementType.UINT32;
            case DataType.INT64_VALUE -> ElementType.INT64;
            case DataType.UINT64_VALUE -> ElementType.UINT64;
            case DataType.BOOL_VALUE -> ElementType.BOOL;
            case DataType.COMPLEX64_VALUE -> ElementType.COMPLEX64;
            case DataType.STRING_VALUE -> ElementType.STRING;
            default -> ElementType.UNKNOWN;
        };
    }

    static int numberOf(ElementType element) {
        return switch (element) {
            case FLOAT32 -> DataType.FLOAT_VALUE;
            case FLOAT64 -> DataType.DOUBLE_VALUE;
            case FLOAT16 -> DataType.FLOAT16_VALUE;
            case BFLOAT16 -> DataType.BFLOAT16_VALUE;
            case FLOAT8 -> DataType.FLOAT8E4M3FN_VALUE;
            case INT4 -> DataType.INT4_VALUE;
            case UINT4 -> DataType.UINT4_VALUE;
            case INT8 -> DataType.INT8_VALUE;
            case UINT8 -> DataType.UINT8_VALUE;
            case INT16 -> DataType.INT16_VALUE;
            case UINT16 -> DataType.UINT16_VALUE;
            case INT32 -> DataType.INT32_VALUE;
            case UINT32 -> DataType.UINT32_VALUE;
            case INT64 -> DataType.INT64_VALUE;
            case UINT64 -> DataType.UINT64_VALUE;
            case BOOL -> DataType.BOOL_VALUE;
            case COMPLEX64 -> DataType.COMPLEX64_VALUE;
            case STRING -> DataType.STRING_VALUE;
            case UNKNOWN -> DataType.UNDEFINED_VALUE;
        };
    }
}
