// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.host.measure;

import java.util.Locale;

/** How far a measurement can be relied on. */
public enum Verdict {
    TRUSTED,
    /** The runs differ by more than this kind of counter should. */
    UNSTABLE,
    /** Fewer samples than planned, or too few to say anything. */
    INSUFFICIENT,
    /** Something happened that makes the figures worthless: another device, a restart, outputs that changed. */
    QUARANTINED;

    /** Below this there is no distribution to speak of. */
    public static final int MINIMUM_SAMPLES = 5;
    /** Spread of the inference time up to which wall-clock or cycle figures are trusted. */
    public static final double TRUSTED_SPREAD = 0.05;
    /** An emulator that counts instructions repeats itself to a tick at both ends of the interval. */
    public static final long TRUSTED_INSTRUCTIONS = 2;

    /**
     * @param inference distribution of the inference times; null where there is not one sample
     * @param obtained number of samples behind it
     * @param sound nothing happened that voids the figures
     */
    public static Verdict of(MeasurementPlan plan, Distribution inference, int obtained, boolean sound) {
        if (!sound) {
            return QUARANTINED;
        }
        if (inference == null || obtained < plan.plannedSamples() || obtained < MINIMUM_SAMPLES) {
            return INSUFFICIENT;
        }
        boolean counted = inference.unit().equals("instructions");
        boolean steady = counted
                ? inference.max() - inference.min() <= TRUSTED_INSTRUCTIONS
                : inference.spread() <= TRUSTED_SPREAD;
        return steady ? TRUSTED : UNSTABLE;
    }

    /** As in {@code report.json}. */
    public String reportName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
