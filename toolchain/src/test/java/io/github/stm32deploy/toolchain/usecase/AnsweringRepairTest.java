// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnsweringRepairTest {
    @TempDir
    Path folder;

    /** DepthToSpace between int8 tensors in an order that the front end does not know. */
    private Diagnosis found(String code) throws IOException {
        Shape whole = Shape.of(1, 8, 8, 8);
        ModelGraph graph = ModelGraph.builder("small")
                .opset("", 13)
                .input("x", new TensorType(ElementType.INT8, whole))
                .output("y", new TensorType(ElementType.INT8, Shape.of(1, 2, 16, 16)))
                .constant("scale", TensorData.ofFloats(Shape.scalar(), 0.1f))
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0))
                .node(node("DequantizeLinear", List.of("x", "scale", "zero"), "a", Map.of()))
                .node(node(
                        "DepthToSpace",
                        List.of("a"),
                        "b",
                        Map.of("blocksize", Attribute.of(2), "mode", Attribute.of("CRD"))))
                .node(node("QuantizeLinear", List.of("b", "scale", "zero"), "y", Map.of()))
                .build();
        Path file = Files.write(folder.resolve("small.onnx"), OnnxWriter.toBytes(graph));
        return new CheckModel(Progress.silent())
                        .check(new CheckModel.Request(
                                file, Boards.byId("stm32n6570-dk"), CheckModel.NPU, SdkVersion.V4_0, Map.of()))
                        .diagnoses()
                        .stream()
                        .filter(one -> one.code().equals(code))
                        .findFirst()
                        .orElseThrow();
    }

    private static Node node(String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return new Node(output, operator, "", inputs, List.of(output), attributes, new Origin(operator, output, 0));
    }

    @Test
    void a_finding_names_the_repair_that_answers_it_and_finds_something() throws IOException {
        assertThat(found("OP-DEPTHTOSPACE-MODE").command().orElseThrow())
                .isEqualTo("stm32-deploy repair " + folder.resolve("small.onnx") + " --only space-depth -o OUT.onnx");
    }
}
