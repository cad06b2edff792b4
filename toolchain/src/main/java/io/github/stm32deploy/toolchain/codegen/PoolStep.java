// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import java.util.List;

/** Maximum or average pooling. */
record PoolStep(
        Identity identity,
        boolean maximum,
        Window window,
        Quantization in,
        Quantization out,
        int outMin,
        int outMax,
        Buffer input,
        Buffer output)
        implements Step {

    record Window(
            int inH,
            int inW,
            int channels,
            int outH,
            int outW,
            int kernelH,
            int kernelW,
            int strideH,
            int strideW,
            int padTop,
            int padLeft,
            boolean countIncludePad) {

        /** All of {@code length} pixels become one. */
        static Window column(int length, int channels) {
            return new Window(length, 1, channels, 1, 1, length, 1, 1, 1, 0, 0, false);
        }
    }

    @Override
    public List<Buffer> inputs() {
        return List.of(input);
    }

    @Override
    public PoolStep withInput(int index, Buffer newInput) {
        return new PoolStep(identity, maximum, window, in, out, outMin, outMax, newInput, output);
    }

    @Override
    public PoolStep withOutput(Buffer newOutput) {
        return new PoolStep(identity, maximum, window, in, out, outMin, outMax, input, newOutput);
    }

    PoolStep with(Window newWindow, Buffer newInput) {
        return new PoolStep(identity, maximum, newWindow, in, out, outMin, outMax, newInput, output);
    }

    @Override
    public int[] outputRange() {
        return new int[] {outMin, outMax};
    }

    @Override
    public PoolStep withOutputRange(int min, int max) {
        return new PoolStep(identity, maximum, window, in, out, min, max, input, output);
    }

    @Override
    public String kernel() {
        return maximum ? "n6_max_pool_s8" : "n6_average_pool_s8";
    }

    @Override
    public String adapter() {
        return maximum ? "n6_layer_max_pool" : "n6_layer_average_pool";
    }

    @Override
    public CStructure parameters() {
        return CStructure.of("n6_pool2d_t")
                .put("in_h", window.inH)
                .put("in_w", window.inW)
                .put("channels", window.channels)
                .put("out_h", window.outH)
                .put("out_w", window.outW)
                .put("kernel_h", window.kernelH)
                .put("kernel_w", window.kernelW)
                .put("stride_h", window.strideH)
                .put("stride_w", window.strideW)
                .put("pad_top", window.padTop)
                .put("pad_left", window.padLeft)
                .put("count_include_pad", window.countIncludePad ? 1 : 0)
                .put("in_scale", in.scale())
                .put("out_scale", out.scale())
                .put("in_zero_point", in.zeroPoint())
                .put("out_zero_point", out.zeroPoint())
                .put("out_min", outMin)
                .put("out_max", outMax)
                .build();
    }

    @Override
    public long macc() {
        return (long) window.outH * window.outW * window.channels * window.kernelH * window.kernelW;
    }
}
