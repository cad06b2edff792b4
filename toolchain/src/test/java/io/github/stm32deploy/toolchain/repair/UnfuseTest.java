// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UnfuseTest {
    private static final Unfuse REPAIR = new Unfuse();
    private static final String MICROSOFT = "com.microsoft";

    private static ModelGraph convolution(String activation, String numbers, boolean sum) {
        Map<String, Attribute> attributes = new HashMap<>();
        if (!activation.isEmpty()) {
            attributes.put("activation", Attribute.of(activation));
        }
        if (!numbers.isEmpty()) {
            attributes.put(
                    "activation_params",
                    new Attribute.FloatList(List.of(numbers.split(" ")).stream()
                            .map(Float::valueOf)
                            .toList()));
        }
        return new RepairBench(12)
                .opset(MICROSOFT, 1)
                .input("x", 1, 3, 5, 5)
                .output("y", 1, 3, 5, 5)
                .noise("w", 3, 3, 1, 1)
                .noise("b", 3)
                .node(
                        "FusedConv",
                        MICROSOFT,
                        sum ? List.of("x", "w", "b", "x") : List.of("x", "w", "b"),
                        List.of("y"),
                        attributes)
                .build();
    }

    @ParameterizedTest
    @CsvSource({
        "Relu, '', false",
        "Relu, '', true",
        "Clip, '-0.25 0.5', false",
        "LeakyRelu, '0.125', false",
        "HardSigmoid, '0.2 0.5', false",
        "Sigmoid, '', true"
    })
    void a_fused_convolution_is_written_in_parts(String activation, String numbers, boolean sum) {
        ModelGraph parts = RepairBench.kept(convolution(activation, numbers, sum), REPAIR);

        assertThat(RepairBench.operators(parts))
                .containsExactlyElementsOf(sum ? List.of("Conv", "Add", activation) : List.of("Conv", activation));
        assertThat(parts.nodes().get(0).name()).isEqualTo("FusedConv_y");
        assertThat(parts.nodes().get(0).origin().index()).isZero();
        assertThat(parts.nodes().get(1).origin().index()).isEqualTo(-1);
    }

    @Test
    void an_activation_that_nobody_knows_is_left_alone() {
        assertThat(REPAIR.propose(convolution("Mystery", "", false), RepairBench.TARGET))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Gelu", "BiasGelu", "FastGelu", "QuickGelu"})
    void activations_of_transformers_are_written_in_parts(String operator) {
        boolean biased = operator.equals("BiasGelu") || operator.equals("FastGelu");
        ModelGraph graph = new RepairBench(13)
                .opset(MICROSOFT, 1)
                .input("x", 1, 4, 6)
                .output("y", 1, 4, 6)
                .noise("b", 6)
                .node(operator, MICROSOFT, biased ? List.of("x", "b") : List.of("x"), List.of("y"), Map.of())
                .build();

        assertThat(RepairBench.kept(graph, REPAIR).nodes())
                .allMatch(node -> node.domain().isEmpty());
    }

    @Test
    void a_fused_product_gets_its_transposition_and_factor_back() {
        ModelGraph graph = new RepairBench(13)
                .opset(MICROSOFT, 1)
                .input("x", 1, 4, 6)
                .input("z", 1, 5, 6)
                .output("y", 1, 4, 5)
                .node(
                        "FusedMatMul",
                        MICROSOFT,
                        List.of("x", "z"),
                        List.of("y"),
                        Map.of("transB", Attribute.of(1), "alpha", Attribute.of(0.5f)))
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, REPAIR)))
                .containsExactly("Transpose", "MatMul", "Mul");
    }

    @Test
    void a_fused_gemm_too() {
        ModelGraph graph = new RepairBench(13)
                .opset(MICROSOFT, 1)
                .input("x", 2, 4)
                .output("y", 2, 3)
                .noise("w", 4, 3)
                .noise("b", 3)
                .node(
                        "FusedGemm",
                        MICROSOFT,
                        List.of("x", "w", "b"),
                        List.of("y"),
                        Map.of("activation", Attribute.of("LeakyRelu"), "activation_alpha", Attribute.of(0.25f)))
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, REPAIR))).containsExactly("Gemm", "LeakyRelu");
    }

    @Test
    void a_fused_normalization_too() {
        ModelGraph graph = new RepairBench(17)
                .opset(MICROSOFT, 1)
                .input("x", 1, 4, 6)
                .input("s", 1, 4, 6)
                .output("y", 1, 4, 6)
                .noise("gamma", 6)
                .noise("beta", 6)
                .node("SkipLayerNormalization", MICROSOFT, List.of("x", "s", "gamma", "beta"), List.of("y"), Map.of())
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, REPAIR))).containsExactly("Add", "LayerNormalization");
    }

    @Test
    void functions_of_newer_operator_sets_too() {
        ModelGraph graph = new RepairBench(21)
                .input("x", 1, 4, 5, 5)
                .output("y", 1, 4, 5, 5)
                .noise("scale", 4)
                .noise("bias", 4)
                .node("Mish", List.of("x"), "m")
                .node("GroupNormalization", List.of("m", "scale", "bias"), "y", Map.of("num_groups", Attribute.of(2)))
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, REPAIR)))
                .containsExactly(
                        "Softplus", "Tanh", "Mul", "Reshape", "InstanceNormalization", "Reshape", "Mul", "Add");
    }

    @Test
    void gelu_stays_where_the_front_end_knows_it() {
        ModelGraph graph = new RepairBench(20)
                .input("x", 1, 4)
                .output("y", 1, 4)
                .node("Gelu", List.of("x"), "y")
                .build();

        assertThat(REPAIR.propose(graph, RepairTarget.of(SdkVersion.V4_0, RepairBench.EXECUTORS)))
                .isEmpty();
        RepairedGraph older = new GraphRepairs(List.of(REPAIR), RepairTarget.of(SdkVersion.V2_2, RepairBench.EXECUTORS))
                .repair(graph);
        assertThat(RepairBench.operators(older.graph())).contains("Erf").doesNotContain("Gelu");
        assertThat(older.repairs()).singleElement().matches(AppliedRepair::kept);
    }

    @Test
    void a_gemm_that_adds_an_activation_is_a_gemm_and_a_sum() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 2, 4)
                .input("z", 2, 3)
                .output("y", 2, 3)
                .noise("w", 4, 3)
                .node("Gemm", List.of("x", "w", "z"), "y", Map.of("beta", Attribute.of(0.5f)))
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, REPAIR)))
                .containsExactlyInAnyOrder("Gemm", "Mul", "Add");
    }

    /** In a quantized graph the bias of a Gemm comes from its codes, and a fused node between codes is undone like any other. */
    @Test
    void in_a_quantized_graph_only_fused_nodes_change() {
        ModelGraph graph = RepairBench.quantized(new RepairBench(13)
                .input("x", 2, 4)
                .output("y", 2, 3)
                .noise("w", 4, 3)
                .noise("b", 3)
                .node("Gemm", List.of("x", "w", "b"), "y")
                .build());
        assertThat(REPAIR.propose(graph, RepairBench.TARGET)).isEmpty();

        Node last = graph.nodes().get(graph.nodes().size() - 1);
        ModelGraph fused = graph.toBuilder()
                .opset(MICROSOFT, 1)
                .replaceNodes(graph.nodes().stream()
                        .map(node -> node == last ? node.withOutputs(List.of("before")) : node)
                        .toList())
                .node(new Node("gelu", "Gelu", MICROSOFT, List.of("before"), List.of("y"), Map.of(), last.origin()))
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(fused, REPAIR)))
                .contains("Erf", "DequantizeLinear")
                .doesNotContain("Gelu");
    }
}
