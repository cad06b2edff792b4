// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DropIdentitiesTest {
    private static ModelGraph graph() {
        return new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .output("z", 1, 3, 4, 4)
                .noise("w", 3, 2, 1, 1)
                .node("Identity", List.of("x"), "a")
                .node("Cast", List.of("a"), "b", Map.of("to", Attribute.of(1)))
                .node("Conv", List.of("b", "w"), "c")
                .node("Dropout", List.of("c"), "d")
                .node("Relu", List.of("d"), "z")
                .build();
    }

    @Test
    void nodes_that_only_rename_disappear() {
        assertThat(RepairBench.operators(RepairBench.kept(graph(), new DropIdentities())))
                .containsExactly("Conv", "Relu");
    }

    @Test
    void in_a_quantized_graph_too() {
        ModelGraph quantized = RepairBench.quantized(graph());

        assertThat(RepairBench.operators(RepairBench.kept(quantized, new DropIdentities())))
                .contains("Conv")
                .doesNotContain("Identity", "Dropout");
    }

    @Test
    void one_that_names_an_output_stays() {
        ModelGraph named = new RepairBench(13)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .node("Identity", List.of("x"), "z")
                .build();

        assertThat(RepairBench.repair(named, new DropIdentities()).repairs()).isEmpty();
    }

    @Test
    void one_behind_a_node_hands_its_name_to_that_node() {
        ModelGraph named = new RepairBench(13)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .node("Relu", List.of("x"), "a")
                .node("Identity", List.of("a"), "z")
                .build();

        ModelGraph kept = RepairBench.kept(named, new DropIdentities());

        assertThat(RepairBench.operators(kept)).containsExactly("Relu");
        assertThat(kept.outputs().get(0).name()).isEqualTo("z");
    }

    /** Each of these changes nothing on a tensor of 1x2x4x4. */
    static Stream<Arguments> neutral() {
        return Stream.of(
                arguments("Reshape", List.of("a", "same"), Map.of()),
                arguments("Expand", List.of("a", "same"), Map.of()),
                arguments("Tile", List.of("a", "ones"), Map.of()),
                arguments("Transpose", List.of("a"), Map.of("perm", Attribute.ofInts(0, 1, 2, 3))),
                arguments("Concat", List.of("a"), Map.of("axis", Attribute.of(1))),
                arguments("Slice", List.of("a", "zeros", "same", "axes", "ones"), Map.of()),
                arguments("Pad", List.of("a", "pads"), Map.of()),
                arguments("Mul", List.of("one", "a"), Map.of()),
                arguments("Add", List.of("a", "zero"), Map.of()),
                arguments("Sub", List.of("a", "zero"), Map.of()),
                arguments("Div", List.of("a", "one"), Map.of()),
                arguments("Clip", List.of("a"), Map.of()),
                arguments("MaxPool", List.of("a"), Map.of("kernel_shape", Attribute.ofInts(1, 1))),
                arguments(
                        "Resize",
                        List.of("a", "", "scales"),
                        Map.of(
                                "mode",
                                Attribute.of("linear"),
                                "coordinate_transformation_mode",
                                Attribute.of("half_pixel"))));
    }

    private static ModelGraph between(String operator, List<String> inputs, Map<String, Attribute> attributes) {
        return new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .output("z", 1, 2, 4, 4)
                .longs("same", 1, 2, 4, 4)
                .longs("zeros", 0, 0, 0, 0)
                .longs("axes", 0, 1, 2, 3)
                .longs("ones", 1, 1, 1, 1)
                .longs("backwards", 1, 1, 1, -1)
                .longs("last", 0, 0, 0, -1)
                .longs("before", 1, 2, 4, Long.MIN_VALUE)
                .longs("pads", 0, 0, 0, 0, 0, 0, 0, 0)
                .longs("shift", 0, 0, 0, 1, 0, 0, 0, -1)
                .scalar("one", 1)
                .scalar("zero", 0)
                .constant("scales", TensorData.ofFloats(Shape.of(4), 1, 1, 1, 1))
                .node("Sigmoid", List.of("x"), "a")
                .node(operator, inputs, "b", attributes)
                .node("Tanh", List.of("b"), "z")
                .build();
    }

    @ParameterizedTest
    @MethodSource("neutral")
    void neutral_nodes_disappear(String operator, List<String> inputs, Map<String, Attribute> attributes) {
        assertThat(RepairBench.operators(RepairBench.kept(between(operator, inputs, attributes), new DropIdentities())))
                .containsExactly("Sigmoid", "Tanh");
    }

    /** The same shape is not the same tensor. */
    static Stream<Arguments> moving() {
        return Stream.of(
                arguments("Slice", List.of("a", "last", "before", "axes", "backwards"), Map.of()),
                arguments("Pad", List.of("a", "shift"), Map.of()),
                arguments("Transpose", List.of("a"), Map.of("perm", Attribute.ofInts(0, 1, 3, 2))),
                arguments("Mul", List.of("a", "zero"), Map.of()),
                arguments("Sub", List.of("zero", "a"), Map.of()),
                arguments("Div", List.of("one", "a"), Map.of()),
                arguments("Dropout", List.of("a", "half", "training"), Map.of()));
    }

    @ParameterizedTest
    @MethodSource("moving")
    void nodes_that_only_look_neutral_stay(String operator, List<String> inputs, Map<String, Attribute> attributes) {
        ModelGraph graph = between(operator, inputs, attributes).toBuilder()
                .constant("half", TensorData.ofFloats(Shape.scalar(), 0.5f))
                .constant("training", TensorData.ofBytes(ElementType.BOOL, Shape.scalar(), (byte) 1))
                .build();

        assertThat(new DropIdentities().propose(graph, RepairBench.TARGET)).isEmpty();
    }

    @Test
    void a_shape_that_comes_back_is_the_tensor_before() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 2, 4)
                .output("z", 1, 2, 4)
                .longs("axis", 0)
                .node("Sigmoid", List.of("x"), "a")
                .node("Unsqueeze", List.of("a", "axis"), "b")
                .node("Squeeze", List.of("b", "axis"), "c")
                .node("Tanh", List.of("c"), "z")
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new DropIdentities())))
                .containsExactly("Sigmoid", "Tanh");
    }

    @Test
    void casts_there_and_back_go_only_where_nothing_is_rounded() {
        assertThat(RepairBench.operators(RepairBench.kept(casts(ElementType.INT32, 7), new DropIdentities())))
                .containsExactly("Abs", "Neg");
        // Through binary32: integers above 2^24 are rounded.
        assertThat(RepairBench.repair(casts(ElementType.INT32, 1), new DropIdentities())
                        .repairs())
                .isEmpty();
    }

    private static ModelGraph casts(ElementType type, long through) {
        return new RepairBench(13)
                .input("x", type, 1, 4)
                .output("z", type, 1, 4)
                .node("Abs", List.of("x"), "a")
                .node("Cast", List.of("a"), "b", Map.of("to", Attribute.of(through)))
                .node("Cast", List.of("b"), "c", Map.of("to", Attribute.of(6)))
                .node("Neg", List.of("c"), "z")
                .build();
    }

    @Test
    void codes_that_are_written_again_alike_are_the_codes_before() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .scalar("scale", 0.01f)
                .scalar("other", 0.02f)
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 3))
                .node("QuantizeLinear", List.of("x", "scale", "zero"), "a")
                .node("DequantizeLinear", List.of("a", "scale", "zero"), "b")
                .node("QuantizeLinear", List.of("b", "scale", "zero"), "c")
                .node("DequantizeLinear", List.of("c", "scale", "zero"), "d")
                .node("QuantizeLinear", List.of("d", "other", "zero"), "e")
                .node("DequantizeLinear", List.of("e", "other", "zero"), "z")
                .build();

        // The second change of scale rounds and stays.
        assertThat(RepairBench.operators(RepairBench.kept(graph, new DropIdentities())))
                .containsExactly("QuantizeLinear", "DequantizeLinear", "QuantizeLinear", "DequantizeLinear");
    }
}
