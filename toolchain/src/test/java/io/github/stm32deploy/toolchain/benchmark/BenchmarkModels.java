// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.models.Recipes;
import io.github.stm32deploy.toolchain.usecase.BuildApplication;
import io.github.stm32deploy.toolchain.usecase.DecoderChoice;
import io.github.stm32deploy.toolchain.usecase.Progress;
import io.github.stm32deploy.toolchain.usecase.QuantizationChoice;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The models of the table, and how each is built. */
public final class BenchmarkModels {
    /** The project's own, from drawn faces. */
    public static final String DEMO = "drawn-faces (demo)";

    /** Files of the collection beside the repository. */
    private static final List<String> SHARED = List.of(
            "blazeface/face_detection_front_128_integer_quant.tflite",
            "blazeface/blaze_face_front.tflite",
            "blazeface/face_detection_short_range.onnx",
            "yunet/model_integer_quant.tflite",
            "yunet/yunet_n_320_320.onnx",
            "centerface/centerface_1x3x128x128_full_integer_quant.tflite",
            "generic/person_detect.tflite",
            "generic/mobilenet_v1_0.25_96_tfs_int8.tflite",
            "generic/kws_ref_model.tflite",
            // Not asked for, but a network that CMSIS-NN was counted on.
            "generic/vww_96_int8.tflite");

    /** Too much of one face too close: alone it widens the ranges of every layer. */
    private static final String OUTLIER = "obama_partial_face.jpg";

    private final Path shared;
    private final Path work;

    /**
     * @param shared folder with {@code models} and {@code images}
     * @param work folder for whatever is made
     */
    public BenchmarkModels(Path shared, Path work) {
        this.shared = shared;
        this.work = work;
    }

    public List<String> names() {
        List<String> names = new ArrayList<>(List.of(DEMO));
        if (Files.isDirectory(shared.resolve("models"))) {
            names.addAll(SHARED);
        }
        return names;
    }

    /** False for the one that listens. */
    public boolean sees(String name) {
        return !name.contains("kws");
    }

    /** Where the model's application is built. */
    public Path folder(String name) {
        return work.resolve(name.replaceAll("[^A-Za-z0-9_.-]+", "-"));
    }

    /** A picture that shows what the model is for. */
    public Path picture(String name) throws IOException {
        return name.equals(DEMO)
                ? demo().resolve("scenes").resolve("scene-1.png")
                : shared.resolve("images").resolve("obama.jpg");
    }

    /** Builds the application for the virtual board; float models are quantized on photographs. */
    public BuildApplication.Result build(String name) throws IOException {
        return build(name, "qemu-mps3-an547");
    }

    /** The same for another board. */
    public BuildApplication.Result build(String name, String board) throws IOException {
        Path model = name.equals(DEMO)
                ? demo().resolve("drawn-faces.yaml")
                : shared.resolve("models").resolve(name);
        Path calibration = name.equals(DEMO) ? demo().resolve("calibration") : photographs();
        return new BuildApplication(Progress.silent())
                .build(new BuildApplication.Request(
                        model,
                        Boards.byId(board),
                        "cpu",
                        QuantizationChoice.of(calibration.toString()),
                        DecoderChoice.recognised(),
                        folder(name)));
    }

    private Path demo() throws IOException {
        Path folder = work.resolve("demo-material");
        if (!Files.isDirectory(folder)) {
            Recipes.extractDemo(folder);
        }
        return folder;
    }

    private Path photographs() throws IOException {
        Path folder = work.resolve("calibration");
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            try (Stream<Path> images = Files.list(shared.resolve("images"))) {
                for (Path image : images.sorted().toList()) {
                    String file = image.getFileName().toString();
                    if (!file.endsWith(".json") && !file.equals(OUTLIER)) {
                        Files.copy(image, folder.resolve(file));
                    }
                }
            }
        }
        return folder;
    }
}
