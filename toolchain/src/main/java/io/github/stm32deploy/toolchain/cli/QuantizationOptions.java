// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.quantize.CalibrationMethod;
import io.github.stm32deploy.toolchain.usecase.QuantizationChoice;
import java.util.LinkedHashSet;
import java.util.List;
import picocli.CommandLine.Option;

/** How a float model becomes int8; the same options wherever a model is quantized. */
final class QuantizationOptions {
    @Option(
            names = "--calibration",
            paramLabel = "DIR|FILE|random",
            description = {
                "Typical inputs: a folder of images, a .npy or .npz file, or 'random' (seeded noise, labelled synthetic)."
            })
    private String calibration;

    @Option(
            names = "--method",
            paramLabel = "METHOD",
            defaultValue = "minmax",
            description = "Range of activations: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private CalibrationMethod method;

    @Option(names = "--per-tensor", description = "One scale for all channels of a weight.")
    private boolean perTensor;

    @Option(
            names = "--exclude",
            paramLabel = "NODE",
            split = ",",
            description = "Nodes that stay float (by their name in the file).")
    private List<String> excluded = List.of();

    QuantizationChoice choice() {
        return new QuantizationChoice(
                java.util.Optional.ofNullable(calibration), method, perTensor, new LinkedHashSet<>(excluded));
    }
}
