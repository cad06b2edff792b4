// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlanner;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks that run on the board are left in peace, and no file gets more findings than anybody reads. */
class RealModelsFindingsTest {
    private static final int READABLE = 8;

    /** Files that ST publishes for the STM32N6, or that a public project has measured on it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "blazeface/blazeface_front_128_quant_pc_ff_od_wider_face.tflite",
                "facemesh/face_landmarks_v1_192_int8_pc.onnx",
                "fomo/fomo_face_detection.tflite",
                "generic/baseline/baseline_conv2d_16f_3x3_int8.tflite",
                "generic/mobilenet_v2_0.35_128_int8.tflite",
                "generic/mobilenet_v2_224_int8.onnx",
                "generic/osnet_a025_256_128_tfs_int8.tflite",
                "generic/st_yolo_x_nano_480_1.0_0.25_3_st_int8.tflite",
                "generic/yamnet_256_64x96_int8.tflite",
                "generic/yolov8n_256_quant_pc_uf_od_coco-person-st.tflite",
                "yoloface/stm32n6_dk_yolov8n_wider_face_UF_256.tflite",
                "yunet/yunetn_320_qdq_int8.onnx"
            })
    void a_network_that_runs_has_no_grave_finding(String name) {
        List<Diagnosis> findings = findings(SharedModels.file(name));
        assertThat(findings).noneMatch(diagnosis -> diagnosis.severity().compareTo(Severity.WRONG) >= 0);
        assertThat(findings).hasSizeLessThanOrEqualTo(4);
    }

    @Test
    void every_finding_of_every_model_is_whole_and_has_a_page() {
        for (Path file : SharedModels.all(".onnx", ".tflite")) {
            List<Diagnosis> findings = findings(file);
            assertThat(findings).as(file.toString()).hasSizeLessThanOrEqualTo(READABLE);
            assertThat(findings).extracting(Diagnosis::code).as(file.toString()).doesNotHaveDuplicates();
            for (Diagnosis diagnosis : findings) {
                assertThat(Explanations.page(diagnosis.code()))
                        .as(diagnosis.code())
                        .isPresent();
                assertThat(diagnosis.where())
                        .as(diagnosis.code())
                        .contains(file.getFileName().toString());
                assertThat(diagnosis.observed()).as(diagnosis.code()).isNotBlank();
                assertThat(diagnosis.rule()).as(diagnosis.code()).isNotBlank();
            }
        }
    }

    private static List<Diagnosis> findings(Path file) {
        ModelFile model;
        try {
            model = ModelFile.open(file);
        } catch (DiagnosedException noModel) {
            return List.of();
        }
        SdkVersion sdk = SdkVersion.newest();
        Npu npu = Boards.byId("stm32n6570-dk").npu().orElseThrow();
        NpuSchedule schedule = NpuScheduler.schedule(model.graph(), sdk);
        Optional<NpuMemoryPlan> memory =
                schedule.epochs().isEmpty() ? Optional.empty() : Optional.of(NpuMemoryPlanner.plan(schedule, npu));
        return ModelFindings.of(
                new Evidence(file, model.format(), model.graph(), schedule, memory, sdk, Optional.of(npu)));
    }
}
