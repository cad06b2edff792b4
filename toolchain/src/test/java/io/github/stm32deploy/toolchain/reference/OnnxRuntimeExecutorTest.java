// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OnnxRuntimeExecutorTest {
    private static final TensorType FLOATS = new TensorType(ElementType.FLOAT32, Shape.of(1, 3));

    @Test
    void runsAGraphAndReturnsItsOutput() {
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(quantizing("QuantizeLinear"))) {
            Map<String, TensorData> result =
                    executor.run(Map.of("x", TensorData.ofFloats(FLOATS.shape(), 1f, -0.25f, 200f)));
            assertThat(result).containsOnlyKeys("y");
            assertThat(result.get("y").type()).isEqualTo(new TensorType(ElementType.INT8, FLOATS.shape()));
            assertThat(result.get("y").toInts()).containsExactly(5, 0, 127);
        }
    }

    @Test
    void returnsIntermediateTensorsConstantsAndInputsOnRequest() {
        OnnxRuntimeExecutor.Options options =
                OnnxRuntimeExecutor.Options.reference().withExtraOutputs(List.of("doubled", "two", "x"));
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(quantizing("QuantizeLinear"), options)) {
            Map<String, TensorData> result = executor.run(Map.of("x", TensorData.ofFloats(FLOATS.shape(), 1f, 2f, 3f)));
            assertThat(result).containsOnlyKeys("y", "doubled", "two", "x");
            assertThat(result.get("doubled").toFloats()).containsExactly(2f, 4f, 6f);
            assertThat(result.get("two").toFloats()).containsExactly(2f);
        }
    }

    @Test
    void readsAnInputWhereItLies() {
        RuntimeLoading.begin().close();
        ByteBuffer outside = ByteBuffer.allocateDirect(13).order(ByteOrder.LITTLE_ENDIAN);
        outside.putFloat(1, 1f).putFloat(5, -0.25f).putFloat(9, 200f);
        ByteBuffer aligned = ByteBuffer.allocateDirect(12).order(ByteOrder.LITTLE_ENDIAN);
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(quantizing("QuantizeLinear"))) {
            List<TensorData> inputs = List.of(
                    TensorData.ofFloats(FLOATS.shape(), 1f, -0.25f, 200f),
                    TensorData.of(FLOATS, outside.position(1)),
                    TensorData.of(
                            FLOATS,
                            aligned.putFloat(1f).putFloat(-0.25f).putFloat(200f).flip()));
            for (TensorData input : inputs) {
                assertThat(executor.run(Map.of("x", input)).get("y").toInts()).containsExactly(5, 0, 127);
            }
            for (TensorData input : inputs) {
                executor.run(
                        Map.of("x", input),
                        run -> assertThat(run.get("y").toInts()).containsExactly(5, 0, 127));
            }
            // What lies there now, not what lay there before.
            aligned.putFloat(0, 2f);
            executor.run(
                    Map.of("x", inputs.get(2)),
                    run -> assertThat(run.get("y").toInts()).containsExactly(9, 0, 127));
        }
    }

    @Test
    void namesAnOperatorThatOnnxRuntimeDoesNotKnow() {
        assertThatThrownBy(() -> OnnxRuntimeExecutor.open(quantizing("Quantumize")))
                .isInstanceOfSatisfying(DiagnosedException.class, refused -> {
                    assertThat(refused.kind()).isEqualTo(DiagnosedException.Kind.FINDING);
                    assertThat(refused.diagnoses().get(0).code()).isEqualTo("REFERENCE-GRAPH-REFUSED");
                    assertThat(refused.diagnoses().get(0).observed()).contains("Quantumize");
                });
    }

    @Test
    void saysWhyARunStops() {
        ModelGraph picking = ModelGraph.builder("picking")
                .opset("", 13)
                .input("index", new TensorType(ElementType.INT64, Shape.of(1)))
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(1)))
                .constant("values", TensorData.ofFloats(Shape.of(2), 1f, 2f))
                .node(node("pick", "Gather", List.of("values", "index"), "y"))
                .build();
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(picking)) {
            Map<String, TensorData> beyond = Map.of("index", TensorData.ofLongs(Shape.of(1), 7));
            assertThatThrownBy(() -> executor.run(beyond)).isInstanceOfSatisfying(DiagnosedException.class, stopped -> {
                assertThat(stopped.diagnoses().get(0).code()).isEqualTo("REFERENCE-RUN-FAILED");
                assertThat(stopped.diagnoses().get(0).observed()).contains("7");
            });
        }
    }

    /** y = quantize(x * 2), scale 1/2, zero point 1. */
    private static ModelGraph quantizing(String lastOperator) {
        return ModelGraph.builder("quantizing")
                .opset("", 13)
                .input("x", FLOATS)
                .output("y", new TensorType(ElementType.INT8, FLOATS.shape()))
                .constant("two", TensorData.ofFloats(Shape.scalar(), 2f))
                .constant("scale", TensorData.ofFloats(Shape.scalar(), 0.5f))
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 1))
                .node(node("double", "Mul", List.of("x", "two"), "doubled"))
                .node(node("quantize", lastOperator, List.of("doubled", "scale", "zero"), "y"))
                .build();
    }

    private static Node node(String name, String operator, List<String> inputs, String output) {
        return new Node(name, operator, "", inputs, List.of(output), Map.of(), new Origin(operator, name, 0));
    }
}
