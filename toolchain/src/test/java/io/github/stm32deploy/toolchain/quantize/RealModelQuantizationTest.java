// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.image.InputContract;
import io.github.stm32deploy.toolchain.image.InputContract.Colour;
import io.github.stm32deploy.toolchain.image.InputContract.Layout;
import io.github.stm32deploy.toolchain.image.InputContract.ResizeMode;
import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Bounds are a little below what ONNX Runtime's own quantize_static reaches with the same samples. */
class RealModelQuantizationTest {
    private static final InputContract BLAZEFACE = new InputContract(
            Layout.NHWC,
            Colour.RGB,
            128,
            128,
            List.of(127.5f, 127.5f, 127.5f),
            List.of(127.5f, 127.5f, 127.5f),
            ResizeMode.LETTERBOX_CENTRE,
            0);
    private static final InputContract YUNET = new InputContract(
            Layout.NCHW,
            Colour.BGR,
            320,
            320,
            List.of(0f, 0f, 0f),
            List.of(1f, 1f, 1f),
            ResizeMode.LETTERBOX_TOP_LEFT,
            0);

    private static QuantizedModel quantized(
            String model, InputContract contract, Map<String, ValueRange> outputRanges) {
        Path file = SharedFiles.folder("models/" + model);
        Path images = SharedFiles.folder("images");
        Assumptions.assumeTrue(
                Files.exists(file) && Files.isDirectory(images), "the shared models and images are not here");
        ModelGraph graph = ModelFile.open(file).graph();
        CalibrationSource calibration =
                new ImageFolderCalibration(images, graph.inputs().get(0), contract);
        return new Quantizer(SmallGraph.EXECUTORS)
                .quantize(QuantizeRequest.of(graph, calibration).withOutputRanges(outputRanges));
    }

    private static void assertIntegersEverywhere(ModelGraph graph) {
        Set<String> pairs = Set.of("QuantizeLinear", "DequantizeLinear");
        for (Node node : graph.nodes()) {
            if (!pairs.contains(node.operator())) {
                assertThat(graph.producer(node.input(0)).map(Node::operator))
                        .as(node.name())
                        .hasValueSatisfying(
                                operator -> assertThat(operator.equals("DequantizeLinear") || node.is("Relu"))
                                        .isTrue());
            }
        }
    }

    @Test
    void yunetKeepsItsScoresAndBoxes() {
        QuantizedModel model = quantized("yunet/yunet_n_320_320.onnx", YUNET, Map.of());

        assertIntegersEverywhere(model.graph());
        assertThat(model.samples()).isEqualTo(8);
        assertThat(model.synthetic()).isFalse();
        assertThat(model.outputs()).hasSize(12);
        model.outputs().forEach((output, error) -> {
            assertThat(error.sqnrDb()).as(output).isGreaterThan(20);
            assertThat(error.cosine()).as(output).isGreaterThan(0.995);
        });
    }

    @Test
    void blazeFaceLeavesTheImageOutThatSpoilsItsRanges() {
        QuantizedModel model = quantized(
                "blazeface/face_detection_short_range.onnx",
                BLAZEFACE,
                Map.of("classificators", ValueRange.SIGMOID_LOGITS));

        assertIntegersEverywhere(model.graph());
        assertThat(model.diagnoses()).singleElement().satisfies(found -> {
            assertThat(found.code()).isEqualTo("QUANT-CALIBRATION-LEFT-OUT");
            assertThat(found.where()).contains("obama_partial_face.jpg");
        });
        assertThat(model.samples()).isEqualTo(7);
        assertThat(model.outputs().get("classificators").sqnrDb()).isGreaterThan(17);
        assertThat(model.outputs().get("regressors").sqnrDb()).isGreaterThan(14);
    }

    @Test
    void blazeFaceFromTfliteWithHalfPrecisionWeightsIsQuantizedToo() {
        QuantizedModel model = quantized(
                "blazeface/face_detection_short_range.tflite",
                BLAZEFACE,
                Map.of("classificators", ValueRange.SIGMOID_LOGITS));

        assertIntegersEverywhere(model.graph());
        assertThat(model.alreadyQuantized()).isFalse();
        assertThat(model.outputs().get("classificators").sqnrDb()).isGreaterThan(10);
    }

    /** Calibrated on six photographs, measured on two others. */
    @Test
    void effortOneGainsOnPhotographsThatItHasNotSeen() {
        Path file = SharedFiles.folder("models/yunet/face_detection_yunet_120x160.onnx");
        Path images = SharedFiles.folder("images");
        Assumptions.assumeTrue(
                Files.exists(file) && Files.isDirectory(images), "the shared models and images are not here");
        ModelGraph graph = ModelFile.open(file).graph();
        InputContract contract = new InputContract(
                Layout.NCHW,
                Colour.BGR,
                160,
                120,
                List.of(0f, 0f, 0f),
                List.of(1f, 1f, 1f),
                ResizeMode.LETTERBOX_TOP_LEFT,
                0);
        CalibrationSource photographs =
                new ImageFolderCalibration(images, graph.inputs().get(0), contract);
        List<CalibrationSample> all = new ArrayList<>();
        photographs.forEach(Integer.MAX_VALUE, all::add, skipped -> {});
        List<CalibrationSample> unseen = List.of(all.get(0), all.get(all.size() - 1));
        CalibrationSource seen = new KnownSamples(all.subList(1, all.size() - 1));

        OutputMeasurement measurement = new OutputMeasurement(
                SmallGraph.EXECUTORS,
                graph,
                new RecoverySamples(
                        unseen.stream().map(CalibrationSample::inputs).toList()),
                Map.of());
        Quantizer quantizer = new Quantizer(SmallGraph.EXECUTORS);
        OutputScore plain = measurement.score(
                quantizer.quantize(QuantizeRequest.of(graph, seen)).graph());
        OutputScore recovered = measurement.score(quantizer
                .quantize(QuantizeRequest.of(graph, seen).withEffort(1))
                .graph());

        assertThat(recovered.mean()).isGreaterThan(plain.mean() + 0.5);
    }

    private record KnownSamples(List<CalibrationSample> samples) implements CalibrationSource {
        @Override
        public String description() {
            return "known samples";
        }

        @Override
        public boolean synthetic() {
            return false;
        }

        @Override
        public int count() {
            return samples.size();
        }

        @Override
        public void forEach(int limit, Consumer<CalibrationSample> receiver, Consumer<Diagnosis> skipped) {
            samples.stream().limit(limit).forEach(receiver);
        }
    }
}
