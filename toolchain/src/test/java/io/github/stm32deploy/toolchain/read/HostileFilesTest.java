// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever a file holds, reading it ends in a graph or a diagnosis: no other exception, no more than 1 GB of heap, no more than
 * 5 seconds of processor time. The files are read in a process of their own ({@link HostileFiles}), because heap and time are the promise.
 */
class HostileFilesTest {
    /** Over the ten models: 10,000 single wrong bytes. */
    private static final int FLIPS = 1000;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yunet/yunet_n_320_320.onnx generic/svc_wl_48_pct_5.onnx landmark/gaze_opt.onnx "
                        + "blazeface/face_detection_front.tflite generic/kws_ref_model.tflite",
                "yunet/pruned_yunet_structured_int8_20_06.onnx yunet/pruned_yunet_mct_int8_20_06.onnx "
                        + "yunet/model_integer_quant.tflite generic/trained_lstm_int8.tflite "
                        + "blazeface/face-detector-quantized_edgetpu.tflite"
            })
    void aDamagedModelIsReadOrDiagnosed(String models) throws Exception {
        List<String> arguments =
                new ArrayList<>(List.of("damaged", SharedModels.folder().toString(), Integer.toString(FLIPS)));
        arguments.addAll(List.of(models.split(" ")));
        String output = run(arguments);
        int cases = 5 * (100 + FLIPS + FLIPS / 20);
        assertThat(count(output, "read") + count(output, "diagnosed")).isEqualTo(cases);
        // A cut ONNX file is always noticed; a TFLite file may end with metadata that the graph does not need.
        assertThat(count(output, "diagnosed")).isGreaterThan(5 * 75);
    }

    @Test
    void aMaliciousFileIsReadOrDiagnosed(@TempDir Path folder) throws Exception {
        int files = CraftedFiles.write(folder);
        String output = run(List.of("crafted", folder.toString()));
        assertThat(count(output, "read") + count(output, "diagnosed")).isEqualTo(files);
        assertThat(count(output, "diagnosed")).isPositive();
    }

    private static int count(String output, String word) {
        String[] words = output.strip().split("\\s+");
        return Integer.parseInt(words[List.of(words).indexOf(word) + 1]);
    }

    /** Output of the process, which must end well. */
    private static String run(List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                HostileFiles.class.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
