// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

import static io.github.stm32deploy.toolchain.latency.LatencyConstant.CHANNEL_SETUP;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.CONTROLLED_CORE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.CONTROLLED_SETUP;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.COPY_ELEMENT;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.COPY_RATE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.DEPTHWISE_RATE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.DEPTHWISE_ROW;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.EPOCH_SETUP;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.EXTERNAL_RATE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.FLASH_SHARE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.FLOAT_MAC;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.HYBRID_ELEMENT;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.HYBRID_RESIZE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.HYBRID_SETUP;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.HYBRID_STREAMED;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.INPUT_RATE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.INTEGER_MAC;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.OLD_RELEASE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.OPERAND_RATE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.OTHER_ELEMENT;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.OUTPUT_RATE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.OVERLAP;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.PARTIAL_SUM_RATE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.POINTWISE_MACS;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.QUANTIZE_ELEMENT;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.REDUCE_ELEMENT;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.RESIZE_ELEMENT;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.SOFTMAX_ELEMENT;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.SOFTWARE_SETUP;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.STREAM_RATE;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.STRIDED_OUTPUT;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.WIDE_CHANNEL;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.WIDE_ROW;
import static io.github.stm32deploy.toolchain.latency.LatencyConstant.WINDOW_MACS;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction.Bound;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction.EpochTime;
import io.github.stm32deploy.toolchain.support.EpochGeometry;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.SdkVersion;

/** Time of an epoch from its load, the constants and the clocks. */
public final class EpochTimer {
    /** Per-channel constants are broadcast to at most so many channels (Neural-ART, ARITH unit). */
    private static final long BROADCAST_CHANNELS = 512;
    /** Output channels of one pass of the convolution units, read off the 1x1 layers of MobileNetV2. */
    private static final long PASS_CHANNELS = 24;

    private static final long NARROW_CHANNELS = 4;

    private final LatencyConstants constants;
    private final Npu.Clocks clocks;
    private final SdkVersion sdk;
    private final boolean epochController;

    /**
     * @param epochController true where hardware epochs are replayed by the epoch controller instead of being programmed
     *     one by one
     */
    public EpochTimer(LatencyConstants constants, Npu.Clocks clocks, SdkVersion sdk, boolean epochController) {
        this.constants = constants;
        this.clocks = clocks;
        this.sdk = sdk;
        this.epochController = epochController;
    }

    /** Time of the epoch with its overhead, and what it waits for most. */
    public EpochTime time(EpochLoad load) {
        return switch (load.kind()) {
            case HARDWARE -> hardware(load);
            case HYBRID -> hybrid(load);
            case SOFTWARE -> software(load);
        };
    }

    /** The longest limit so far. */
    private static final class Limits {
        private double longest;
        private Bound bound = Bound.OVERHEAD;

        void add(double time, Bound of) {
            if (time > longest) {
                longest = time;
                bound = of;
            }
        }
    }

    private EpochTime hardware(EpochLoad load) {
        Limits limits = new Limits();
        addStreams(load, limits);
        double core = coreMicros(load, limits);
        double external = externalMicros(load);
        Bound bound = limits.bound;
        if (external > core) {
            bound = Bound.EXTERNAL_RAM;
        }
        double setup = setupMicros(load);
        if (setup > core + external) {
            bound = Bound.OVERHEAD;
        }
        return new EpochTime(load.number(), core + external + setup, bound);
    }

    /** Time within the accelerator, microseconds: what reports of the vendor's profiler call the core phase. */
    public double coreMicros(EpochLoad load) {
        Limits limits = new Limits();
        addStreams(load, limits);
        return coreMicros(load, limits);
    }

    private double coreMicros(EpochLoad load, Limits limits) {
        double controlled = epochController ? get(CONTROLLED_CORE) : 1;
        double compute = limits.longest * controlled * 1e6 / clocks.npuHertz();
        double flash = load.weightBytes() * 1e6 / (clocks.flashBytesPerSecond() * get(FLASH_SHARE));
        if (flash > compute) {
            limits.bound = Bound.WEIGHTS_FROM_FLASH;
        }
        return overlapped(compute, flash) * (sdk.atLeast(SdkVersion.V2_1) ? 1 : get(OLD_RELEASE));
    }

    private double overlapped(double one, double other) {
        double longer = Math.max(one, other);
        if (longer == 0) {
            return 0;
        }
        double exponent = get(OVERLAP);
        return longer * Math.pow(1 + Math.pow(Math.min(one, other) / longer, exponent), 1 / exponent);
    }

    /** Limits in NPU cycles. */
    private void addStreams(EpochLoad load, Limits limits) {
        EpochGeometry shape = load.geometry();
        switch (load.work()) {
            case CONVOLUTION, POINTWISE, TRANSPOSED_CONVOLUTION, FULLY_CONNECTED, MATRIX_PRODUCT -> {
                limits.add(load.chainElements() / get(OUTPUT_RATE), Bound.OUTPUT_STREAM);
                limits.add(load.inputElements() / get(INPUT_RATE), Bound.INPUT_STREAM);
                limits.add(stridedCycles(load), Bound.OUTPUT_STREAM);
                limits.add(multiplyCycles(load), Bound.MULTIPLY);
                addChannels(shape, limits);
            }
            case DEPTHWISE -> {
                long rows = shape.outputChannels() * shape.outputRows();
                double streamed = Math.max(load.largestInput(), load.chainElements()) / get(DEPTHWISE_RATE);
                limits.add(streamed + rows * get(DEPTHWISE_ROW), Bound.DEPTHWISE_INPUT);
                addChannels(shape, limits);
            }
            case COPY, RESIZE, REQUANTIZE, QUANTIZE, DEQUANTIZE ->
                addStream(load, load.largestInput(), COPY_RATE, limits);
            case ELEMENTWISE -> addStream(load, load.inputElements(), OPERAND_RATE, limits);
            default -> addStream(load, load.largestInput(), STREAM_RATE, limits);
        }
    }

