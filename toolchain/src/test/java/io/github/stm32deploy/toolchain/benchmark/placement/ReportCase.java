// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.placement;

import io.github.stm32deploy.stedgeai.report.EpochGraph;
import io.github.stm32deploy.stedgeai.report.EpochKind;
import io.github.stm32deploy.stedgeai.report.EpochTable;
import io.github.stm32deploy.toolchain.benchmark.network.CsvTable;
import io.github.stm32deploy.toolchain.benchmark.network.Detectors;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Activation;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;

/**
 * A compiler report and the model that it is about.
 *
 * @param report path of the text report below the fixtures
 * @param graph path of the c_info file below the fixtures; "" where there is none
 * @param schedule our prediction, from the folder of shared material
 * @param basis where the graph that we schedule comes from
 */
record ReportCase(
        String model, String report, String graph, SdkVersion sdk, Function<Path, NpuSchedule> schedule, String basis) {

    static final List<ReportCase> ALL = List.of(
            new ReportCase(
                    "YOLOv8n face, 256x256, TFLite",
                    "v2.0.0-analyze-yolov8n-face/network_analyze_report.txt",
                    "v2.0.0-analyze-yolov8n-face/network_c_info.json.gz",
                    SdkVersion.V2_0,
                    file("models/yoloface/stm32n6_dk_yolov8n_wider_face_UF_256.tflite", SdkVersion.V2_0),
                    "the file"),
            new ReportCase(
                    "Tiny YOLOv2 person, 224x224, TFLite",
                    "v2.0.0-generate-tinyyolo-ec/network_generate_report.txt",
                    "v2.0.0-generate-tinyyolo-ec/tiny_yolo_v2_224_int8.tflite_c_info.json.gz",
                    SdkVersion.V2_0,
                    shared -> NpuScheduler.schedule(
                            floatOutput(Detectors.tinyYolo2(Flavour.TFLITE, 224, 512, 1)
                                    .build()),
                            SdkVersion.V2_0),
                    "built from the paper"),
            new ReportCase(
                    "MobileFaceNet, 112x112, ONNX",
                    "v2.1.0-generate-facerec-swheavy/face_recognition_generate_report.txt",
                    "v2.1.0-generate-facerec-swheavy/face_recognition_c_info.json.gz",
                    SdkVersion.V2_1,
                    file("models/mobilefacenet/mobilefacenet_int8_faces.onnx", SdkVersion.V2_1),
                    "the file; compiled with --input-data-type float32"),
            new ReportCase(
                    "MobileNetV2 0.5, 128x128, ONNX",
                    "v3.0.0-generate-mobilenetv2/same_model_family_v2.1.0_network_generate_report.txt",
                    "",
                    SdkVersion.V2_1,
                    asInt8("models/generic/mobilenet_v2_128_0.5.onnx", SdkVersion.V2_1),
                    "the float file as if quantized"),
            new ReportCase(
                    "MobileNetV2, 224x224, ONNX",
                    "v2.2.0-cubemx-console-mobilenetv2/mobilenet_v2_224.txt",
                    "",
                    SdkVersion.V2_2,
                    file(
                            "fixtures/stedgeai/v2.2.0-cubemx-console-mobilenetv2/mobilenet_v2_224_int8.onnx",
                            SdkVersion.V2_2),
                    "the file"),
            new ReportCase(
                    "16 filters 3x3, TFLite",
                    "v2.2.0-cubemx-validate-conv16/network_generate_report.txt",
                    "",
                    SdkVersion.V2_2,
                    file(
                            "fixtures/stedgeai/v2.2.0-cubemx-validate-conv16/baseline_conv2d_16f_3x3_int8.tflite",
                            SdkVersion.V2_2),
                    "the file"),
            new ReportCase(
                    "32 filters 7x7, TFLite",
                    "v2.2.0-cubemx-validate-conv7x7/network_generate_report.txt",
                    "",
                    SdkVersion.V2_2,
                    file(
                            "fixtures/stedgeai/v2.2.0-cubemx-validate-conv7x7/baseline_conv2d_32f_7x7_int8.tflite",
                            SdkVersion.V2_2),
                    "the file"),
            new ReportCase(
                    "MobileNetV2 0.5, 128x128, ONNX",
                    "v3.0.0-generate-mobilenetv2/network_generate_report.txt",
                    "v3.0.0-generate-mobilenetv2/network_c_info.json.gz",
                    SdkVersion.V3_0,
                    asInt8("models/generic/mobilenet_v2_128_0.5.onnx", SdkVersion.V3_0),
                    "the float file as if quantized"),
            new ReportCase(
                    "16 filters 3x3, TFLite",
                    "v4.0.0-devcloud-console-conv/conv2d_16f_3x3_report.txt",
                    "",
                    SdkVersion.V4_0,
                    file(
                            "fixtures/stedgeai/v4.0.0-devcloud-console-conv/baseline_conv2d_16f_3x3_int8.tflite",
                            SdkVersion.V4_0),
                    "the file"),
            new ReportCase(
                    "32 filters 7x7, TFLite",
                    "v4.0.0-devcloud-console-conv/conv2d_32f_7x7_report.txt",
                    "",
                    SdkVersion.V4_0,
                    file(
                            "fixtures/stedgeai/v4.0.0-devcloud-console-conv/baseline_conv2d_32f_7x7_int8.tflite",
                            SdkVersion.V4_0),
                    "the file"),
            new ReportCase(
                    "Gesture classifier, 50x64, TFLite",
                    "v4.0.1-analyze-hybrid-epoch/network_analyze_report.txt",
                    "",
                    SdkVersion.V4_0,
                    shared -> NpuScheduler.schedule(castInput(gestures().build()), SdkVersion.V4_0),
                    "built from the report's table of layers"),
            new ReportCase(
                    "YOLOv8n, 224x224, ONNX",
                    "yolov8n_micro_224_int8",
                    "",
                    SdkVersion.V4_0,
                    file("models/generic/yolov8n_int8.onnx", SdkVersion.V4_0),
                    "the same network's file at 640x640; epochs from the table of measured ones"));

    private static NetworkBuilder gestures() {
        NetworkBuilder net = new NetworkBuilder("gestures", Flavour.TFLITE_INT8, 1, 50, 64);
        String map = net.input();
        for (long width = 16; width <= 48; width += 16) {
            map = net.maxPoolValid(net.biased(map, width, 3, 1, Activation.RELU), 2, 2, false);
        }
        map = net.maxPoolValid(net.biased(map, 64, 3, 1, Activation.RELU), 1, 1, false);
        String vector = net.dense(net.globalAverage(map), 32, Activation.RELU);
        return net.output(net.softmax(net.dense(vector, 4, Activation.NONE)));
    }

    /** DEQUANTIZE at the end, as converters write it for float outputs. */
    private static ModelGraph floatOutput(ModelGraph graph) {
        GraphValue output = graph.outputs().get(0);
        Node quantizer = graph.nodes().stream()
                .filter(node -> node.is("QuantizeLinear"))
                .reduce((first, second) -> second)
                .orElseThrow();
        TensorType real = new TensorType(ElementType.FLOAT32, output.type().shape());
        return graph.toBuilder()
                .clearOutputs()
                .node(new Node(
                        "end",
                        "DequantizeLinear",
                        "",
                        List.of(output.name(), quantizer.input(1), quantizer.input(2)),
                        List.of("real"),
                        Map.of(),
                        new Origin("DEQUANTIZE", "real", graph.nodes().size())))
                .output("real", real)
                .build();
    }

    /** A camera's bytes cast to float, then quantized, in front of an int8 input. */
    private static ModelGraph castInput(ModelGraph graph) {
        GraphValue input = graph.inputs().get(0);
        Node reader = graph.consumers(input.name()).get(0);
        return graph.toBuilder()
                .clearInputs()
                .input("camera", new TensorType(ElementType.UINT8, input.type().shape()))
                .type("pixels", new TensorType(ElementType.FLOAT32, input.type().shape()))
                .node(new Node(
                        "cast",
                        "Cast",
                        "",
                        List.of("camera"),
                        List.of("pixels"),
                        Map.of("to", Attribute.of(1)),
                        new Origin("CAST", "pixels", graph.nodes().size())))
                .node(new Node(
                        "quantize",
                        "QuantizeLinear",
                        "",
                        List.of("pixels", reader.input(1), reader.input(2)),
                        List.of(input.name()),
                        Map.of(),
                        new Origin("QUANTIZE", input.name(), graph.nodes().size() + 1)))
                .build();
    }

    private static Function<Path, NpuSchedule> file(String path, SdkVersion sdk) {
        return shared ->
                NpuScheduler.schedule(ModelFile.open(shared.resolve(path)).graph(), sdk);
    }

    private static Function<Path, NpuSchedule> asInt8(String path, SdkVersion sdk) {
        return shared ->
                NpuScheduler.scheduleAsInt8(ModelFile.open(shared.resolve(path)).graph(), sdk);
    }

    EpochTable table(Path shared) throws IOException {
        if (!report.contains("/")) {
            return measured(CsvTable.read(shared.resolve("data/n6-epochs.csv")));
        }
        String text = Files.readString(shared.resolve("fixtures/stedgeai").resolve(report), StandardCharsets.UTF_8);
        return EpochTable.read(text).orElseThrow(() -> new IOException(report + " has no epochs"));
    }

    /** Epochs of a network in the table of measured ones: {@code EpochBlock_1 -> 51} stands for 51 of them. */
    private EpochTable measured(CsvTable table) {
        List<EpochTable.Row> rows = new ArrayList<>();
        for (int index = 0; index < table.size(); index++) {
            Map<String, String> row = table.row(index);
            boolean extra = row.get("type").contains("extra");
            if (!row.get("model").equals(report) || extra) {
                continue;
            }
            String[] numbers = row.get("epoch_id").replace("EpochBlock_", "").split(" -> ");
            EpochKind kind = switch (row.get("type")) {
                case "SW" -> EpochKind.SOFTWARE;
                case "hybrid" -> EpochKind.HYBRID;
                default -> EpochKind.CONTROLLER;
            };
            rows.add(new EpochTable.Row(
                    Integer.parseInt(numbers[0]),
                    Integer.parseInt(numbers[numbers.length - 1]),
                    kind,
                    row.get("op").replace("(float)", "")));
        }
        int software = (int)
                rows.stream().filter(row -> row.kind() == EpochKind.SOFTWARE).count();
        int hybrid = (int)
                rows.stream().filter(row -> row.kind() == EpochKind.HYBRID).count();
        return new EpochTable("4.0.1", rows.get(rows.size() - 1).last(), software, hybrid, rows);
    }

    Optional<EpochGraph> epochGraph(Path shared) throws IOException {
        return graph.isEmpty() ? Optional.empty() : Optional.of(readGraph(shared, graph));
    }

    static EpochGraph readGraph(Path shared, String path) throws IOException {
        try (InputStream json =
                Files.newInputStream(shared.resolve("fixtures/stedgeai").resolve(path))) {
            return EpochGraph.read(path.endsWith(".gz") ? new GZIPInputStream(json) : json);
        }
    }
}
