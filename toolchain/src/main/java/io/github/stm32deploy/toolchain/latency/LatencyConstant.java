// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

/**
 * The constants of the latency model, their units, and the range that physics leaves them. Their values are fitted and
 * stand in a data file ({@link LatencyConstants#shipped()}), never here.
 *
 * <p>The form of the model follows per-epoch measurements of MobileNetV2 on STM32N6: a convolution chain gives one output
 * element in a cycle, a depthwise one takes one input element in a cycle, weights come from flash at the rate of the clock
 * profile, more than 512 output channels cost a fixed time for each channel and row.
 */
public enum LatencyConstant {
    /** Elements that a chain writes in an NPU cycle. */
    OUTPUT_RATE("elements per NPU cycle", 0.3, 2),
    /** Elements that a chain reads in an NPU cycle. */
    INPUT_RATE("elements per NPU cycle", 1, 20),
    /** Larger of input and output elements of a depthwise convolution in an NPU cycle. */
    DEPTHWISE_RATE("elements per NPU cycle", 0.3, 2),
    /** Start of each row of each channel of a depthwise convolution. */
    DEPTHWISE_ROW("NPU cycles per channel and output row", 0, 20),
    /** Multiplications of 1x1 convolutions, output channels filled up to whole passes. */
    POINTWISE_MACS("multiplications per NPU cycle", 20, 288),
    /** Multiplications of windows larger than 1x1 over more than four channels; skipped columns count, skipped rows do not. */
    WINDOW_MACS("multiplications per NPU cycle", 20, 288),
    /** Outputs of windows with a stride: the row is computed in full. */
    STRIDED_OUTPUT("NPU cycles per output element", 0.5, 8),
    /** More than 512 output channels: each channel. */
    WIDE_CHANNEL("NPU cycles per output channel", 0, 1000),
    /** More than 512 output channels: each row of each channel. */
    WIDE_ROW("NPU cycles per output channel and row", 0, 100),
    /** Elements of copies, layout moves and requantizations. */
    COPY_RATE("elements per NPU cycle", 0.1, 4),
    /** Elements of element-wise operators, all operands together. */
    OPERAND_RATE("elements per NPU cycle", 0.1, 4),
    /** Elements of pools and activations. */
    STREAM_RATE("elements per NPU cycle", 0.1, 4),
    /** How far the limits of one epoch overlap: exponent of the power mean, high for none. */
    OVERLAP("exponent", 1, 20),
    /** Share of the measured flash rate that a layer sees. */
    FLASH_SHARE("share of the flash rate of the clock profile", 0.3, 1.2),
    /** Programming an epoch. */
    EPOCH_SETUP("CPU cycles per hardware epoch", 0, 50_000),
    /** Programming each output channel, up to 512. */
    CHANNEL_SETUP("CPU cycles per output channel of a hardware epoch", 0, 1_000),
    /** Programming an epoch that the epoch controller replays. */
    CONTROLLED_SETUP("CPU cycles per hardware epoch under the epoch controller", 0, 20_000),
    /** Epochs that the epoch controller replays against those that the CPU programs. */
    CONTROLLED_CORE("factor on the streams of hardware epochs under the epoch controller", 0.8, 1.5),
    /** Start of a hybrid epoch. */
    HYBRID_SETUP("CPU cycles per hybrid epoch", 0, 500_000),
    /** Elements that nearest resizing in a hybrid epoch makes, before release 4.0. */
    HYBRID_RESIZE("CPU cycles per element", 0, 40),
    /** Elements that another hybrid epoch moves, before release 4.0. */
    HYBRID_ELEMENT("CPU cycles per element", 0, 40),
    /** Elements that a hybrid epoch moves, from release 4.0: the NPU streams most of them. */
    HYBRID_STREAMED("CPU cycles per element", 0, 40),
    /** Start of a software epoch. */
    SOFTWARE_SETUP("CPU cycles per software epoch", 0, 500_000),
    /** Int8 to float, float to int8, int8 to int8. */
    QUANTIZE_ELEMENT("CPU cycles per element", 1, 40),
    /** Pool and mean. */
    REDUCE_ELEMENT("CPU cycles per input element", 0.5, 60),
    /** Softmax. */
    SOFTMAX_ELEMENT("CPU cycles per element", 5, 300),
    /** Copies and layout moves by the CPU. */
    COPY_ELEMENT("CPU cycles per element", 0.5, 60),
    /** Interpolation, each output element. */
    RESIZE_ELEMENT("CPU cycles per output element", 1, 400),
    /** Any other operator, each output element. */
    OTHER_ELEMENT("CPU cycles per output element", 1, 400),
    /** Multiplications of float convolutions and products on the CPU. */
    FLOAT_MAC("CPU cycles per multiplication", 0.5, 100),
    /** Multiplications of integer products on the CPU. */
    INTEGER_MAC("CPU cycles per multiplication", 0.1, 100),
    /** Activations written to and read from external RAM. */
    EXTERNAL_RATE("bytes per second", 1e6, 1e9),
    /** Partial sums of convolutions in pieces, written to and read from external RAM. */
    PARTIAL_SUM_RATE("bytes per second", 1e6, 1e9),
    /** Release 2.0 against later ones. */
    OLD_RELEASE("factor on the core time of hardware epochs of release 2.0", 0.8, 1.5);

    private final String unit;
    private final double low;
    private final double high;

    LatencyConstant(String unit, double low, double high) {
        this.unit = unit;
        this.low = low;
        this.high = high;
    }

    public String unit() {
        return unit;
    }

    /** Least value that is physically possible. */
    public double low() {
        return low;
    }

    public double high() {
        return high;
    }
}
