// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.GraphValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Opens what a user writes behind {@code --calibration}. */
public final class CalibrationSources {
    private CalibrationSources() {}

    /**
     * @param argument a folder of images, one image, a .npy or .npz file, or {@code random}
     * @param inputs the graph's inputs
     * @param contract needed for images; for {@code random} it gives the range of the values (0..1 without)
     * @param randomSamples number of samples of {@code random}
     * @param seed seed of {@code random}
     */
    public static CalibrationSource open(
            String argument, List<GraphValue> inputs, Optional<InputContract> contract, int randomSamples, long seed) {
        if (argument.equals("random")) {
            float lowest = contract.map(CalibrationSources::lowest).orElse(0f);
            float highest = contract.map(CalibrationSources::highest).orElse(1f);
            return new RandomCalibration(inputs, randomSamples, seed, lowest, highest);
        }
        Path path = Path.of(argument);
        String name = argument.toLowerCase(Locale.ROOT);
        if (name.endsWith(".npy") || name.endsWith(".npz")) {
            return new NumpyCalibration(path, inputs);
        }
        boolean image = Files.isRegularFile(path) && ImageFile.hasImageName(path);
        if (!Files.isDirectory(path) && !image) {
            throw usage(
                    argument,
                    Files.exists(path) ? "a file of another kind" : "no such file or folder",
                    "a folder of images, a .npy or .npz file, or random");
        }
        if (inputs.size() != 1) {
            throw usage(argument, "the model has " + inputs.size() + " inputs", "images feed a model with one input");
        }
        if (contract.isEmpty()) {
            throw usage(
                    argument,
                    "nothing says how an image becomes the model's input",
                    "a folder of images needs the input contract: colour order, mean, divisor, resize mode");
        }
        return new ImageFolderCalibration(path, inputs.get(0), contract.get());
    }

    private static float lowest(InputContract contract) {
        float lowest = Float.POSITIVE_INFINITY;
        for (int channel = 0; channel < contract.mean().size(); channel++) {
            lowest = Math.min(lowest, Math.min(bound(contract, channel, 0), bound(contract, channel, 255)));
        }
        return lowest;
    }

    private static float highest(InputContract contract) {
        float highest = Float.NEGATIVE_INFINITY;
        for (int channel = 0; channel < contract.mean().size(); channel++) {
            highest = Math.max(highest, Math.max(bound(contract, channel, 0), bound(contract, channel, 255)));
        }
        return highest;
    }

    private static float bound(InputContract contract, int channel, float pixel) {
        return (pixel - contract.mean().get(channel)) / contract.divisor().get(channel);
    }

    private static DiagnosedException usage(String argument, String observed, String rule) {
        return new DiagnosedException(
                DiagnosedException.Kind.USAGE,
                Diagnosis.error("QUANT-CALIBRATION-UNUSABLE", Stage.QUANTIZE, "the calibration source cannot be used")
                        .where(argument)
                        .observed(observed)
                        .rule(rule)
                        .effect("the model cannot be quantized")
                        .fix("name a source that fits, or --calibration random for a first look")
                        .build());
    }
}
