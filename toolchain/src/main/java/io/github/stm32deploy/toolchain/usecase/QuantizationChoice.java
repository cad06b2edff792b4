// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.quantize.CalibrationMethod;
import io.github.stm32deploy.toolchain.quantize.QuantizeRequest;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * How the user wants a float model quantized.
 *
 * @param calibration folder of images, {@code .npy} or {@code .npz} file, or {@code random}; empty where nothing was said
 * @param percentile share of the values within the range, in percent; only {@link CalibrationMethod#PERCENTILE} uses it
 * @param symmetric activations with zero point 0
 * @param perTensor one scale for all channels of a weight
 * @param excluded names of nodes that stay float
 * @param effort 0..2, as {@link QuantizeRequest#effort()}
 * @param minutes after which effort 2 ends
 * @param layerErrors errors of every layer are wanted, not those of the outputs alone
 * @param sensitivity where each layer is to be measured alone
 */
public record QuantizationChoice(
        Optional<String> calibration,
        CalibrationMethod method,
        double percentile,
        boolean symmetric,
        boolean perTensor,
        Set<String> excluded,
        int effort,
        int minutes,
        boolean layerErrors,
        Optional<SensitivityChoice> sensitivity) {
    /** Limit of effort 2 where nothing is said. */
    public static final int USUAL_MINUTES = 5;

    public QuantizationChoice {
        Objects.requireNonNull(calibration);
        Objects.requireNonNull(method);
        excluded = Set.copyOf(excluded);
    }

    /** Smallest and largest value of the samples, every node, no further effort. */
    public static QuantizationChoice of(String calibration) {
        return new QuantizationChoice(
                Optional.of(calibration),
                CalibrationMethod.MINMAX,
                QuantizeRequest.USUAL_PERCENTILE,
                false,
                false,
                Set.of(),
                0,
                USUAL_MINUTES,
                true,
                Optional.empty());
    }

    QuantizationChoice withCalibration(String samples) {
        return new QuantizationChoice(
                Optional.of(samples),
                method,
                percentile,
                symmetric,
                perTensor,
                excluded,
                effort,
                minutes,
                layerErrors,
                sensitivity);
    }

    QuantizationChoice withoutLayerErrors() {
        return new QuantizationChoice(
                calibration, method, percentile, symmetric, perTensor, excluded, effort, minutes, false, sensitivity);
    }

    /** With each layer measured alone. */
    public QuantizationChoice withSensitivity(SensitivityChoice wanted) {
        return new QuantizationChoice(
                calibration,
                method,
                percentile,
                symmetric,
                perTensor,
                excluded,
                effort,
                minutes,
                layerErrors,
                Optional.of(wanted));
    }
}
