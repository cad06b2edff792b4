// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import io.github.stm32deploy.host.stai.DeviceMessage;
import io.github.stm32deploy.host.stai.DeviceMessage.ChipDescription;
import io.github.stm32deploy.host.stai.DeviceMessage.Network;
import java.util.List;
import java.util.Optional;

/**
 * What ST's validation firmware measured of one of its networks. All times are in nanoseconds: those of the device are its
 * own milliseconds as it states them, transfer and end-to-end are host time.
 *
 * @param source which of the given sources answered, 0 the first
 * @param networks all that the firmware holds, in its order
 * @param network the one that was measured
 * @param parts in the order in which they ran, from runs of their own: the firmware sends a report in the middle of such a
 *     run; empty where it cannot
 * @param outputs of the last run, one array per output
 * @param repeated runs that were repeated because bytes were lost or doubled on the line
 * @param interruptions how often the port went and came back
 * @param trouble why the figures are void or incomplete; empty where they are not
 */
public record ValidationMeasurement(
        int source,
        DeviceMessage.Sync firmware,
        ChipDescription chip,
        List<Network> networks,
        Network network,
        MeasurementPlan plan,
        int samples,
        Distribution inference,
        Distribution transfer,
        Distribution endToEnd,
        List<Part> parts,
        List<byte[]> outputs,
        int repeated,
        int interruptions,
        Verdict verdict,
        Optional<String> trouble) {

    public ValidationMeasurement {
        networks = List.copyOf(networks);
        parts = List.copyOf(parts);
        outputs = List.copyOf(outputs);
    }

    /**
     * A part of the network: on the NPU an epoch.
     *
     * @param name as the firmware states it, or {@code EpochBlock_n}
     * @param kind {@code HW}, {@code EXTRA}, {@code SW}, {@code HYBRID}, {@code EC}, or the number of the type
     */
    public record Part(String name, String kind, long medianNanos) {}
}
