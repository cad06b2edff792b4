// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.postprocess.ReferenceDetections;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A published detector on photographs, on the virtual board: as many boxes as faces, where ONNX Runtime has them. */
class PortraitsTest {
    /** Of the image; a detector of 128x128 pixels sees the picture of two people at a ninth of its size. */
    private static final double BOX_PIXELS = 1;

    /** Of the detector's input. */
    private static final double LANDMARK_PIXELS = 1;

    private static final int INPUT_PIXELS = 128;

    @TempDir
    Path folder;

    @Test
    void blazeface_on_the_virtual_board_finds_what_onnx_runtime_finds() throws Exception {
        Path model = SharedFiles.folder("models/blazeface/face_detection_front_128_integer_quant.tflite");
        Path images = SharedFiles.folder("images");
        assumeTrue(Files.isRegularFile(model) && Files.isDirectory(images), "../shared is not on this machine");
        DemoApplication.assumeTools(DemoApplication.VIRTUAL);
        Map<String, Integer> faces = new LinkedHashMap<>();
        faces.put("obama.jpg", 1);
        faces.put("astronaut.png", 1);
        faces.put("business-person.png", 1);
        faces.put("two_people.jpg", 2);
        faces.put("chelsea.png", 0);

        Path built = folder.resolve("face");
        Cli.run(
                        "build",
                        model,
                        "--backend",
                        "cpu",
                        "--board",
                        DemoApplication.VIRTUAL,
                        "--calibration",
                        images,
                        "-o",
                        built)
                .fine();
        List<Object> run = new ArrayList<>(List.of("run", built));
        faces.keySet().forEach(name -> run.add(images.resolve(name)));
        Cli.run(run.toArray()).fine();

        JsonNode detections = Schemas.detections(Files.readAllBytes(built.resolve("run/detections.json")))
                .path("detections");
        ModelGraph graph = ModelFile.open(built.resolve("model.onnx")).graph();
        int index = 0;
        for (Map.Entry<String, Integer> expected : faces.entrySet()) {
            JsonNode found = detections.get(index++).path("boxes");
            assertThat(found).as(expected.getKey()).hasSize(expected.getValue());
            BufferedImage image = ImageFile.read(images.resolve(expected.getKey()));
            assertSame(
                    found,
                    ReferenceDetections.of(graph, image),
                    Math.max(image.getWidth(), image.getHeight()),
                    expected.getKey());
        }
    }

    private static void assertSame(JsonNode board, List<List<Double>> reference, int imagePixels, String image) {
        assertThat(board).as(image).hasSameSizeAs(reference);
        for (int index = 0; index < reference.size(); index++) {
            JsonNode box = board.get(index);
            List<Double> numbers = new ArrayList<>(List.of(
                    box.path("x").asDouble(),
                    box.path("y").asDouble(),
                    box.path("width").asDouble(),
                    box.path("height").asDouble()));
            box.path("landmarks").forEach(point -> point.forEach(number -> numbers.add(number.asDouble())));
            assertThat(numbers).hasSameSizeAs(reference.get(index));
            for (int place = 0; place < numbers.size(); place++) {
                assertThat(numbers.get(place))
                        .as("%s, box %d, number %d", image, index, place)
                        .isCloseTo(
                                reference.get(index).get(place),
                                within(place < 4 ? BOX_PIXELS : LANDMARK_PIXELS * imagePixels / INPUT_PIXELS));
            }
        }
    }
}
