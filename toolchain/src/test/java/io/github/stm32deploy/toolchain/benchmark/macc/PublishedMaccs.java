// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.macc;

import io.github.stm32deploy.toolchain.macc.MaccConvention;
import io.github.stm32deploy.toolchain.macc.MaccCount;
import io.github.stm32deploy.toolchain.macc.MaccCounter;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Figures of ST's tools for models whose file, or whose architecture, is in the collection beside the repository. */
public final class PublishedMaccs {
    /**
     * A text report of the vendor's tool.
     *
     * @param report below {@code fixtures/stedgeai}
     * @param model below the shared folder
     */
    public record Report(String report, SdkVersion sdk, String model) {}

    /**
     * A figure that the console of {@code validate} or the Developer Cloud shows.
     *
     * @param input shape, empty where the file's own is meant
     * @param equal false where the file is not the one measured, or the difference is not explained; then {@code note} says
     */
    public record Shown(String model, String input, long macc, boolean equal, String note, MaccConvention convention) {
        /** Operations by our count. */
        public long counted(Path shared) {
            ModelGraph graph = ModelFile.open(shared.resolve(model)).graph();
            if (note.contains(FLOAT)) {
                graph = FloatTwin.of(graph);
            }
            Map<String, Shape> inputs =
                    input.isEmpty() ? Map.of() : Map.of(graph.inputs().get(0).name(), shape(input));
            MaccCount count = MaccCounter.countAt(graph, inputs, SdkVersion.V4_0, convention);
            return count.total();
        }
    }

    private static final String FLOAT = "as float ONNX";
    private static final String SINGLE = "models/generic/baseline/baseline_conv2d_";
    private static final String VALIDATE = "summary of validate, Core 4.0.0";
    private static final String SUMMARY = "summary of generate, Core 4.0.0, AI Studio and Developer Cloud";
    private static final String TABLE = "table of a user, Developer Cloud";

    private PublishedMaccs() {}

    private static Shown generatedC(String model, String input, long macc, boolean equal, String note) {
        return new Shown(model, input, macc, equal, note, MaccConvention.GENERATED_C);
    }

    private static Shown summary(String model, long macc) {
        return new Shown(model, "", macc, true, SUMMARY, MaccConvention.EPOCHS);
    }

    /** What the summary of {@code generate} prints for the NPU. */
    public static List<Shown> summaries() {
        return List.of(
                summary(SINGLE + "16f_3x3_int8.tflite", 1_802_240),
                summary(SINGLE + "1x1_int8.tflite", 458_752),
                summary(SINGLE + "3x3_int8.tflite", 3_604_480),
                summary(SINGLE + "32f_5x5_int8.tflite", 9_961_472),
                summary(SINGLE + "32f_7x7_int8.tflite", 19_660_800),
                summary(SINGLE + "pool_int8.tflite", 1_802_240));
    }

    public static List<Report> reports() {
        return List.of(
                new Report(
                        "v2.0.0-analyze-yolov8n-face/network_analyze_report.txt",
                        SdkVersion.V2_0,
                        "models/yoloface/stm32n6_dk_yolov8n_wider_face_UF_256.tflite"),
                new Report(
                        "v2.1.0-generate-facerec-swheavy/face_recognition_generate_report.txt",
                        SdkVersion.V2_1,
                        "models/mobilefacenet/mobilefacenet_int8_faces.onnx"),
                new Report(
                        "v2.2.0-cubemx-validate-conv16/network_generate_report.txt",
                        SdkVersion.V2_2,
                        SINGLE + "16f_3x3_int8.tflite"),
                new Report(
                        "v2.2.0-cubemx-validate-conv16/network_validate_report.txt",
                        SdkVersion.V2_2,
                        SINGLE + "16f_3x3_int8.tflite"),
                new Report(
                        "v2.2.0-cubemx-validate-conv7x7/network_generate_report.txt",
                        SdkVersion.V2_2,
                        SINGLE + "32f_7x7_int8.tflite"),
                new Report(
                        "v2.2.0-cubemx-validate-conv7x7/network_validate_report.txt",
                        SdkVersion.V2_2,
                        SINGLE + "32f_7x7_int8.tflite"),
                new Report(
                        "v4.0.0-cpu-only-n6/network_generate_report.txt",
                        SdkVersion.V4_0,
                        "fixtures/stedgeai/v4.0.0-cpu-only-n6/model_npu_int8.onnx"));
    }

    public static List<Shown> shown() {
        return List.of(
                generatedC(SINGLE + "16f_3x3_int8.tflite", "", 1_835_024, true, VALIDATE),
                generatedC(SINGLE + "1x1_int8.tflite", "", 524_320, true, VALIDATE),
                generatedC(SINGLE + "32f_5x5_int8.tflite", "", 9_961_504, true, VALIDATE),
                generatedC(SINGLE + "3x3_int8.tflite", "", 3_670_048, true, VALIDATE),
                generatedC(SINGLE + "pool_int8.tflite", "", 1_851_408, true, VALIDATE),
                generatedC(
                        "fixtures/stedgeai/v4.0.0-cpu-only-n6/model_npu_int8.onnx",
                        "",
                        15_657_686,
                        true,
                        "c-model of a report, Core 4.0.0"),
                generatedC(
                        "models/dbface/dbface_keras_256x256_integer_quant_nhwc.tflite", "", 445_098_409, true, TABLE),
                generatedC("models/yunet/model_weight_quant.tflite", "", 25_053_904, true, TABLE),
                generatedC("models/retinaface/retinaface_mbnet0.25.onnx", "1x3x256x256", 162_949_232, true, TABLE),
                generatedC(
                        "models/centerface/centerface_1x3x128x128_full_integer_quant.tflite",
                        "1x3x1x1",
                        2_377_640,
                        true,
                        TABLE + ", row \"Any\" size; counted " + FLOAT + " at one pixel"),
                generatedC(
                        "models/yunet/face_detection_yunet_120x160.onnx",
                        "",
                        25_092_926,
                        false,
                        TABLE + "; 1,076 are half the elements of the conf output, not explained"),
                generatedC(
                        "models/scrfd/scrfd_500m_bnkps.onnx",
                        "1x3x480x640",
                        562_123_406,
                        false,
                        TABLE + "; another export: 94,500 are the layout of our file's outputs of rank 3"),
                generatedC(
                        "models/generic/mobilenet_v2_224_int8.onnx",
                        "",
                        301_277_256,
                        false,
                        "summary of validate, Core 2.2.0; 130,560 are conversions around a mean that is computed in float"));
    }

    private static Shape shape(String text) {
        return Shape.of(
                Arrays.stream(text.split("x")).mapToLong(Long::parseLong).toArray());
    }
}
