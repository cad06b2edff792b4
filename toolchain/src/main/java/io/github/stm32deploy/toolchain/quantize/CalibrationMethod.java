// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

/** How the range of an activation follows from its calibration values. */
public enum CalibrationMethod {
    /** Smallest and largest value seen. */
    MINMAX,
    /** Reserved: cut a share of the outliers. */
    PERCENTILE,
    /** Reserved: least Kullback-Leibler divergence. */
    ENTROPY,
    /** Reserved: least mean squared error. */
    MSE,
    /** Reserved: moving average of each sample's smallest and largest value. */
    AVERAGE
}
