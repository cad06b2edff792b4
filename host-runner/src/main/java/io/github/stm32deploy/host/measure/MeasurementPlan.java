// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

/**
 * How a measurement is made.
 *
 * @param reloads how often the board is started anew
 * @param runs measured runs after each start
 * @param warmup runs before those, not counted
 */
public record MeasurementPlan(int reloads, int runs, int warmup) {
    public MeasurementPlan {
        if (reloads < 1 || runs < 1 || warmup < 0) {
            throw new IllegalArgumentException(reloads + " reloads, " + runs + " runs, " + warmup + " warm-up runs");
        }
    }

    public int plannedSamples() {
        return Math.multiplyExact(reloads, runs);
    }
}
