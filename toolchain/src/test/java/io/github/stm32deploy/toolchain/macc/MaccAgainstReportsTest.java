// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.stm32deploy.toolchain.image.SharedFiles;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layer by layer against published reports of ST Edge AI Core whose model file is at hand, and against figures of its cloud. */
class MaccAgainstReportsTest {
    @ParameterizedTest
    @CsvSource({
        "v2.0.0-analyze-yolov8n-face/network_analyze_report.txt, 2.0, models/yoloface/stm32n6_dk_yolov8n_wider_face_UF_256.tflite",
        "v2.1.0-generate-facerec-swheavy/face_recognition_generate_report.txt, 2.1, models/mobilefacenet/mobilefacenet_int8_faces.onnx",
        "v2.2.0-cubemx-validate-conv16/network_generate_report.txt, 2.2, models/generic/baseline/baseline_conv2d_16f_3x3_int8.tflite",
        "v2.2.0-cubemx-validate-conv16/network_validate_report.txt, 2.2, models/generic/baseline/baseline_conv2d_16f_3x3_int8.tflite",
        "v2.2.0-cubemx-validate-conv7x7/network_generate_report.txt, 2.2, models/generic/baseline/baseline_conv2d_32f_7x7_int8.tflite",
        "v2.2.0-cubemx-validate-conv7x7/network_validate_report.txt, 2.2, models/generic/baseline/baseline_conv2d_32f_7x7_int8.tflite",
        "v4.0.0-cpu-only-n6/network_generate_report.txt, 4.0, fixtures/stedgeai/v4.0.0-cpu-only-n6/model_npu_int8.onnx"
    })
    void every_layer_has_the_operations_that_the_report_prints(String report, String sdk, String model)
            throws IOException {
        Path printed = shared("fixtures/stedgeai").resolve(report);
        LayerTable table = LayerTable.read(printed);
        ModelGraph graph = ModelFile.open(shared(model)).graph();

        MaccCount count = MaccCounter.count(graph, SdkVersion.of(sdk).orElseThrow());

        assertThat(count.total()).isEqualTo(table.total());
        if (model.endsWith(".tflite")) {
            assertThat(byOperatorOfTheFile(graph, count)).isEqualTo(byLayer(table));
        } else {
            assertThat(layers(graph, count)).containsExactlyInAnyOrderElementsOf(layers(table));
        }
    }

    /** What validate prints of the C for the CPU, and the cloud of models that its users uploaded. */
    @ParameterizedTest
    @CsvSource({
        "models/generic/baseline/baseline_conv2d_16f_3x3_int8.tflite, '', 1835024",
        "models/generic/baseline/baseline_conv2d_1x1_int8.tflite, '', 524320",
        "models/generic/baseline/baseline_conv2d_32f_5x5_int8.tflite, '', 9961504",
        "models/generic/baseline/baseline_conv2d_3x3_int8.tflite, '', 3670048",
        "models/generic/baseline/baseline_conv2d_pool_int8.tflite, '', 1851408",
        "fixtures/stedgeai/v4.0.0-cpu-only-n6/model_npu_int8.onnx, '', 15657686",
        "models/dbface/dbface_keras_256x256_integer_quant_nhwc.tflite, '', 445098409",
        "models/yunet/model_weight_quant.tflite, '', 25053904",
        "models/retinaface/retinaface_mbnet0.25.onnx, 1x3x256x256, 162949232"
    })
    void generated_c_has_the_operations_that_the_cloud_shows(String model, String input, long operations) {
        ModelGraph graph = ModelFile.open(shared(model)).graph();
        Map<String, Shape> inputs =
                input.isEmpty() ? Map.of() : Map.of(graph.inputs().get(0).name(), shape(input));

        MaccCount count = MaccCounter.countAt(graph, inputs, SdkVersion.V2_2, MaccConvention.GENERATED_C);

        assertThat(count.total()).isEqualTo(operations);
    }

    private static Shape shape(String text) {
        return Shape.of(
                List.of(text.split("x")).stream().mapToLong(Long::parseLong).toArray());
    }

    private static Map<Integer, Long> byOperatorOfTheFile(ModelGraph graph, MaccCount count) {
        return nonZero(graph.nodes().stream()
                .collect(Collectors.groupingBy(
                        node -> node.origin().index(), Collectors.summingLong(node -> count.of(node.name())))));
    }

    private static Map<Integer, Long> byLayer(LayerTable table) {
        return nonZero(table.layers().stream()
                .collect(Collectors.groupingBy(LayerTable.Layer::id, Collectors.summingLong(LayerTable.Layer::macc))));
    }

    private static Map<Integer, Long> nonZero(Map<Integer, Long> operations) {
        Map<Integer, Long> counted = new TreeMap<>(operations);
        counted.values().removeIf(each -> each == 0);
        return counted;
    }

    private static List<String> layers(ModelGraph graph, MaccCount count) {
        return graph.nodes().stream()
                .filter(node -> count.of(node.name()) > 0)
                .map(node -> layer(node, count))
                .toList();
    }

    private static String layer(Node node, MaccCount count) {
        return node.origin().operator() + " " + count.of(node.name());
    }

    private static List<String> layers(LayerTable table) {
        return table.layers().stream()
                .filter(layer -> layer.macc() > 0)
                .map(layer -> layer.operator() + " " + layer.macc())
                .toList();
    }

    private static Path shared(String name) {
        Path path = SharedFiles.folder(name);
        assumeTrue(Files.exists(path), "../shared/" + name + " is not on this machine");
        return path;
    }
}
