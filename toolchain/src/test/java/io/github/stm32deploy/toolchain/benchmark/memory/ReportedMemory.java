// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.memory;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlanner;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.file.Path;
import java.util.List;

/**
 * Memory tables of published reports for models whose file is in the collection, in bytes.
 *
 * @param report below {@code fixtures/stedgeai}
 * @param pools false where the project gave the network other pools than the default ones
 */
record ReportedMemory(
        String report, SdkVersion sdk, String model, boolean pools, long weights, long internal, long external) {
    private static final String SINGLE = "models/generic/baseline/baseline_conv2d_";

    static List<ReportedMemory> all() {
        String mobileNet = "models/generic/mobilenet_v2_224_int8.onnx";
        return List.of(
                new ReportedMemory(
                        "v2.0.0-analyze-yolov8n-face",
                        SdkVersion.V2_0,
                        "models/yoloface/stm32n6_dk_yolov8n_wider_face_UF_256.tflite",
                        false,
                        2_772_993,
                        1_245_184,
                        0),
                new ReportedMemory(
                        "v2.1.0-generate-facerec-swheavy",
                        SdkVersion.V2_1,
                        "models/mobilefacenet/mobilefacenet_int8_faces.onnx",
                        true,
                        1_242_529,
                        2_510_848,
                        1_605_632),
                new ReportedMemory(
                        "v2.2.0-cubemx-validate-conv16",
                        SdkVersion.V2_2,
                        SINGLE + "16f_3x3_int8.tflite",
                        true,
                        497,
                        12_304,
                        0),
                new ReportedMemory(
                        "v2.2.0-cubemx-validate-conv7x7",
                        SdkVersion.V2_2,
                        SINGLE + "32f_7x7_int8.tflite",
                        true,
                        4_833,
                        1_323_008,
                        0),
                new ReportedMemory(
                        "v2.2.0-cubemx-console-mobilenetv2", SdkVersion.V2_2, mobileNet, true, 4_137_361, 2_107_392, 0),
                new ReportedMemory(
                        "v4.0.0-devcloud-console-conv (16f_3x3)",
                        SdkVersion.V4_0,
                        SINGLE + "16f_3x3_int8.tflite",
                        true,
                        497,
                        12_304,
                        0),
                new ReportedMemory(
                        "v4.0.0-devcloud-console-conv (32f_7x7)",
                        SdkVersion.V4_0,
                        SINGLE + "32f_7x7_int8.tflite",
                        true,
                        4_833,
                        1_585_152,
                        0));
    }

    NpuMemoryPlan plan(Path shared) {
        return NpuMemoryPlanner.plan(
                NpuScheduler.schedule(ModelFile.open(shared.resolve(model)).graph(), sdk),
                Boards.byId("stm32n6570-dk").npu().orElseThrow());
    }
}
