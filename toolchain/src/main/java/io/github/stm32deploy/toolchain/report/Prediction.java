// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;

/**
 * What the model is predicted to need and take on the NPU of a board. Nothing here was measured.
 *
 * @param graph {@link #AS_IS}, or what has to be done to the file first: {@code after quantize}, {@code after cutting the
 *     tail and quantize}...
 * @param sdk release line of the vendor's tool whose rules were applied
 * @param clocks clock profile of the board
 * @param internalRamBytes as the vendor's report prints it: the sum over on-chip pools of the highest address used
 * @param externalRamBytes the same over external RAM
 * @param flashBytes weights in the NPU's format as they lie in flash; the firmware around them is not part of it
 * @param weightsBytes the same as {@code flashBytes} unless weights lie elsewhere as well
 * @param activationsBytes the largest sum of tensors alive in one epoch: no placement needs less
 * @param fits false where weights or activations exceed the pools of the board
 * @param latencyMs best single figure for one inference, transfer and post-processing excluded; absent where no epochs
 *     are known
 * @param latencyLowMs lower end of the 80 % interval
 * @param latencyHighMs upper end of the 80 % interval
 * @param basis what the constants were fitted on and how far this network is from it
 * @param macc multiply-accumulates by who computes them
 * @param summaryMacc what the summary of {@code analyze} and {@code generate} prints as {@code macc} for this graph; absent
 *     where the release prints 0 there, and where the file is repaired first
 * @param pools memory of the board, in the order of its description
 * @param buffers activations and where they lie
 * @param steps the epochs in order
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Prediction(
        String graph,
        String sdk,
        String clocks,
        long internalRamBytes,
        long externalRamBytes,
        long flashBytes,
        long weightsBytes,
        long activationsBytes,
        boolean fits,
        Double latencyMs,
        Double latencyLowMs,
        Double latencyHighMs,
        EpochCounts epochs,
        String basis,
        MaccShares macc,
        Long summaryMacc,
        Limits limits,
        List<Pool> pools,
        List<Buffer> buffers,
        List<Step> steps) {

    public static final String AS_IS = "as the file is";

    public record EpochCounts(long hw, long sw, long hybrid) {
        public long all() {
            return hw + sw + hybrid;
        }
    }

    /** Multiply-accumulates as the vendor counts them, by the placement of their layers. */
    public record MaccShares(long npu, long hybrid, long cpu, long other) {
        public long all() {
            return npu + hybrid + cpu + other;
        }
    }

    /**
     * The roofs of the roofline chart.
     *
     * @param peakMaccPerSecond all multipliers busy in every cycle
     * @param onChipBytesPerSecond stream rate of the fastest on-chip pool
     * @param flashBytesPerSecond measured stream rate of weights from flash
     */
    public record Limits(
            double peakMaccPerSecond, double onChipBytesPerSecond, double flashBytesPerSecond, long npuHertz) {}

    /**
     * A pool; {@code usedBytes} is the highest address used in it.
     *
     * @param kind {@code on-chip}, {@code external-ram} or {@code external-flash}
     */
    public record Pool(
            String name, String kind, long sizeBytes, long usedBytes, long activationBytes, long weightBytes) {
        /** The kind of pools that need no pins. */
        public static final String ON_CHIP = "on-chip";
    }

    /** Size of all pools of a kind together. */
    public long sizeBytes(String kind) {
        return pools.stream()
                .filter(pool -> pool.kind().equals(kind))
                .mapToLong(Pool::sizeBytes)
                .sum();
    }

    /** An activation; a network input is written in epoch 0. */
    public record Buffer(
            String name, String pool, long offset, long bytes, int firstEpoch, int lastEpoch, boolean spilled) {}

    /**
     * An epoch.
     *
     * @param kind {@code hw}, {@code hybrid} or {@code sw}
     * @param work class of work in lower case: {@code pointwise}, {@code depthwise}, {@code copy}...
     * @param label the chain as people write it
     * @param layers names of the user's operators in it
     * @param macc multiply-accumulates of its layers
     * @param bound what it waits for most, in lower case ({@code weights from flash}); absent where it is not known
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Step(
            int number,
            String kind,
            String work,
            String label,
            List<String> layers,
            long macc,
            long readBytes,
            long writeBytes,
            long weightBytes,
            long scratchBytes,
            boolean floating,
            Double predictedMicros,
            String bound) {}
}
