// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.diagnose.Stage;
import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.ImageFolder;
import io.github.stm32deploy.toolchain.image.ImageTensor;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The images of a folder (not of its subfolders), sorted by name, each turned into the model's input by its contract. A file
 * that is no image is named and left out.
 */
public final class ImageFolderCalibration implements CalibrationSource {
    private final Path folder;
    private final GraphValue input;
    private final InputContract contract;

    /**
     * @throws DiagnosedException QUANT-CONTRACT-SHAPE where the contract does not describe this input
     */
    public ImageFolderCalibration(Path folder, GraphValue input, InputContract contract) {
        Shape shape = ImageTensor.shape(contract);
        if (!InputShapes.fits(input.type().shape(), shape)) {
            throw stop(Diagnosis.error(
                            "QUANT-CONTRACT-SHAPE", Stage.QUANTIZE, "the input contract does not fit the model's input")
                    .where("input \"" + input.name() + "\"")
                    .observed("contract " + contract.layout() + " " + shape + ", model "
                            + input.type().shape())
                    .rule("layout, channels, width and height of the contract are those of the input")
                    .effect("no image can be turned into an input")
                    .fix("correct layout, colour, width or height of the contract")
                    .build());
        }
        this.folder = folder;
        this.input = input;
        this.contract = contract;
    }

    @Override
    public String description() {
        return folder.toString();
    }

    @Override
    public boolean synthetic() {
        return false;
    }

    @Override
    public int count() {
        return images().size();
    }

    @Override
    public void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped) {
        int used = 0;
        for (Path file : images()) {
            if (used == limit) {
                return;
            }
            TensorData value;
            try {
                value = ImageTensor.tensor(ImageFile.read(file), contract);
            } catch (DiagnosedException unreadable) {
                Diagnosis cause = unreadable.diagnoses().get(0);
                skipped.accept(Diagnosis.of(
                                Severity.NOTE,
                                "QUANT-CALIBRATION-SKIPPED",
                                Stage.QUANTIZE,
                                "a calibration image is left out")
                        .where(cause.where())
                        .observed(cause.happened() + ": " + cause.observed())
                        .rule(cause.rule())
                        .effect("the ranges come from the other images")
                        .fix("remove or replace the file")
                        .build());
                continue;
            }
            used++;
            samples.accept(new CalibrationSample(file.getFileName().toString(), Map.of(input.name(), value)));
        }
        if (used == 0) {
            throw noImage("none of its image files can be read");
        }
    }

    private List<Path> images() {
        List<Path> images;
        try {
            images = ImageFolder.images(folder);
        } catch (IOException failure) {
            throw noImage("it is no readable folder");
        }
        if (images.isEmpty()) {
            throw noImage("it holds no .jpg, .jpeg, .png, .bmp or .gif file");
        }
        return images;
    }

    private DiagnosedException noImage(String observed) {
        return stop(Diagnosis.error("QUANT-CALIBRATION-EMPTY", Stage.QUANTIZE, "the calibration folder gives no image")
                .where(folder.toString())
                .observed(observed)
                .rule("ranges of activations are measured on sample images, directly in the folder")
                .effect("the model cannot be quantized")
                .fix("name a folder with about 50 to 200 typical images, or use --calibration random for a first look")
                .build());
    }

    private static DiagnosedException stop(Diagnosis diagnosis) {
        return new DiagnosedException(DiagnosedException.Kind.FINDING, diagnosis);
    }
}
