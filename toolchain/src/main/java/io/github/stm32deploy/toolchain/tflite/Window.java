// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.Attribute;
import org.tensorflow.lite.schema.Padding;

/** Strides, dilations and padding rule of a sliding window. */
final class Window {
    private final byte padding;
    final long strideH;
    final long strideW;
    long dilationH = 1;
    long dilationW = 1;

    Window(byte padding, int strideH, int strideW) {
        if (strideH <= 0 || strideW <= 0) {
            throw new IllegalArgumentException("strides " + strideH + "x" + strideW);
        }
        this.padding = padding;
        this.strideH = strideH;
        this.strideW = strideW;
    }

    /** Attribute {@code pads}: top, left, bottom, right. SAME puts the odd row or column at the end, as TensorFlow does. */
    Attribute pads(long height, long width, long kernelH, long kernelW) {
        if (padding != Padding.SAME) {
            return Attribute.ofInts(0, 0, 0, 0);
        }
        long vertical = total(height, kernelH, strideH, dilationH);
        long horizontal = total(width, kernelW, strideW, dilationW);
        return Attribute.ofInts(vertical / 2, horizontal / 2, vertical - vertical / 2, horizontal - horizontal / 2);
    }

    private static long total(long size, long kernel, long stride, long dilation) {
        if (size < 0) {
            throw new NotConvertible("SAME padding of an unknown size");
        }
        long made = (size + stride - 1) / stride;
        return Math.max(0, (made - 1) * stride + (kernel - 1) * dilation + 1 - size);
    }
}
