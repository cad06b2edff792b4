// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

import io.github.stm32deploy.toolchain.latency.LatencyPrediction.EpochTime;
import io.github.stm32deploy.toolchain.support.Epoch;
import java.util.List;

/** Classes of networks that are predicted with different certainty. */
public enum NetworkClass {
    /** On the chip, software and hybrid epochs at most a twentieth of the predicted time. */
    ON_CHIP_HARDWARE("networks on the chip that run on the NPU"),
    /** On the chip, more of it in software or hybrid epochs. */
    ON_CHIP_MIXED("networks on the chip with software or hybrid epochs"),
    /** Activations in external RAM. */
    SPILLED("networks with activations in external RAM"),
    /** No hardware epoch multiplies: a float network. */
    CPU_ONLY("networks that run on the CPU alone");

    private static final double HARDWARE_SHARE = 0.05;

    private final String description;

    NetworkClass(String description) {
        this.description = description;
    }

    public String description() {
        return description;
    }

    /**
     * @param loads epochs of the network
     * @param times of each, in the same order
     */
    public static NetworkClass of(List<EpochLoad> loads, List<EpochTime> times) {
        boolean multipliesInHardware = loads.stream()
                .anyMatch(load -> load.kind() == Epoch.Kind.HARDWARE && EpochLoad.multiplies(load.work()));
        if (!multipliesInHardware) {
            return CPU_ONLY;
        }
        if (loads.stream().anyMatch(EpochLoad::spills)) {
            return SPILLED;
        }
        double total = 0;
        double other = 0;
        for (int index = 0; index < loads.size(); index++) {
            double micros = times.get(index).micros();
            total += micros;
            other += loads.get(index).kind() == Epoch.Kind.HARDWARE ? 0 : micros;
        }
        return other <= HARDWARE_SHARE * total ? ON_CHIP_HARDWARE : ON_CHIP_MIXED;
    }
}
