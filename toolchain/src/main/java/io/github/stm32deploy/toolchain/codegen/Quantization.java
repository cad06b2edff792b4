// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

/**
 * Per-tensor affine quantization of a tensor that lies in memory as int8: real = scale * (stored - zeroPoint). A uint8
 * tensor of the graph has its zero point shifted by 128 here, because memory holds its values minus 128.
 */
record Quantization(float scale, int zeroPoint) {

    /** QuantizeLinear as ONNX Runtime computes it: divide in binary32, round half to even, shift, saturate. */
    int quantize(float real) {
        float quotient = real / scale;
        float low = -128 - zeroPoint;
        float high = 127 - zeroPoint;
        float bounded = Math.min(Math.max(quotient, low), high);
        return (int) Math.rint(bounded) + zeroPoint;
    }

    /** DequantizeLinear in binary32. */
    float dequantize(int stored) {
        return (stored - zeroPoint) * scale;
    }
}
