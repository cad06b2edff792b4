// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShapeArithmeticTest {
    /** How PyTorch exports F.pad: the pads of the axes, last axis first, turned around through a matrix. */
    @Test
    void pads_that_are_turned_around_through_a_matrix_are_known() {
        ModelGraph graph = ModelGraph.builder("pad")
                .opset("", 17)
                .input("x", new TensorType(ElementType.FLOAT32, Shape.of(1, 8, 32)))
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(-1, -1, -1)))
                .constant("stated", TensorData.ofLongs(Shape.of(2), 1, 2))
                .constant("rest", TensorData.ofLongs(Shape.of(4), 0, 0, 0, 0))
                .constant("matrix", TensorData.ofLongs(Shape.of(2), 3, 2))
                .constant("flat", TensorData.ofLongs(Shape.of(1), -1))
                .constant("zero", TensorData.ofLongs(Shape.of(1), 0))
                .constant("last", TensorData.ofLongs(Shape.of(1), -1))
                .constant("first", TensorData.ofLongs(Shape.of(1), Long.MIN_VALUE + 1))
                .node(node("Concat", List.of("stated", "rest"), "all", Map.of("axis", Attribute.of(0))))
                .node(node("Reshape", List.of("all", "matrix"), "rows", Map.of()))
                .node(node("Slice", List.of("rows", "last", "first", "zero", "last"), "reversed", Map.of()))
                .node(node("Transpose", List.of("reversed"), "columns", Map.of("perm", Attribute.ofInts(1, 0))))
                .node(node("Reshape", List.of("columns", "flat"), "pads", Map.of()))
                .node(node("Pad", List.of("x", "pads"), "y", Map.of()))
                .build();

        assertThat(ShapeInference.infer(graph).type("y").map(TensorType::shape)).contains(Shape.of(1, 8, 35));
    }

    private static Node node(String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return new Node(
                output + "_made", operator, "", inputs, List.of(output), attributes, new Origin(operator, output, 0));
    }
}
