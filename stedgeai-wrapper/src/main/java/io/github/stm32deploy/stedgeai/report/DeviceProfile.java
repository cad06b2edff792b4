// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.report;

import java.util.List;
import java.util.Optional;

/**
 * Times that the board measured during a validation.
 *
 * @param samples inferences
 * @param meanMillis of one inference, without transfer
 * @param cycles of the MCU's clock, mean of one inference
 * @param initializeMillis absent before 4.0
 * @param nodes epochs in order
 * @param hardwarePercent of the time; absent before 4.0, as the next two
 */
public record DeviceProfile(
        Figure samples,
        Figure meanMillis,
        Figure minMillis,
        Figure maxMillis,
        Figure deviationMillis,
        Cycles cycles,
        Optional<Figure> initializeMillis,
        List<Node> nodes,
        Optional<Figure> inferencesPerSecond,
        Optional<Figure> hardwarePercent,
        Optional<Figure> softwarePercent,
        Optional<Figure> controlPercent) {
    public DeviceProfile {
        nodes = List.copyOf(nodes);
    }

    /** Before the hardware starts, while it runs or is waited for, and after it. */
    public record Cycles(Figure before, Figure during, Figure after) {}

    /**
     * @param type {@code epoch}, {@code epoch (SW)}, {@code epoch (EC)}, {@code epoch - Conv2D}
     * @param name {@code EpochBlock_54}
     */
    public record Node(int number, String type, Figure millis, Figure percent, Cycles cycles, String name) {}
}
