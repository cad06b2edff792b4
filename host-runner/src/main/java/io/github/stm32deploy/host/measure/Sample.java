// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import java.util.List;

/**
 * One measured run.
 *
 * @param inference in the device's unit
 * @param postprocessing in the device's unit
 * @param transferMicros host time to write the inputs and to read the outputs
 * @param endToEndMicros host time from the first byte of input to the last of output
 * @param layers in the device's unit, in the network's order
 * @param outputDigest CRC-32 of all outputs in order
 */
public record Sample(
        long inference,
        long postprocessing,
        long transferMicros,
        long endToEndMicros,
        List<Long> layers,
        long outputDigest) {
    public Sample {
        layers = List.copyOf(layers);
    }
}
