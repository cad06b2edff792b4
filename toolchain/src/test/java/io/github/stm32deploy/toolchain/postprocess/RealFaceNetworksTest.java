// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.image.ImageFile;
import io.github.stm32deploy.toolchain.image.ImageTensor;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.ViewImage;
import io.github.stm32deploy.toolchain.landmark.FaceView;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Published networks of one face, recognised, shown a face cut out of a portrait, run in ONNX Runtime and decoded. */
class RealFaceNetworksTest {
    /** The face of obama.jpg as BlazeFace finds it, x1, y1, x2, y2. */
    private static final float[] FACE = {353, 147, 621, 416};

    private static final String PORTRAIT = "obama.jpg";

    @ParameterizedTest
    @CsvSource({
        // The outer corners of the eyes, the tip of the nose and the chin in the order of the mesh.
        "facemesh/face_landmark.onnx, 33, 263, 1, 152",
        "facemesh/face_landmarks_v1_192_int8_pc.onnx, 33, 263, 1, 152",
        "facemesh/face_landmark_192_full_integer_quant.tflite, 33, 263, 1, 152"
    })
    void pointsLieOnEyesNoseAndChin(String model, int leftEye, int rightEye, int nose, int chin) {
        BufferedImage portrait = ImageFile.read(shared("images/" + PORTRAIT));
        ModelGraph graph = ModelFile.open(shared("models/" + model)).graph();
        Recognised recognised = DecoderRecognition.recognise(graph).orElseThrow();
        FaceView view = view(recognised, portrait);
        Detection face = decoded(graph, recognised, portrait, view).get(0);
        float[] left = inImage(face, leftEye, view, recognised);
        float[] right = inImage(face, rightEye, view, recognised);
        float[] tip = inImage(face, nose, view, recognised);
        float[] bottom = inImage(face, chin, view, recognised);
        float width = FACE[2] - FACE[0];
        // Outer corners of the eyes are about 0.55 to 0.7 of BlazeFace's box apart, and level within a tenth.
        assertThat(right[0] - left[0]).isBetween(0.4f * width, 0.85f * width);
        assertThat(Math.abs(right[1] - left[1])).isLessThan(0.12f * width);
        assertThat(left[0]).isBetween(FACE[0], FACE[0] + 0.4f * width);
        assertThat(tip[0]).isBetween(left[0] + 0.2f * width, right[0] - 0.1f * width);
        assertThat(tip[1]).isBetween(Math.max(left[1], right[1]) + 0.1f * width, FACE[3]);
        assertThat(bottom[1]).isBetween(tip[1] + 0.2f * width, FACE[3] + 0.3f * width);
        assertThat(face.score()).isGreaterThan(0.5f);
    }

    /** In a mirror the head turns the other way and nods the same; of a head that is upright the roll stays small. */
    @Test
    void headPoseTurnsOverInAMirror() {
        BufferedImage portrait = ImageFile.read(shared("images/" + PORTRAIT));
        ModelGraph graph = ModelFile.open(shared("models/headpose/fsanet-1x1-iter-688590.onnx"))
                .graph();
        Recognised recognised = DecoderRecognition.recognise(graph).orElseThrow();
        assertThat(recognised.spec().family()).isEqualTo("FSA-Net");
        FaceView view = view(recognised, portrait);
        Detection straight = decoded(graph, recognised, portrait, view).get(0);
        BufferedImage part = mirrored(ViewImage.cut(portrait, view));
        Detection mirror = Decoder.decode(run(graph, input(part, recognised)), recognised.spec())
                .items()
                .get(0);
        assertThat(mirror.x1()).as("yaw").isCloseTo(-straight.x1(), within(5f));
        assertThat(mirror.y1()).as("pitch").isCloseTo(straight.y1(), within(5f));
        assertThat(Math.abs(mirror.x2())).as("roll").isLessThan(15);
        // A portrait: nobody looks away.
        assertThat(Math.abs(straight.x1())).isLessThan(40);
        assertThat(Math.abs(straight.y1())).isLessThan(30);
        assertThat(Math.abs(straight.x2())).isLessThan(15);
    }

    private static FaceView view(Recognised recognised, BufferedImage portrait) {
        return FaceView.of(
                recognised.spec().view().orElseThrow(),
                FACE,
                Optional.empty(),
                portrait.getWidth(),
                portrait.getHeight());
    }

    private static List<Detection> decoded(
            ModelGraph graph, Recognised recognised, BufferedImage portrait, FaceView view) {
        TensorData input = input(ViewImage.cut(portrait, view), recognised);
        List<Detection> found =
                Decoder.decode(run(graph, input), recognised.spec()).items();
        assertThat(found).hasSize(1);
        return found;
    }

    private static TensorData input(BufferedImage part, Recognised recognised) {
        InputContract contract = recognised.contract().orElseThrow();
        return ImageTensor.tensor(part, contract);
    }

    private static float[] inImage(Detection face, int point, FaceView view, Recognised recognised) {
        Detection.Landmark landmark = face.landmarks().get(point);
        return view.toImage(
                landmark.x() / recognised.spec().inputWidth(),
                landmark.y() / recognised.spec().inputHeight());
    }

    private static BufferedImage mirrored(BufferedImage image) {
        BufferedImage mirror = new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = mirror.createGraphics();
        graphics.drawImage(image, image.getWidth(), 0, -image.getWidth(), image.getHeight(), null);
        graphics.dispose();
        return mirror;
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
