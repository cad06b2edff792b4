// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import io.github.stm32deploy.toolchain.quantize.CalibrationMethod;
import io.github.stm32deploy.toolchain.usecase.QuantizationChoice;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** How a float model becomes int8; the same options wherever a model is quantized. */
final class QuantizationOptions {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

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

    @Option(
            names = "--percentile",
            paramLabel = "P",
            defaultValue = "99.99",
            description = "Share of the values within the range, for --method percentile. Default: ${DEFAULT-VALUE}.")
    private double percentile;

    @Option(names = "--symmetric", description = "Activations with zero point 0.")
    private boolean symmetric;

    @Option(
            names = "--effort",
            paramLabel = "0|1|2",
            defaultValue = "0",
            description = "0: ranges as measured. 1 (seconds) and 2 (minutes): steps that recover accuracy, each kept"
                    + " where its measured gain says so. Default: ${DEFAULT-VALUE}.")
    private int effort;

    @Option(
            names = "--minutes",
            paramLabel = "N",
            defaultValue = "" + QuantizationChoice.USUAL_MINUTES,
            description = "After N minutes --effort 2 ends with what it has reached. Default: ${DEFAULT-VALUE}.")
    private int minutes;

    @Option(names = "--per-tensor", description = "One scale for all channels of a weight.")
    private boolean perTensor;

    @Option(
            names = "--exclude",
            paramLabel = "NODE",
            split = ",",
            description = "Nodes that stay float (by their name in the file).")
    private List<String> excluded = List.of();

    /**
     * @param layerErrors errors of every layer are wanted
     * @throws ParameterException where a number is out of its range
     */
    QuantizationChoice choice(boolean layerErrors) {
        if (!(percentile > 50 && percentile <= 100)) {
            throw new ParameterException(
                    command.commandLine(), "--percentile is above 50 and at most 100, not " + percentile);
        }
        if (effort < 0 || effort > 2) {
            throw new ParameterException(command.commandLine(), "--effort is 0, 1 or 2, not " + effort);
        }
        if (minutes < 1) {
            throw new ParameterException(command.commandLine(), "--minutes is at least 1, not " + minutes);
        }
        return new QuantizationChoice(
                Optional.ofNullable(calibration),
                method,
                percentile,
                symmetric,
                perTensor,
                new LinkedHashSet<>(excluded),
                effort,
                minutes,
                layerErrors,
                Optional.empty());
    }
}
