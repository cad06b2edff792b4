// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** No model of the collection makes the backend fail in any other way than with diagnoses that name its nodes. */
class EveryModelTest {
    @BeforeAll
    static void needsTheCollection() {
        SharedModels.folder();
    }

    static Stream<Path> models() {
        return SharedModels.all(".onnx", ".tflite").stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void generatesOrExplains(Path file) {
        ModelGraph graph;
        try {
            graph = ShapeInference.infer(ModelFile.open(file).graph());
        } catch (DiagnosedException unreadable) {
            return;
        }
        GenerateOptions options = new GenerateOptions("model", "0".repeat(64), "test");
        try {
            CpuNetwork network = new CpuBackend().generate(graph, options);

            assertThat(network.layers()).isNotEmpty();
            assertThat(network.outputs()).hasSameSizeAs(graph.outputs());
            assertThat(network.plan().peakBytes())
                    .isGreaterThanOrEqualTo(network.plan().lowerBoundBytes());
        } catch (DiagnosedException explained) {
            assertThat(explained.diagnoses()).isNotEmpty().allSatisfy(diagnosis -> {
                assertThat(diagnosis.code()).startsWith("GEN-");
                assertThat(diagnosis.where()).isNotEmpty();
                assertThat(diagnosis.observed()).isNotEmpty();
                assertThat(diagnosis.effect()).isNotEmpty();
            });
        }
    }
}
