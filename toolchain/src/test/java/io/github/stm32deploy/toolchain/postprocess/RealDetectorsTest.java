// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.ImageTensor;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.Mapping;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published models, recognised, run in ONNX Runtime and decoded: one box on the face of a portrait, eyes above mouth. */
class RealDetectorsTest {
    @ParameterizedTest
    @CsvSource({
        "blazeface/face_detection_short_range.onnx, obama.jpg",
        "blazeface/face_detection_short_range.onnx, business-person.png",
        "blazeface/face_detection_short_range.onnx, astronaut.png",
        "yunet/yunet_n_320_320.onnx, obama.jpg",
        "yunet/yunet_n_320_320.onnx, business-person.png",
        "yunet/yunet_n_320_320.onnx, astronaut.png",
        "yunet/face_detection_yunet_120x160.onnx, obama.jpg",
        "yunet/face_detection_yunet_120x160.onnx, business-person.png",
        "yunet/face_detection_yunet_120x160.onnx, astronaut.png",
        "yunet/model_float32.tflite, obama.jpg",
        "yunet/yunet_yunet_final_160_120_simplify.onnx, obama.jpg",
        "yunet/yunet_yunet_final_160_120_simplify.onnx, business-person.png",
        "blazeface/face_detection_front_128_integer_quant.tflite, obama.jpg",
        "blazeface/face_detection_front_128_integer_quant.tflite, business-person.png",
        "centerface/centerface_1x3xHxW_integer_quant.tflite, obama.jpg",
        "centerface/centerface_1x3xHxW_integer_quant.tflite, business-person.png",
        "centerface/centerface_1x3x128x128_full_integer_quant.tflite, obama.jpg",
        "centerface/centerface_1x3x128x128_full_integer_quant.tflite, business-person.png",
        "blazeface/blaze_face_front.tflite, business-person.png",
        "dbface/dbface_keras_256x256_integer_quant_nhwc.tflite, obama.jpg",
        "dbface/dbface_keras_256x256_integer_quant_nhwc.tflite, business-person.png",
        "dbface/dbface_keras_256x256_integer_quant_nhwc.tflite, astronaut.png"
    })
    void aPortraitHasOneFace(String model, String image) {
        ModelGraph graph = ModelFile.open(shared("models/" + model)).graph();
        Recognised recognised = DecoderRecognition.recognise(graph).orElseThrow();
        InputContract contract = recognised.contract().orElseThrow();
        BufferedImage portrait = ImageFile.read(shared("images/" + image));

        Detections found = Decoder.decode(run(graph, input(graph, portrait, contract)), recognised.spec());

        assertThat(found.items()).hasSize(1);
        Detection face = found.items().get(0);
        Mapping mapping = Mapping.of(portrait.getWidth(), portrait.getHeight(), contract);
        Mapping.Box box =
                mapping.toImage(new Mapping.Box(face.x1(), face.y1(), face.x2() - face.x1(), face.y2() - face.y1()));
        assertThat(box.width()).isBetween(portrait.getWidth() * 0.05, (double) portrait.getWidth());
        assertThat(box.height() / box.width()).isBetween(0.7, 1.8);
        // The first four points of each family: the eyes, the nose and (a corner of) the mouth.
        Detection.Landmark leftEye = face.landmarks().get(0);
        Detection.Landmark rightEye = face.landmarks().get(1);
        Detection.Landmark nose = face.landmarks().get(2);
        Detection.Landmark mouth = face.landmarks().get(3);
        assertThat(leftEye.x()).isBetween(face.x1(), rightEye.x());
        assertThat(rightEye.x()).isBetween(leftEye.x(), face.x2());
        assertThat(nose.y()).isBetween(Math.min(leftEye.y(), rightEye.y()), mouth.y());
        assertThat(mouth.y()).isBetween(nose.y(), face.y2());
    }

    private static TensorData input(ModelGraph graph, BufferedImage portrait, InputContract contract) {
        return GraphEnds.image(graph)
                .filter(image -> image.quantization().isPresent())
                .map(image -> {
                    Quantization q = image.quantization().get();
                    return ImageTensor.quantized(portrait, contract, q.scale(), q.zeroPoint(), image.element());
                })
                .orElseGet(() -> ImageTensor.tensor(portrait, contract));
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
