// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.List;

/**
 * Convolution, depthwise or transposed convolution. Weights in the order their kernel wants.
 *
 * @param scale factor from sums to output quanta, by channel; where {@code inScale} is not 0 followed by the weights' scales
 *     and the biases as real numbers, from which the kernel computes again what lies next to a tie
 * @param inScale of the input tensor, or 0
 * @param outScale of the output tensor, or 0
 */
record ConvolutionStep(
        Identity identity,
        Kind kind,
        Geometry geometry,
        int inZeroPoint,
        int outZeroPoint,
        int outMin,
        int outMax,
        Buffer input,
        Buffer output,
        byte[] weights,
        int[] bias,
        float[] scale,
        float inScale,
        float outScale)
        implements Step {

    enum Kind {
        CONVOLUTION("n6_conv2d_s8", "n6_layer_conv2d"),
        DEPTHWISE("n6_depthwise_s8", "n6_layer_depthwise"),
        TRANSPOSED("n6_conv_transpose_s8", "n6_layer_conv_transpose");

        private final String kernel;
        private final String adapter;

        Kind(String kernel, String adapter) {
            this.kernel = kernel;
            this.adapter = adapter;
        }
    }

    /** Sizes in pixels and channels; padTop and padLeft may be 0, bottom and right follow from the output size. */
    record Geometry(
            int inH,
            int inW,
            int inC,
            int outH,
            int outW,
            int outC,
            int kernelH,
            int kernelW,
            int strideH,
            int strideW,
            int dilationH,
            int dilationW,
            int padTop,
            int padLeft,
            int groups) {

        /** This geometry on an input without the border that was padded explicitly before. */
        Geometry paddingInside(int top, int left, int bottom, int right) {
            return new Geometry(
                    inH - top - bottom,
                    inW - left - right,
                    inC,
                    outH,
                    outW,
                    outC,
                    kernelH,
                    kernelW,
                    strideH,
                    strideW,
                    dilationH,
                    dilationW,
                    padTop + top,
                    padLeft + left,
                    groups);
        }

        private boolean isPointwise() {
            return kernelH == 1
                    && kernelW == 1
                    && strideH == 1
                    && strideW == 1
                    && padTop == 0
                    && padLeft == 0
                    && groups == 1
                    && outH == inH
                    && outW == inW;
        }
    }

    @Override
    public List<Buffer> inputs() {
        return List.of(input);
    }

    @Override
    public ConvolutionStep withInput(int index, Buffer newInput) {
        return with(geometry, outMin, outMax, newInput, output);
    }

    @Override
    public ConvolutionStep withOutput(Buffer newOutput) {
        return with(geometry, outMin, outMax, input, newOutput);
    }

    ConvolutionStep with(Geometry newGeometry, Buffer newInput) {
        return with(newGeometry, outMin, outMax, newInput, output);
    }

    @Override
    public int[] outputRange() {
        return new int[] {outMin, outMax};
    }

    @Override
    public ConvolutionStep withOutputRange(int min, int max) {
        return with(geometry, min, max, input, output);
    }

    private ConvolutionStep with(Geometry newGeometry, int min, int max, Buffer newInput, Buffer newOutput) {
        return new ConvolutionStep(
                identity,
                kind,
                newGeometry,
                inZeroPoint,
                outZeroPoint,
                min,
                max,
                newInput,
                newOutput,
                weights,
                bias,
                scale,
                inScale,
                outScale);
    }

    @Override
    public String kernel() {
        return kind.kernel;
    }

    @Override
    public String adapter() {
        return kind.adapter;
    }

    @Override
    public CStructure parameters() {
        Geometry g = geometry;
        return CStructure.of("n6_conv2d_t")
                .put("in_h", g.inH)
                .put("in_w", g.inW)
                .put("in_c", g.inC)
                .put("out_h", g.outH)
                .put("out_w", g.outW)
                .put("out_c", g.outC)
                .put("kernel_h", g.kernelH)
                .put("kernel_w", g.kernelW)
                .put("stride_h", g.strideH)
                .put("stride_w", g.strideW)
                .put("dilation_h", g.dilationH)
                .put("dilation_w", g.dilationW)
                .put("pad_top", g.padTop)
                .put("pad_left", g.padLeft)
                .put("groups", g.groups)
                .put("in_zero_point", inZeroPoint)
                .put("out_zero_point", outZeroPoint)
                .put("out_min", outMin)
                .put("out_max", outMax)
                .put("in_scale", inScale)
                .put("out_scale", outScale)
                .build();
    }

    @Override
    public long macc() {
        Geometry g = geometry;
        long taps = (long) g.kernelH * g.kernelW * (g.inC / g.groups);
        // A transposed convolution scatters each input over the taps; ST counts input positions.
        return kind == Kind.TRANSPOSED ? (long) g.inH * g.inW * g.outC * taps : (long) g.outH * g.outW * g.outC * taps;
    }

    /** The formulas of n6_kernels.h ("Scratch sizes depend on the parameters only"). */
    @Override
    public long scratchBytes() {
        Geometry g = geometry;
        if (kind == Kind.DEPTHWISE) {
            return (long) g.kernelH * g.kernelW * ((g.outC + 7) / 8 * 8);
        }
        if (kind == Kind.CONVOLUTION && g.isPointwise()) {
            return 0;
        }
        long depth = (long) g.kernelH * g.kernelW * (g.inC / g.groups);
        long row = (depth + 15) / 16 * 16;
        long rows = Math.max(1, Math.min(4096 / row, (long) g.outH * g.outW));
        return rows * row;
    }
}
