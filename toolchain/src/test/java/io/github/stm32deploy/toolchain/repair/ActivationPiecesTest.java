// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ActivationPiecesTest {
    private static RepairBench convolution() {
        return new RepairBench(13)
                .input("x", 1, 3, 16, 16)
                .output("z", 1, 4, 16, 16)
                .noise("w", 4, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "a");
    }

    private static ModelGraph prelu() {
        return convolution()
                .constant("slopes", TensorData.ofFloats(Shape.of(4, 1, 1), 0.25f, -0.1f, 0, 1.5f))
                .node("PRelu", List.of("a", "slopes"), "b")
                .node("Relu", List.of("b"), "z")
                .build();
    }

    /** What a quantizer leaves that does not know PRelu's slopes. */
    private static ModelGraph withFloatSlopes(ModelGraph quantized) {
        List<Node> nodes = new ArrayList<>();
        for (Node node : quantized.nodes()) {
            nodes.add(node.is("PRelu") ? node.withInput(1, "slopes") : node);
        }
        return ShapeInference.infer(quantized.toBuilder()
                .replaceNodes(nodes)
                .constant("slopes", TensorData.ofFloats(Shape.of(4, 1, 1), 0.25f, -0.1f, 0, 1.5f))
                .build());
    }

    @Test
    void float_slopes_between_integers_become_weights_and_no_code_differs() {
        ModelGraph graph = withFloatSlopes(RepairBench.quantized(prelu()));

        RepairedGraph repaired = RepairBench.repair(graph, new PreluPieces());

        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).as(one.outcome()).isTrue();
            assertThat(one.parity().orElseThrow().differing()).isZero();
        });
        assertThat(RepairBench.operators(repaired.graph()))
                .contains("Clip", "Add")
                .doesNotContain("PRelu");
    }

    /** Before operator set 13 DequantizeLinear has one scale: the product is an integer convolution. */
    @Test
    void in_an_old_operator_set_the_slopes_become_weights_of_an_integer_convolution() {
        ModelGraph old = new RepairBench(11)
                .input("x", ElementType.INT8, 1, 4, 16, 16)
                .output("z", ElementType.INT8, 1, 4, 16, 16)
                .scalar("scale", 0.0713f)
                .scalar("finer", 0.0517f)
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 13))
                .constant("slopes", TensorData.ofFloats(Shape.of(4, 1, 1), 0.25f, -0.1f, 0, 1.5f))
                .node("DequantizeLinear", List.of("x", "scale", "zero"), "a")
                .node("PRelu", List.of("a", "slopes"), "b")
                .node("QuantizeLinear", List.of("b", "finer", "zero"), "z")
                .build();

        RepairedGraph repaired = RepairBench.repair(old, new PreluPieces());

        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).as(one.outcome()).isTrue();
            assertThat(one.parity().orElseThrow().differing()).isZero();
        });
        assertThat(RepairBench.operators(repaired.graph()))
                .contains("QLinearConv")
                .doesNotContain("PRelu");
    }

    @Test
    void a_float_graph_keeps_its_prelu() {
        assertThat(RepairBench.repair(prelu(), new PreluPieces()).repairs()).isEmpty();
    }

    @Test
    void the_larger_of_two_maps_of_one_scale_is_exact_between_integers() {
        ModelGraph graph = convolution()
                .noise("v", 4, 3, 1, 1)
                .node("Conv", List.of("x", "v"), "b")
                .node("Max", List.of("a", "b"), "m")
                .node("Min", List.of("m", "a"), "n")
                .node("Relu", List.of("n"), "z")
                .build();

        ModelGraph floats = RepairBench.kept(graph, new MaximumPieces());
        ModelGraph quantized = oneScale(RepairBench.quantized(graph));
        RepairedGraph repaired = RepairBench.repair(quantized, new MaximumPieces());

        assertThat(RepairBench.operators(floats)).doesNotContain("Max", "Min").contains("Sub");
        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).as(one.outcome()).isTrue();
            assertThat(one.parity().orElseThrow().differing()).isZero();
        });
        assertThat(RepairBench.operators(repaired.graph())).doesNotContain("Max", "Min");
    }

    /** Every activation with the scale of the widest. */
    private static ModelGraph oneScale(ModelGraph graph) {
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            boolean activation =
                    (node.is("QuantizeLinear") || node.is("DequantizeLinear")) && !graph.isConstant(node.input(0));
            nodes.add(activation ? node.withInputs(List.of(node.input(0), "one/scale", "one/zero")) : node);
        }
        return ShapeInference.infer(graph.toBuilder()
                .replaceNodes(nodes)
                .constant("one/scale", TensorData.ofFloats(Shape.scalar(), 0.05f))
                .constant("one/zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) -7))
                .build());
    }

    @Test
    void two_relu_and_a_maximum_are_prelu() {
        ModelGraph sum = convolution()
                .constant("slopes", TensorData.ofFloats(Shape.of(4, 1, 1), 0.25f, -0.1f, 0, 1.5f))
                .node("Relu", List.of("a"), "p")
                .node("Neg", List.of("a"), "b")
                .node("Relu", List.of("b"), "c")
                .node("Neg", List.of("c"), "d")
                .node("Mul", List.of("slopes", "d"), "e")
                .node("Add", List.of("p", "e"), "z")
                .build();
        ModelGraph maximum = convolution()
                .constant("slopes", TensorData.ofFloats(Shape.of(4, 1, 1), 0.25f, -0.1f, 0, 1))
                .node("Mul", List.of("a", "slopes"), "b")
                .node("Max", List.of("b", "a"), "z")
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(sum, new ComposedPrelu())))
                .containsExactly("Conv", "PRelu");
        assertThat(RepairBench.operators(RepairBench.kept(maximum, new ComposedPrelu())))
                .containsExactly("Conv", "PRelu");
    }

    /** Trap: with a slope above 1 the maximum takes the other branch. */
    @Test
    void a_maximum_with_a_steep_slope_is_no_prelu() {
        ModelGraph steep = convolution()
                .constant("slopes", TensorData.ofFloats(Shape.of(4, 1, 1), 0.25f, -0.1f, 0, 1.5f))
                .node("Mul", List.of("a", "slopes"), "b")
                .node("Max", List.of("b", "a"), "z")
                .build();

        assertThat(RepairBench.repair(steep, new ComposedPrelu()).repairs()).isEmpty();
    }
}
