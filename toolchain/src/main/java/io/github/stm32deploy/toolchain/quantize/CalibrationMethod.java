// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

/** How the range of an activation follows from its values on the calibration samples. */
public enum CalibrationMethod {
    /** Smallest and largest value seen. One pass over the samples. */
    MINMAX("min-max", false),
    /** Cuts a share of the outliers ({@link QuantizeRequest#percentile()}), half of it at each end. Two passes. */
    PERCENTILE("percentile", true),
    /** Least Kullback-Leibler divergence of the coded values from the real ones. Two passes. */
    ENTROPY("entropy (KL)", true),
    /** Least mean squared error of the coded values. Two passes. */
    MSE("mean squared error", true),
    /**
     * Mean over the samples of each sample's smallest and largest value, kept as a moving average: one sample with far
     * outliers widens the range by its share only. One pass.
     */
    AVERAGE("moving average", false);

    private final String title;
    private final boolean histogram;

    CalibrationMethod(String title, boolean histogram) {
        this.title = title;
        this.histogram = histogram;
    }

    /** Name in reports. */
    public String title() {
        return title;
    }

    /** True where a second pass counts values into bins between the extremes that the first has found. */
    boolean needsHistogram() {
        return histogram;
    }
}
