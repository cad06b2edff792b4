// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

import java.util.List;

/**
 * Predicted time of one inference, without transfer and post-processing. Never measured.
 *
 * @param medianMicros best single figure
 * @param lowMicros lower end of the 80 % interval
 * @param highMicros upper end of the 80 % interval
 * @param epochs one for each epoch of the schedule, in order
 * @param basis what the constants were fitted on and how far this network is from it, one sentence
 */
public record LatencyPrediction(
        double medianMicros, double lowMicros, double highMicros, List<EpochTime> epochs, String basis) {

    public LatencyPrediction {
        epochs = List.copyOf(epochs);
    }

    /** What an epoch waits for most. */
    public enum Bound {
        OUTPUT_STREAM,
        INPUT_STREAM,
        DEPTHWISE_INPUT,
        MULTIPLY,
        WEIGHTS_FROM_FLASH,
        CHANNELS,
        EXTERNAL_RAM,
        SOFTWARE,
        OVERHEAD
    }

    /** Time of one epoch, overhead included, and its binding limit. */
    public record EpochTime(int number, double micros, Bound bound) {}
}
