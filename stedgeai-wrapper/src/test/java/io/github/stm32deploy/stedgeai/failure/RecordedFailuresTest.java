// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.stedgeai.failure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real logs of runs that failed, or that did what nobody asked for. */
class RecordedFailuresTest {
    private static final Path SHARED = Path.of(System.getenv().getOrDefault("STM32_DEPLOY_SHARED", "../../shared"));

    @ParameterizedTest
    @CsvSource({
        "failures/v2.2.0_cubemx_resnet34_exit255.txt, MEM-ACTIVATIONS-EXCEED ONNX-IR-TOO-NEW VENDOR-COMPILER-FAILED"
                + " VENDOR-PROFILE-KEY",
        "failures/v4.0.1_aistudio_mobileclips0.txt, VENDOR-MALFORMED-ONNX VENDOR-UNKNOWN-FORMAT QUANT-FLOAT-MODEL"
                + " QUANT-PARTIAL",
        "failures/v4.0.1_aistudio_yolov11n_no_npu.txt, MEM-ACTIVATIONS-EXCEED",
        "failures/v4.0.1_aistudio_yolov11x_float32.txt, MEM-ACTIVATIONS-EXCEED QUANT-FLOAT-MODEL QUANT-PARTIAL"
                + " VENDOR-COMPILER-FAILED VENDOR-SIZE-STEP",
        "v4.0.0-devcloud-console-conv/conv2d_32f_7x7_report.txt, VENDOR-NO-ANSWER NPU-STALL-DEPTHWISE-STRIDE",
        "v4.0.0-aistudio-nucleo-conv16/conv2d_16f_3x3.txt, VENDOR-SIZE-STEP",
        "v4.0.0-cpu-only-n6/network_generate_report.txt, VENDOR-CPU-ONLY",
        "v2.2.0-cubemx-validate-conv16/network_validate_report.txt, ''"
    })
    void the_messages_of_a_log(String file, String codes) throws IOException {
        Path log = SHARED.resolve("fixtures/stedgeai").resolve(file);
        Assumptions.assumeTrue(Files.isRegularFile(log), "no recorded reports in " + SHARED);

        List<String> found =
                FailureSignatures.shipped().match(file, Files.readString(log, StandardCharsets.UTF_8)).stream()
                        .map(match -> match.signature().code())
                        .toList();

        assertThat(found).isEqualTo(codes.isEmpty() ? List.of() : List.of(codes.split(" ")));
    }
}
