// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.ImageTensor;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.Mapping;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published models with heads on grids, most with open sizes: as many boxes as faces, where the faces are. */
class GridDetectorsTest {
    /** Faces by eye in pixels of the image: centre x, centre y, width. */
    private static final Map<String, List<double[]>> FACES = Map.of(
            "obama.jpg", List.of(new double[] {488, 255, 230}),
            "two_people.jpg", List.of(new double[] {312, 122, 155}, new double[] {862, 150, 145}),
            "astronaut.png", List.of(new double[] {225, 120, 90}));

    @ParameterizedTest
    @CsvSource({
        "scrfd/scrfd_500m_bnkps.onnx, SCRFD, 320, obama.jpg",
        "scrfd/scrfd_500m_bnkps.onnx, SCRFD, 320, two_people.jpg",
        "scrfd/scrfd_500m_bnkps.onnx, SCRFD, 320, astronaut.png",
        "scrfd/scrfd_500m.onnx, SCRFD, 320, two_people.jpg",
        "yoloface/yolo5face_500m_320x320.onnx, YOLOv5-face, 320, obama.jpg",
        "yoloface/yolo5face_500m_320x320.onnx, YOLOv5-face, 320, two_people.jpg",
        "yoloface/yolo5face_500m_320x320.onnx, YOLOv5-face, 320, astronaut.png",
        "yoloface/yolov5n-0.5.onnx, YOLOv5-face, 640, obama.jpg",
        "yoloface/yolov5n-0.5.onnx, YOLOv5-face, 640, two_people.jpg",
        "yoloface/stm32n6_dk_yolov8n_wider_face_UF_256.tflite, YOLOv8, 256, obama.jpg",
        "yoloface/stm32n6_dk_yolov8n_wider_face_UF_256.tflite, YOLOv8, 256, two_people.jpg",
        "yoloface/stm32n6_dk_yolov8n_wider_face_UF_256.tflite, YOLOv8, 256, astronaut.png",
    })
    void everyFaceHasOneBox(String model, String family, int size, String image) {
        ModelGraph graph = bound(ModelFile.open(shared("models/" + model)).graph(), size);
        Recognised recognised = DecoderRecognition.recognise(graph).orElseThrow();
        assertThat(recognised.spec().family()).isEqualTo(family);
        InputContract contract = recognised.contract().orElseThrow();
        BufferedImage picture = ImageFile.read(shared("images/" + image));

        Detections found = Decoder.decode(run(graph, input(graph, picture, contract)), recognised.spec());

        List<double[]> faces = FACES.get(image);
        assertThat(found.items()).hasSize(faces.size());
        Mapping mapping = Mapping.of(picture.getWidth(), picture.getHeight(), contract);
        for (double[] face : faces) {
            assertThat(found.items()).anySatisfy(one -> {
                Mapping.Box box =
                        mapping.toImage(new Mapping.Box(one.x1(), one.y1(), one.x2() - one.x1(), one.y2() - one.y1()));
                assertThat(box.x() + box.width() / 2).isBetween(face[0] - face[2] / 4, face[0] + face[2] / 4);
                assertThat(box.y() + box.height() / 2).isBetween(face[1] - face[2] / 4, face[1] + face[2] / 4);
                assertThat(box.width()).isBetween(face[2] * 0.7, face[2] * 1.4);
                if (recognised.spec().landmarkCount() == 5) {
                    hasFeaturesInOrder(one);
                }
            });
        }
    }

    /** Eyes left and right, the nose below them, the mouth below the nose, all in the box. */
    private static void hasFeaturesInOrder(Detection face) {
        Detection.Landmark left = face.landmarks().get(0);
        Detection.Landmark right = face.landmarks().get(1);
        Detection.Landmark nose = face.landmarks().get(2);
        assertThat(left.x()).isBetween(face.x1(), right.x());
        assertThat(right.x()).isLessThan(face.x2());
        assertThat(nose.y()).isGreaterThan(Math.min(left.y(), right.y()));
        for (int corner = 3; corner < 5; corner++) {
            assertThat(face.landmarks().get(corner).y()).isBetween(nose.y(), face.y2());
        }
        assertThat(face.landmarks().get(3).x())
                .isLessThan(face.landmarks().get(4).x());
    }

    private static ModelGraph bound(ModelGraph graph, int size) {
        String name = graph.inputs().get(0).name();
        boolean open = !graph.inputs().get(0).type().shape().isStatic();
        return open ? ShapeInference.infer(graph, Map.of(name, Shape.of(1, 3, size, size))) : graph;
    }

    private static TensorData input(ModelGraph graph, BufferedImage picture, InputContract contract) {
        Optional<Quantization> quantization = GraphEnds.image(graph).flatMap(ImageInput::quantization);
        return quantization
                .map(q -> ImageTensor.quantized(
                        picture,
                        contract,
                        q.scale(),
                        q.zeroPoint(),
                        graph.inputs().get(0).type().element()))
                .orElseGet(() -> ImageTensor.tensor(picture, contract));
    }

    private static List<OutputTensor> run(ModelGraph graph, TensorData input) {
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            Map<String, TensorData> values =
                    executor.run(Map.of(graph.inputs().get(0).name(), input));
            List<OutputTensor> outputs = new ArrayList<>();
            DecoderRecognition.outputs(graph)
                    .forEach(output -> outputs.add(
                            new OutputTensor(values.get(output.name()), output.scale(), output.zeroPoint())));
            return outputs;
        }
    }

    private static Path shared(String name) {
        String set = System.getenv("STM32_DEPLOY_SHARED");
        Path folder = set != null
                ? Path.of(set)
                : Path.of(System.getProperty("user.dir")).resolve("../../shared");
        Path file = folder.resolve(name);
        assumeTrue(Files.isRegularFile(file), () -> "no file " + file);
        return file;
    }
}
