// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class InputBindingTest {
    @Test
    void openDimensionsKeepTheirNamesUntilTheyAreBound() {
        ModelGraph graph = ShapeInference.infer(convolution());
        assertThat(graph.type("y").orElseThrow().shape()).hasToString("batchx4x?x?");
        ModelGraph bound = InputBinding.bind(graph, List.of("x=2x3x8x6"));
        assertThat(bound.type("y").orElseThrow().shape()).isEqualTo(Shape.of(2, 4, 4, 3));
        assertThat(bound.outputs().get(0).type().shape()).isEqualTo(Shape.of(2, 4, 4, 3));
    }

    @Test
    void theOnlyInputNeedsNoName() {
        ModelGraph bound = InputBinding.bind(convolution(), List.of("1x3x8x8"));
        assertThat(bound.inputs().get(0).type().shape()).isEqualTo(Shape.of(1, 3, 8, 8));
    }

    @Test
    void aBatchOfOneIsAskedForAndLeavesTheRestOpen() {
        ModelGraph graph = ShapeInference.infer(convolution());
        ModelGraph single = ShapeInference.withBatchOfOne(graph);
        assertThat(single.inputs().get(0).type().shape()).hasToString("1x3xheightxwidth");
        assertThat(single.type("y").orElseThrow().shape()).hasToString("1x4x?x?");
    }

    @Test
    void aTensorBehindAnOperatorThatNoRuleKnowsKeepsItsStatedSizeAndTakesTheBoundOnes() {
        ModelGraph graph = convolution().toBuilder()
                .node(node("Unheard", "com.example", "y", "z", Map.of()))
                .type(
                        "z",
                        new TensorType(ElementType.FLOAT32, Shape.symbolic(new long[] {-1, 10}, List.of("batch", ""))))
                .node(node("Relu", "", "z", "r", Map.of()))
                .build();
        ModelGraph bound = InputBinding.bind(graph, List.of("x=1x3x8x8"));
        assertThat(bound.type("r").orElseThrow().shape()).isEqualTo(Shape.of(1, 10));
    }

    @Test
    void whatCannotBeBoundIsExplained() {
        assertThat(refusal("y=1x3x8x8").code()).isEqualTo("READ-INPUT-UNKNOWN");
        assertThat(refusal("y=1x3x8x8").fix()).contains("\"x\" (batchx3xheightxwidth)");
        assertThat(refusal("x=1x3xAx8").code()).isEqualTo("READ-INPUT-SYNTAX");
        assertThat(refusal("x=1x3x0x8").code()).isEqualTo("READ-INPUT-SYNTAX");
        assertThat(refusal("x=").code()).isEqualTo("READ-INPUT-SYNTAX");
        assertThat(refusal("x=1x3x8").code()).isEqualTo("READ-INPUT-MISMATCH");
        Diagnosis channels = refusal("x=1x1x8x8");
        assertThat(channels.code()).isEqualTo("READ-INPUT-MISMATCH");
        assertThat(channels.observed()).isEqualTo("1x1x8x8, the file says batchx3xheightxwidth");
    }

    @TestFactory
    Stream<DynamicTest> everyRealFileHasAStaticGraphOnceItsInputsAreBound() {
        Map<String, String> sizes = Map.of(
                "retinaface_mbnet0.25.onnx", "1x3x320x320",
                "scrfd_500m.onnx", "1x3x320x320",
                "scrfd_500m_bnkps.onnx", "1x3x320x320",
                "yolo5face_500m_320x320.onnx", "1x3x320x320",
                "yunet_n_dynamic.onnx", "1x3x160x160",
                // It takes the two eyes of a face as a batch.
                "gaze_opt.onnx", "2x3x32x32");
        SharedModels.folder();
        return SharedModels.all(".onnx", ".tflite").stream()
                .filter(file -> !file.toString().contains("notmodel"))
                .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> {
                    ModelGraph graph = ModelFile.open(file).graph();
                    String size = sizes.get(file.getFileName().toString());
                    graph = size == null
                            ? ShapeInference.withBatchOfOne(graph)
                            : InputBinding.bind(graph, List.of(size));
                    ModelGraph bound = graph;
                    List<String> open = bound.nodes().stream()
                            .flatMap(node -> node.outputs().stream()
                                    .filter(tensor -> !tensor.isEmpty())
                                    .filter(tensor -> bound.type(tensor)
                                            .filter(type -> type.shape().isStatic())
                                            .isEmpty())
                                    .map(tensor -> node.operator() + " " + tensor))
                            .toList();
                    // A TensorRT plugin stands in the standard domain of this file: nobody says what it makes.
                    assertThat(open).allMatch(tensor -> file.endsWith("dbface/model.onnx"));
                }));
    }

    private static Diagnosis refusal(String statement) {
        DiagnosedException refused = catchThrowableOfType(
                DiagnosedException.class, () -> InputBinding.bind(convolution(), List.of(statement)));
        assertThat(refused.kind()).isEqualTo(DiagnosedException.Kind.USAGE);
        return refused.diagnoses().get(0);
    }

    /** x (batch, 3, height, width) → Conv 3x3, stride 2 → y. */
    private static ModelGraph convolution() {
        TensorType input = new TensorType(
                ElementType.FLOAT32,
                Shape.symbolic(new long[] {-1, 3, -1, -1}, List.of("batch", "", "height", "width")));
        return ModelGraph.builder("g")
                .opset("", 13)
                .input("x", input)
                .constant("w", TensorData.ofFloats(Shape.of(4, 3, 3, 3), new float[108]))
                .node(new Node(
                        "conv",
                        "Conv",
                        "",
                        List.of("x", "w"),
                        List.of("y"),
                        Map.of("strides", Attribute.ofInts(2, 2), "pads", Attribute.ofInts(1, 1, 1, 1)),
                        new Origin("Conv", "conv", 0)))
                .output("y", new TensorType(ElementType.UNKNOWN, Shape.scalar()))
                .build();
    }

    private static Node node(
            String operator, String domain, String input, String output, Map<String, Attribute> attributes) {
        return new Node(
                output, operator, domain, List.of(input), List.of(output), attributes, new Origin(operator, output, 1));
    }
}
