// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.onnx.OnnxReader;
import io.github.stm32deploy.toolchain.tflite.TfliteReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A damaged file ends in a graph or in a diagnosis, whatever bytes are wrong: no other exception, no loop, no memory. */
class DamagedModelTest {
    private static final int FLIPS = 500;

    static Stream<String> models() {
        return Stream.of(
                "yunet/yunet_n_320_320.onnx",
                "landmark/lite.onnx",
                "yunet/pruned_yunet_structured_int8_20_06.onnx",
                "generic/svc_wl_48_pct_5.onnx",
                "yunet/model_integer_quant.tflite",
                "blazeface/face_detection_front.tflite",
                "generic/kws_ref_model.tflite",
                "generic/trained_lstm_int8.tflite");
    }

    @ParameterizedTest
    @MethodSource("models")
    void aTruncatedModelIsDiagnosed(String name) throws IOException {
        byte[] whole = Files.readAllBytes(SharedModels.file(name));
        int refused = 0;
        for (int percent = 5; percent < 100; percent += 5) {
            byte[] part = java.util.Arrays.copyOf(whole, (int) (whole.length * (long) percent / 100));
            Optional<DiagnosedException> diagnosed = read(name, part);
            refused += diagnosed.isPresent() ? 1 : 0;
            diagnosed.ifPresent(reason ->
                    assertThat(reason.diagnoses().get(0).code()).isIn("READ-MODEL-TRUNCATED", "READ-MODEL-DAMAGED"));
        }
        // A TFLite file may end with metadata that the graph does not need; most of it must be missed.
        assertThat(refused).isGreaterThanOrEqualTo(name.endsWith(".onnx") ? 19 : 15);
    }

    @ParameterizedTest
    @MethodSource("models")
    void aModelWithAWrongByteIsReadOrDiagnosed(String name) throws IOException {
        byte[] whole = Files.readAllBytes(SharedModels.file(name));
        Random random = new Random(1);
        for (int flip = 0; flip < FLIPS; flip++) {
            byte[] damaged = whole.clone();
            // Half of the flips into the last or first bytes, where structure is denser than in the weights.
            int region = flip % 2 == 0 ? whole.length : Math.min(whole.length, 4096);
            int position = flip % 4 == 1 ? whole.length - 1 - random.nextInt(region) : random.nextInt(region);
            damaged[position] = (byte) random.nextInt(256);
            read(name, damaged);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void aModelWithManyWrongBytesIsReadOrDiagnosed(String name) throws IOException {
        byte[] whole = Files.readAllBytes(SharedModels.file(name));
        Random random = new Random(2);
        for (int round = 0; round < 50; round++) {
            byte[] damaged = whole.clone();
            for (int flip = 0; flip < 64; flip++) {
                damaged[8 + random.nextInt(whole.length - 8)] = (byte) random.nextInt(256);
            }
            read(name, damaged);
        }
    }

    private static Optional<DiagnosedException> read(String name, byte[] bytes) {
        Path file = Path.of(name);
        try {
            ModelGraph graph = name.endsWith(".onnx")
                    ? ShapeInference.infer(OnnxReader.read(ByteBuffer.wrap(bytes), file))
                    : TfliteReader.read(ByteBuffer.wrap(bytes), file);
            assertThat(graph).isNotNull();
            return Optional.empty();
        } catch (DiagnosedException diagnosed) {
            assertThat(diagnosed.diagnoses().get(0).where()).startsWith(name.replace('/', java.io.File.separatorChar));
            return Optional.of(diagnosed);
        }
    }
}
