// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProductFormsTest {
    private static RepairBench convolution(int opset, int channels, int size) {
        return new RepairBench(opset)
                .input("x", 1, 3, size, size)
                .noise("w", channels, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "a");
    }

    private static ModelGraph flattened(String product, Map<String, Attribute> attributes, long... weights) {
        return convolution(13, 4, 6)
                .output("z", 1, 5)
                .noise("v", weights)
                .longs("flat", 1, 144)
                .node("Transpose", List.of("a"), List.of("t"), Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .node("Reshape", List.of("t", "flat"), "f")
                .node(product, List.of("f", "v"), List.of("z"), attributes)
                .build();
    }

    @Test
    void the_order_of_a_flattened_map_goes_into_the_weights() {
        ModelGraph matMul = flattened("MatMul", Map.of(), 144, 5);
        ModelGraph gemm = flattened("Gemm", Map.of("transB", Attribute.of(1)), 5, 144);

        for (ModelGraph graph : List.of(matMul, gemm)) {
            assertThat(RepairBench.operators(RepairBench.kept(graph, new FlattenOrder())))
                    .doesNotContain("Transpose");
            assertThat(RepairBench.operators(RepairBench.kept(RepairBench.quantized(graph), new FlattenOrder())))
                    .doesNotContain("Transpose");
        }
    }

    @Test
    void a_map_that_is_not_flattened_whole_keeps_its_transpose() {
        ModelGraph graph = convolution(13, 4, 6)
                .output("z", 36, 5)
                .noise("v", 4, 5)
                .longs("rows", 36, 4)
                .node("Transpose", List.of("a"), List.of("t"), Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .node("Reshape", List.of("t", "rows"), "f")
                .node("MatMul", List.of("f", "v"), "z")
                .build();

        assertThat(RepairBench.repair(graph, new FlattenOrder()).repairs()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"bij,bjk->bik", "bij,bkj->bki", "ijb,jkb->bik", "bchq,bchk->bcqk"})
    void an_einsum_of_two_matrices_is_their_product(String equation) {
        long[] first = equation.length() > 13 ? new long[] {2, 3, 4, 5} : new long[] {2, 4, 2};
        long[] second = equation.length() > 13 ? new long[] {2, 3, 4, 6} : new long[] {2, 4, 2};
        if (equation.equals("bij,bjk->bik")) {
            second = new long[] {2, 2, 7};
        }
        if (equation.equals("ijb,jkb->bik")) {
            second = new long[] {4, 5, 2};
        }
        ModelGraph graph = new RepairBench(13)
                .input("x", first)
                .output("z")
                .noise("w", second)
                .node("Einsum", List.of("x", "w"), List.of("y"), Map.of("equation", Attribute.of(equation)))
                .node("ReduceSum", List.of("y"), List.of("z"), Map.of("keepdims", Attribute.of(0)))
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new EinsumToMatMul())))
                .contains("MatMul")
                .doesNotContain("Einsum");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bii,bij->bij", "bij,bij->bij", "bij,bjk->bi"})
    void other_einsums_stay(String equation) {
        ModelGraph graph = new RepairBench(13)
                .input("x", 2, 4, 4)
                .output("z", 2, 4, 4)
                .noise("w", 2, 4, 4)
                .node("Einsum", List.of("x", "w"), List.of("z"), Map.of("equation", Attribute.of(equation)))
                .build();

        assertThat(RepairBench.repair(graph, new EinsumToMatMul()).repairs()).isEmpty();
    }

    /** DCR, CRD and back, as frameworks write them. */
    @ParameterizedTest
    @ValueSource(strings = {"0 3 4 1 5 2", "0 1 4 2 5 3", "0 3 5 1 2 4"})
    void a_pixel_shuffle_of_six_dimensions_is_a_convolution(String order) {
        boolean back = order.equals("0 3 5 1 2 4");
        RepairBench bench = convolution(13, 12, 16).output("z", 1, back ? 48 : 3, back ? 8 : 32, back ? 8 : 32);
        if (back) {
            bench.longs("six", 1, 12, 8, 2, 8, 2).longs("four", 1, 48, 8, 8);
        } else {
            bench.longs(
                            "six",
                            order.startsWith("0 3") ? new long[] {1, 2, 2, 3, 16, 16} : new long[] {1, 3, 2, 2, 16, 16})
                    .longs("four", 1, 3, 32, 32);
        }
        long[] axes = Arrays.stream(order.split(" ")).mapToLong(Long::parseLong).toArray();
        ModelGraph graph = bench.node("Reshape", List.of("a", "six"), "s")
                .node("Transpose", List.of("s"), List.of("t"), Map.of("perm", Attribute.ofInts(axes)))
                .node("Reshape", List.of("t", "four"), "f")
                .node("Relu", List.of("f"), "z")
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new SpaceDepth())))
                .containsExactly("Conv", back ? "Conv" : "ConvTranspose", "Relu");
    }

    @Test
    void the_larger_of_a_map_and_a_number_is_clipped() {
        ModelGraph graph = convolution(13, 8, 32)
                .output("z", 1, 8, 32, 32)
                .scalar("low", -0.5f)
                .scalar("high", 0.75f)
                .node("Max", List.of("low", "a"), "b")
                .node("Min", List.of("b", "high"), "z")
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new MaximumPieces())))
                .containsExactly("Conv", "Clip", "Clip");
        assertThat(RepairBench.operators(RepairBench.kept(RepairBench.quantized(graph), new MaximumPieces())))
                .doesNotContain("Max", "Min");
    }
}
