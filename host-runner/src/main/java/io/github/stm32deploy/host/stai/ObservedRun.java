// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.stai;

import java.util.List;

/**
 * What a validation firmware reported of one run.
 *
 * @param total of the whole run
 * @param parts in the order in which they ran; empty where they were not asked for
 * @param outputs as the bytes lie in the device's memory
 * @param transferNanos host time for inputs and outputs
 * @param wholeNanos host time from the request to the last output
 */
public record ObservedRun(
        DeviceMessage.Operator total,
        List<DeviceMessage.Operator> parts,
        List<byte[]> outputs,
        long transferNanos,
        long wholeNanos) {
    public ObservedRun {
        parts = List.copyOf(parts);
        outputs = List.copyOf(outputs);
    }
}
