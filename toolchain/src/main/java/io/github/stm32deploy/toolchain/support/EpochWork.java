// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

/** What an epoch does: the classes that differ in speed. */
public enum EpochWork {
    /** Convolution with a window larger than 1x1 over all channels of a group. */
    CONVOLUTION,
    /** 1x1 convolution. */
    POINTWISE,
    /** Convolution with as many groups as channels. */
    DEPTHWISE,
    TRANSPOSED_CONVOLUTION,
    /** Gemm or MatMul with constant weights. */
    FULLY_CONNECTED,
    /** MatMul of two activations. */
    MATRIX_PRODUCT,
    POOL,
    GLOBAL_POOL,
    /** Two operands: Add, Mul, Sub... */
    ELEMENTWISE,
    /** One operand, element by element: Relu, Sigmoid by table, Clip... */
    ACTIVATION,
    /** Concat, Split, Slice, Pad, Transpose, DepthToSpace: bytes are moved, nothing is computed. */
    COPY,
    RESIZE,
    /** Int8 to int8 with another scale. */
    REQUANTIZE,
    QUANTIZE,
    DEQUANTIZE,
    SOFTMAX,
    REDUCE,
    /** Anything else; the operator's name tells. */
    OTHER
}
