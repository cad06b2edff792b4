// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.Test;

class BindDimensionsTest {
    private static final BindDimensions REPAIR = new BindDimensions();

    private static ModelGraph convolution(long... input) {
        return new RepairBench(13)
                .input("x", input)
                .output("y", -1, 3, -1, -1)
                .noise("w", 3, 2, 1, 1)
                .node("Conv", List.of("x", "w"), "y")
                .build();
    }

    private static RepairedGraph repair(ModelGraph graph, Map<String, Shape> shapes) {
        return new GraphRepairs(List.of(REPAIR), RepairBench.TARGET.withInputShapes(shapes, "of the recipe \"small\""))
                .repair(graph);
    }

    @Test
    void an_open_batch_is_one_image() {
        ModelGraph bound = RepairBench.kept(convolution(-1, 2, 4, 6), REPAIR);

        assertThat(bound.inputs().get(0).type().shape()).isEqualTo(Shape.of(1, 2, 4, 6));
        assertThat(bound.outputs().get(0).type().shape()).isEqualTo(Shape.of(1, 3, 4, 6));
    }

    @Test
    void stated_sizes_bind_the_rest_and_the_contract_says_so() {
        RepairedGraph bound = repair(convolution(-1, 2, -1, -1), Map.of("x", Shape.of(1, 2, 4, 6)));

        assertThat(bound.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).isTrue();
            assertThat(one.contract()).containsExactly("input \"x\" is 1x2x4x6", "output \"y\" is 1x3x4x6");
            assertThat(one.reason()).contains("other sizes of the recipe \"small\"");
        });
    }

    @Test
    void a_quantized_graph_too() {
        ModelGraph quantized = RepairBench.quantized(convolution(1, 2, 4, 4));
        ModelGraph open = ShapeInference.infer(quantized.toBuilder()
                .clearInputs()
                .clearOutputs()
                .input("x", new TensorType(ElementType.FLOAT32, Shape.of(-1, 2, -1, -1)))
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(-1, 3, -1, -1)))
                .build());

        RepairedGraph bound = repair(open, Map.of("x", Shape.of(1, 2, 4, 4)));

        assertThat(bound.repairs()).singleElement().matches(AppliedRepair::kept);
        assertThat(bound.graph().outputs().get(0).type().shape()).isEqualTo(Shape.of(1, 3, 4, 4));
    }

    @Test
    void one_name_for_two_sizes_binds_both() {
        Shape named = Shape.symbolic(new long[] {-1, 3}, List.of("n", ""));
        ModelGraph graph = ModelGraph.builder("two")
                .opset("", 13)
                .input("a", new TensorType(ElementType.FLOAT32, named))
                .input("b", new TensorType(ElementType.FLOAT32, named))
                .output("y", new TensorType(ElementType.FLOAT32, named))
                .node(new Node(
                        "add", "Add", "", List.of("a", "b"), List.of("y"), Map.of(), new Origin("Add", "add", 0)))
                .build();

        assertThat(repair(graph, Map.of("b", Shape.of(4, 3))).graph().inputs())
                .extracting(input -> input.type().shape())
                .containsOnly(Shape.of(4, 3));
    }

    @Test
    void without_a_size_nothing_is_bound() {
        assertThat(RepairBench.repair(convolution(-1, 2, -1, -1), REPAIR).repairs())
                .isEmpty();
    }

    @Test
    void a_file_with_fixed_sizes_stays() {
        assertThat(RepairBench.repair(convolution(1, 2, 4, 4), REPAIR).repairs())
                .isEmpty();
    }

    @Test
    void weights_among_the_inputs_become_constants_only() {
        ModelGraph listed = convolution(1, 2, 4, 4).toBuilder().overridable("w").build();

        ModelGraph plain = RepairBench.kept(listed, new InitializersNotInputs());

        assertThat(plain.overridable()).isEmpty();
        assertThat(plain.constants()).containsOnlyKeys("w");
        assertThat(RepairBench.repair(plain, new InitializersNotInputs()).repairs())
                .isEmpty();
        ModelGraph quantized = RepairBench.quantized(plain);
        String code = quantized.constants().entrySet().stream()
                .filter(constant -> constant.getValue().element() == ElementType.INT8)
                .map(Map.Entry<String, TensorData>::getKey)
                .findFirst()
                .orElseThrow();
        assertThat(RepairBench.kept(quantized.toBuilder().overridable(code).build(), new InitializersNotInputs())
                        .overridable())
                .isEmpty();
    }
}
