// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OperatorFormsTest {
    private static RepairBench convolution(int opset, int channels, int size) {
        return new RepairBench(opset)
                .input("x", 1, 3, size, size)
                .noise("w", channels, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "a");
    }

    private static ModelGraph pooled(Map<String, Attribute> more) {
        return convolution(13, 8, 32)
                .output("z", 1, 8, 4, 4)
                .node("AveragePool", List.of("a"), List.of("b"), more)
                .node("Relu", List.of("b"), "z")
                .build();
    }

    @Test
    void a_large_average_becomes_a_convolution_with_equal_weights() {
        ModelGraph graph = pooled(Map.of("kernel_shape", Attribute.ofInts(8, 8), "strides", Attribute.ofInts(8, 8)));

        ModelGraph floats = RepairBench.kept(graph, new MeanOnNpu());
        ModelGraph integers = RepairBench.kept(RepairBench.quantized(graph), new MeanOnNpu());

        assertThat(RepairBench.operators(floats)).containsExactly("Conv", "Conv", "Relu");
        assertThat(RepairBench.operators(integers)).doesNotContain("AveragePool");
    }

    /** Trap: without count_include_pad the border divides by fewer pixels. */
    @Test
    void an_average_with_another_divisor_at_the_border_stays() {
        ModelGraph graph = pooled(Map.of(
                "kernel_shape", Attribute.ofInts(8, 8),
                "strides", Attribute.ofInts(8, 8),
                "pads", Attribute.ofInts(1, 1, 1, 1)));

        assertThat(RepairBench.repair(graph, new MeanOnNpu()).repairs()).isEmpty();
    }

    @Test
    void a_mean_over_7x7_is_one_over_8x8_for_releases_that_need_it() {
        ModelGraph graph = convolution(13, 64, 7)
                .output("z", 1, 64, 1, 1)
                .node("GlobalAveragePool", List.of("a"), "z")
                .build();
        RepairTarget old = RepairTarget.of(SdkVersion.V2_2, RepairBench.EXECUTORS);

        RepairedGraph repaired = new GraphRepairs(List.of(new MeanOnNpu()), old).repair(graph);

        assertThat(repaired.repairs())
                .singleElement()
                .satisfies(one -> assertThat(one.kept()).as(one.outcome()).isTrue());
        assertThat(RepairBench.operators(repaired.graph())).containsExactly("Conv", "Pad", "GlobalAveragePool", "Mul");
        assertThat(RepairBench.repair(graph, new MeanOnNpu()).repairs()).isEmpty();
    }

    @Test
    void a_mean_that_is_quantized_behind_a_reshape_is_quantized_at_once() {
        ModelGraph graph = convolution(13, 16, 8)
                .output("z", 1, 4)
                .noise("v", 16, 4)
                .longs("flat", 1, 16)
                .node("ReduceMean", List.of("a"), List.of("b"), Map.of("axes", Attribute.ofInts(2, 3)))
                .node("Reshape", List.of("b", "flat"), "c")
                .node("MatMul", List.of("c", "v"), "z")
                .build();
        ModelGraph late = withoutPairBehind(RepairBench.quantized(graph), "ReduceMean");

        RepairedGraph repaired = RepairBench.repair(late, new MeanOnNpu());

        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).as(one.outcome()).isTrue();
            assertThat(one.parity().orElseThrow().differing()).isZero();
        });
    }

    /** Takes the QuantizeLinear and DequantizeLinear out that stand right behind an operator. */
    private static ModelGraph withoutPairBehind(ModelGraph graph, String operator) {
        Node mean = graph.nodes().stream()
                .filter(node -> node.is(operator))
                .findFirst()
                .orElseThrow();
        Node quantize = graph.consumers(mean.output(0)).get(0);
        Node dequantize = graph.consumers(quantize.output(0)).get(0);
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (!node.equals(quantize) && !node.equals(dequantize)) {
                nodes.add(node.input(0).equals(dequantize.output(0)) ? node.withInput(0, mean.output(0)) : node);
            }
        }
        return graph.toBuilder().replaceNodes(nodes).build();
    }

    @Test
    void a_sum_along_the_last_axis_is_a_product_with_ones() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 24, 64)
                .output("z", 1, 24)
                .noise("w", 64, 128)
                .longs("axes", -1)
                .node("MatMul", List.of("x", "w"), "a")
                .node("ReduceSum", List.of("a", "axes"), List.of("b"), Map.of("keepdims", Attribute.of(0)))
                .node("Relu", List.of("b"), "z")
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new MeanOnNpu())))
                .containsExactly("MatMul", "MatMul", "Reshape", "Relu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"DCR", "CRD"})
    void depth_to_space_in_both_orders_is_a_transposed_convolution(String mode) {
        ModelGraph graph = convolution(13, 12, 16)
                .output("z", 1, 3, 32, 32)
                .node(
                        "DepthToSpace",
                        List.of("a"),
                        List.of("b"),
                        Map.of("blocksize", Attribute.of(2), "mode", Attribute.of(mode)))
                .node("Relu", List.of("b"), "z")
                .build();

        ModelGraph floats = RepairBench.kept(graph, new SpaceDepth());
        RepairedGraph integers = RepairBench.repair(RepairBench.quantized(graph), new SpaceDepth());

        assertThat(RepairBench.operators(floats)).containsExactly("Conv", "ConvTranspose", "Relu");
        assertThat(integers.repairs())
                .singleElement()
                .satisfies(one ->
                        assertThat(one.parity().orElseThrow().differing()).isZero());
    }

    /** The order of YOLOv5: rows 0 1 0 1, columns 0 0 1 1. */
    @Test
    void focus_and_space_to_depth_are_strided_convolutions() {
        RepairBench bench = convolution(13, 4, 32)
                .output("y", 1, 16, 16, 16)
                .output("z", 1, 16, 16, 16)
                .longs("end", Integer.MAX_VALUE)
                .longs("two", 2)
                .longs("zero", 0)
                .longs("one", 1)
                .longs("rows", 2)
                .longs("columns", 3);
        List<String> parts = new ArrayList<>();
        for (String place : List.of("zero zero", "one zero", "zero one", "one one")) {
            String[] starts = place.split(" ");
            String name = "p" + parts.size();
            bench.node("Slice", List.of("a", starts[0], "end", "rows", "two"), name + "r");
            bench.node("Slice", List.of(name + "r", starts[1], "end", "columns", "two"), name);
            parts.add(name);
        }
        ModelGraph graph = bench.node("Concat", parts, List.of("f"), Map.of("axis", Attribute.of(1)))
                .node("Relu", List.of("f"), "y")
                .node("SpaceToDepth", List.of("a"), List.of("d"), Map.of("blocksize", Attribute.of(2)))
                .node("Relu", List.of("d"), "z")
                .build();

        ModelGraph repaired = RepairBench.kept(graph, new SpaceDepth());

        assertThat(RepairBench.operators(repaired)).containsOnly("Conv", "Relu");
    }

    /** Where nothing overflows: e^88 is the largest power that binary32 holds, and no such power is computed. */
    @Test
    void softplus_holds_for_large_operands_too() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 8, 32, 32)
                .scalar("many", 400)
                .node("Mul", List.of("x", "many"), "a")
                .node("Softplus", List.of("a"), "z")
                .output("z", 1, 8, 32, 32)
                .build();

        ModelGraph repaired = RepairBench.kept(graph, new ActivationForms());

        assertThat(RepairBench.operators(repaired)).contains("Asinh").doesNotContain("Softplus");
        assertThat(new ActivationForms().answers()).contains("OP-SOFTPLUS");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ReduceL2", "ReduceL1", "ReduceSumSquare"})
    void norms_of_rows_are_products_with_ones(String operator) {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 64)
                .noise("w", 64, 256)
                .noise("v", 1, 16)
                .node("MatMul", List.of("x", "w"), "a")
                .node(
                        operator,
                        List.of("a"),
                        List.of("b"),
                        Map.of("axes", Attribute.ofInts(-1), "keepdims", Attribute.of(1)))
                .node("MatMul", List.of("b", "v"), "z")
                .output("z", 1, 16)
                .build();

        ModelGraph repaired = RepairBench.kept(graph, new MeanOnNpu());

        assertThat(RepairBench.operators(repaired)).doesNotContain(operator);
        assertThat(RepairBench.repair(RepairBench.quantized(graph), new MeanOnNpu())
                        .repairs())
                .isEmpty();
        assertThat(new MeanOnNpu().answers()).contains("OP-REDUCEL1", "OP-REDUCEL2", "OP-REDUCESUMSQUARE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Elu", "Selu", "Celu"})
    void exponential_units_are_exponentials(String operator) {
        ModelGraph graph = convolution(13, 8, 32)
                .output("z", 1, 8, 32, 32)
                .node(operator, List.of("a"), List.of("z"), Map.of("alpha", Attribute.of(1.3f)))
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new ActivationForms())))
                .contains("Exp")
                .doesNotContain(operator);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "tanh"})
    void gelu_is_erf_or_tanh(String approximate) {
        ModelGraph graph = convolution(20, 8, 32)
                .output("z", 1, 8, 32, 32)
                .node("Gelu", List.of("a"), List.of("z"), Map.of("approximate", Attribute.of(approximate)))
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new ActivationForms())))
                .doesNotContain("Gelu");
    }

    @Test
    void activations_of_the_npu_and_those_between_integers_stay() {
        ModelGraph graph = convolution(13, 8, 32)
                .output("z", 1, 8, 32, 32)
                .node("LeakyRelu", List.of("a"), "b")
                .node("Elu", List.of("b"), "z")
                .build();

        assertThat(RepairBench.repair(RepairBench.quantized(graph), new ActivationForms())
                        .repairs())
                .isEmpty();
    }

    private static ModelGraph hardSwish(int opset, float most) {
        return convolution(opset, 8, 32)
                .output("z", 1, 8, 32, 32)
                .scalar("three", 3)
                .scalar("zero", 0)
                .scalar("most", most)
                .scalar("six", 6)
                .node("Add", List.of("a", "three"), "b")
                .node("Clip", List.of("b", "zero", "most"), "c")
                .node("Mul", List.of("a", "c"), "d")
                .node("Div", List.of("d", "six"), "z")
                .build();
    }

    @Test
    void hard_swish_in_pieces_is_one_operator_or_two() {
        assertThat(RepairBench.operators(RepairBench.kept(hardSwish(14, 6), new ComposedHardSwish())))
                .containsExactly("Conv", "HardSwish");
        assertThat(RepairBench.operators(RepairBench.kept(hardSwish(13, 6), new ComposedHardSwish())))
                .containsExactly("Conv", "HardSigmoid", "Mul");
        assertThat(RepairBench.repair(hardSwish(14, 5), new ComposedHardSwish()).repairs())
                .isEmpty();
    }

    @Test
    void sequences_are_computed_as_maps() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 4, 20)
                .output("z", 1, 4, 24)
                .noise("w", 4, 1, 3)
                .noise("v", 4, 4, 4)
                .longs("pads", 0, 0, 1, 0, 0, 2)
                .node("Pad", List.of("x", "pads"), "a")
                .node(
                        "Conv",
                        List.of("a", "w"),
                        List.of("b"),
                        Map.of(
                                "strides", Attribute.ofInts(2),
                                "pads", Attribute.ofInts(1, 1),
                                "kernel_shape", Attribute.ofInts(3),
                                "group", Attribute.of(4)))
                .node(
                        "ConvTranspose",
                        List.of("b", "v"),
                        List.of("c"),
                        Map.of(
                                "strides", Attribute.ofInts(2),
                                "kernel_shape", Attribute.ofInts(4),
                                "pads", Attribute.ofInts(1, 1)))
                .node("Relu", List.of("c"), "z")
                .build();

        ModelGraph floats = RepairBench.kept(graph, FourDimensions.whereNeeded());
        ModelGraph integers = RepairBench.kept(RepairBench.quantized(graph), FourDimensions.whereNeeded());

        for (ModelGraph repaired : List.of(floats, integers)) {
            assertThat(repaired.nodes().stream()
                            .filter(node -> node.is("Pad") || node.is("Conv") || node.is("ConvTranspose"))
                            .map(node -> repaired.type(node.output(0))
                                    .orElseThrow()
                                    .shape()
                                    .rank()))
                    .containsExactly(4, 4, 4);
        }
    }

    @Test
    void a_flat_transposed_convolution_is_turned_upright() {
        ModelGraph flat = new RepairBench(13)
                .input("x", 1, 4, 1, 20)
                .output("z", 1, 4, 1, 40)
                .noise("v", 4, 4, 1, 4)
                .node(
                        "ConvTranspose",
                        List.of("x", "v"),
                        List.of("z"),
                        Map.of("strides", Attribute.ofInts(1, 2), "pads", Attribute.ofInts(0, 1, 0, 1)))
                .build();

        ModelGraph repaired = RepairBench.kept(flat, FourDimensions.whereNeeded());

        assertThat(repaired.nodes().stream()
                        .filter(node -> node.is("ConvTranspose"))
                        .findFirst()
                        .orElseThrow()
                        .intsAttribute("strides")
                        .orElseThrow())
                .containsExactly(2, 1);
    }

    @Test
    void a_plain_convolution_on_a_sequence_stays() {
        ModelGraph plain = new RepairBench(13)
                .input("x", 1, 4, 20)
                .output("z", 1, 4, 18)
                .noise("w", 4, 4, 3)
                .node("Conv", List.of("x", "w"), "z")
                .build();

        assertThat(RepairBench.repair(plain, FourDimensions.whereNeeded()).repairs())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void a_large_window_is_a_sum_of_parts(int stride) {
        long size = stride == 1 ? 16 : 8;
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 3, 16, 16)
                .output("z", 1, 4, size, size)
                .noise("w", 4, 3, 7, 7)
                .noise("bias", 4)
                .node(
                        "Conv",
                        List.of("x", "w", "bias"),
                        List.of("z"),
                        Map.of("strides", Attribute.ofInts(stride, stride), "pads", Attribute.ofInts(3, 3, 3, 3)))
                .build();

        ModelGraph repaired = RepairBench.kept(graph, new SplitLargeKernels());

        assertThat(repaired.nodes().stream()
                        .filter(node -> node.is("Conv"))
                        .map(node ->
                                repaired.constant(node.input(1)).orElseThrow().shape())
                        .allMatch(shape -> shape.size(2) <= 3 && shape.size(3) <= (stride == 1 ? 6 : 12)))
                .isTrue();
        assertThat(new SplitLargeKernels().onRequest()).isTrue();
        assertThat(RepairBench.repair(RepairBench.quantized(graph), new SplitLargeKernels())
                        .repairs())
                .isEmpty();
    }

    @Test
    void a_product_between_transposes_is_a_convolution() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 16, 40)
                .output("z", 1, 24, 40)
                .noise("w", 16, 24)
                .noise("bias", 24)
                .node("Relu", List.of("x"), "a")
                .node("Transpose", List.of("a"), List.of("b"), Map.of("perm", Attribute.ofInts(0, 2, 1)))
                .node("MatMul", List.of("b", "w"), "c")
                .node("Add", List.of("c", "bias"), "d")
                .node("Transpose", List.of("d"), List.of("e"), Map.of("perm", Attribute.ofInts(0, 2, 1)))
                .node("Relu", List.of("e"), "z")
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new MatMulToConvolution())))
                .containsExactly("Relu", "Reshape", "Conv", "Reshape", "Relu");
    }

    @Test
    void a_product_without_transposes_stays() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 40, 16)
                .output("z", 1, 40, 24)
                .noise("w", 16, 24)
                .node("Relu", List.of("x"), "a")
                .node("MatMul", List.of("a", "w"), "z")
                .build();

        assertThat(RepairBench.repair(graph, new MatMulToConvolution()).repairs())
                .isEmpty();
    }

    @Test
    void an_input_transpose_goes_into_the_contract_when_it_is_asked_for() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 6, 5, 3)
                .output("z", 1, 6, 5, 4)
                .noise("w", 4, 3, 1, 1)
                .scalar("scale", 1 / 255f)
                .node("Transpose", List.of("x"), List.of("a"), Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .node("Conv", List.of("a", "w"), "b")
                .node("Transpose", List.of("b"), List.of("c"), Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .node("Sigmoid", List.of("c"), "z")
                .build();

        RepairedGraph floats = RepairBench.repair(graph, AbsorbTransposes.ofInputs(), AbsorbTransposes.ofOutputs());
        RepairedGraph integers = RepairBench.repair(
                RepairBench.quantized(graph), AbsorbTransposes.ofInputs(), AbsorbTransposes.ofOutputs());

        for (RepairedGraph repaired : List.of(floats, integers)) {
            assertThat(repaired.repairs()).hasSize(2).allSatisfy(one -> {
                assertThat(one.kept()).as(one.outcome()).isTrue();
                assertThat(one.contract()).hasSize(1);
            });
            assertThat(RepairBench.operators(repaired.graph())).doesNotContain("Transpose");
            assertThat(repaired.graph().inputs().get(0).type().shape()).isEqualTo(Shape.of(1, 3, 6, 5));
            assertThat(repaired.graph().outputs().get(0).type().shape()).isEqualTo(Shape.of(1, 4, 6, 5));
        }
        assertThat(floats.repairs().get(0).contract().get(0)).contains("1x3x6x5 now, was 1x6x5x3");
        assertThat(AbsorbTransposes.ofInputs().onRequest()).isTrue();
    }

    @Test
    void an_input_that_others_read_in_its_own_order_stays() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 6, 5, 3)
                .output("y", 1, 6, 5, 3)
                .output("z", 1, 3, 6, 5)
                .node("Transpose", List.of("x"), List.of("z"), Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .node("Relu", List.of("x"), "y")
                .build();

        assertThat(RepairBench.repair(graph, AbsorbTransposes.ofInputs(), AbsorbTransposes.ofOutputs())
                        .repairs())
                .isEmpty();
    }

    @Test
    void constants_of_a_rewrite_are_exact_codes_where_they_can_be() {
        GraphRewrite rewrite = new GraphRewrite(hardSwish(13, 6));
        List<Node> made = new ArrayList<>();

        rewrite.weights(
                rewrite.graph().nodes().get(0),
                "v",
                TensorData.ofFloats(Shape.of(3), 0.0625f, 0.1875f, -0.5625f),
                true,
                made);

        ModelGraph built = rewrite.build();
        assertThat(built.constant(made.get(0).input(0)).orElseThrow().toInts()).containsExactly(1, 3, -9);
        assertThat(built.constant(made.get(0).input(1)).orElseThrow().floatAt(0))
                .isEqualTo(0.0625f);
    }
}
