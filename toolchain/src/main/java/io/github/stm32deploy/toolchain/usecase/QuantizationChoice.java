// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.quantize.CalibrationMethod;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * How the user wants a float model quantized.
 *
 * @param calibration folder of images, {@code .npy} or {@code .npz} file, or {@code random}; empty where nothing was said
 * @param excluded names of nodes that stay float
 */
public record QuantizationChoice(
        Optional<String> calibration, CalibrationMethod method, boolean perTensor, Set<String> excluded) {
    public QuantizationChoice {
        Objects.requireNonNull(calibration);
        Objects.requireNonNull(method);
        excluded = Set.copyOf(excluded);
    }
}