    private void addStream(EpochLoad load, long read, LatencyConstant rate, Limits limits) {
        limits.add(load.outputElements() / get(rate), Bound.OUTPUT_STREAM);
        limits.add(read / get(rate), Bound.INPUT_STREAM);
    }

    private double multiplyCycles(EpochLoad load) {
        EpochGeometry shape = load.geometry();
        double products = load.products();
        if (shape.kernelHeight() * shape.kernelWidth() == 1) {
            long passes = (shape.outputChannels() + PASS_CHANNELS - 1) / PASS_CHANNELS;
            double filled = (double) passes * PASS_CHANNELS / Math.max(1, shape.outputChannels());
            return products * filled / get(POINTWISE_MACS);
        }
        boolean narrow = shape.inputChannels() / Math.max(1, shape.groups()) <= NARROW_CHANNELS;
        return narrow ? 0 : products * shape.strideWidth() / get(WINDOW_MACS);
    }

    private double stridedCycles(EpochLoad load) {
        EpochGeometry shape = load.geometry();
        boolean strided = shape.strideWidth() > 1 && shape.kernelHeight() * shape.kernelWidth() > 1;
        return strided ? load.chainElements() * get(STRIDED_OUTPUT) : 0;
    }

    private void addChannels(EpochGeometry shape, Limits limits) {
        if (shape.outputChannels() > BROADCAST_CHANNELS && shape.outputRows() > 1) {
            limits.add(
                    shape.outputChannels() * (get(WIDE_CHANNEL) + get(WIDE_ROW) * shape.outputRows()), Bound.CHANNELS);
        }
    }

    /** Time of the CPU for a hardware epoch, microseconds: the phases before and after the core. */
    public double setupMicros(EpochLoad load) {
        if (epochController) {
            return cpuMicros(get(CONTROLLED_SETUP));
        }
        long channels = load.geometry().outputChannels();
        boolean broadcast = EpochLoad.multiplies(load.work()) && channels <= BROADCAST_CHANNELS;
        return cpuMicros(get(EPOCH_SETUP) + (broadcast ? channels * get(CHANNEL_SETUP) : 0));
    }

    private EpochTime hybrid(EpochLoad load) {
        double moved = Math.max(load.inputElements(), load.outputElements());
        boolean streams = sdk.atLeast(SdkVersion.V4_0);
        LatencyConstant early = load.work() == EpochWork.RESIZE ? HYBRID_RESIZE : HYBRID_ELEMENT;
        double micros = cpuMicros(get(HYBRID_SETUP) + moved * get(streams ? HYBRID_STREAMED : early))
                + moved / get(COPY_RATE) * 1e6 / clocks.npuHertz()
                + externalMicros(load);
        return new EpochTime(load.number(), micros, Bound.SOFTWARE);
    }

    private EpochTime software(EpochLoad load) {
        // The CPU reads external RAM through its cache: no measured network shows a cost beside that of the kernel.
        double cycles = get(SOFTWARE_SETUP) + softwareCycles(load);
        return new EpochTime(load.number(), cpuMicros(cycles), Bound.SOFTWARE);
    }

    private double softwareCycles(EpochLoad load) {
        return switch (load.work()) {
            case CONVOLUTION, POINTWISE, DEPTHWISE, TRANSPOSED_CONVOLUTION, FULLY_CONNECTED, MATRIX_PRODUCT ->
                load.products() * get(load.floating() ? FLOAT_MAC : INTEGER_MAC);
            case QUANTIZE, DEQUANTIZE, REQUANTIZE -> load.outputElements() * get(QUANTIZE_ELEMENT);
            case POOL, GLOBAL_POOL, REDUCE ->
                Math.max(load.inputElements(), load.outputElements()) * get(REDUCE_ELEMENT);
            case SOFTMAX -> load.outputElements() * get(SOFTMAX_ELEMENT);
            case COPY -> Math.max(load.inputElements(), load.outputElements()) * get(COPY_ELEMENT);
            case RESIZE -> load.outputElements() * get(load.interpolating() ? RESIZE_ELEMENT : COPY_ELEMENT);
            case ELEMENTWISE, ACTIVATION, OTHER -> load.outputElements() * get(OTHER_ELEMENT);
        };
    }

    private double externalMicros(EpochLoad load) {
        return load.spilledBytes() * 1e6 / get(EXTERNAL_RATE) + load.partialSumBytes() * 1e6 / get(PARTIAL_SUM_RATE);
    }

    private double cpuMicros(double cycles) {
        return cycles * 1e6 / clocks.cpuHertz();
    }

    private double get(LatencyConstant constant) {
        return constants.get(constant);
    }
}
