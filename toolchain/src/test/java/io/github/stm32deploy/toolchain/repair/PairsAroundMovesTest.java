// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PairsAroundMovesTest {
    private static RepairBench bench() {
        return new RepairBench(13)
                .input("x", ElementType.INT8, 1, 4, 6, 2)
                .scalar("s", 0.03f)
                .constant("m", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) -17));
    }

    @Test
    void moved_codes_get_a_pair_of_the_scale_that_is_stated_behind_them() {
        ModelGraph graph = bench().output("z", 1, 2, 2, 3)
                .node("Transpose", List.of("x"), "t", Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .node(
                        "MaxPool",
                        List.of("t"),
                        "p",
                        Map.of("kernel_shape", Attribute.ofInts(2, 2), "strides", Attribute.ofInts(2, 2)))
                .node("DequantizeLinear", List.of("p", "s", "m"), "z")
                .build();

        ModelGraph paired = RepairBench.kept(graph, new PairsAroundMoves());

        assertThat(RepairBench.operators(paired))
                .containsExactly(
                        "DequantizeLinear",
                        "Transpose",
                        "QuantizeLinear",
                        "DequantizeLinear",
                        "MaxPool",
                        "QuantizeLinear",
                        "DequantizeLinear");
        assertThat(paired.nodes()).extracting(Node::name).contains("Transpose_t", "MaxPool_p");
        assertThat(paired.inputs()).isEqualTo(graph.inputs());
    }

    @Test
    void integers_without_a_scale_and_indices_stay() {
        ModelGraph graph = bench().output("z", ElementType.INT8, 1, 2, 4, 6)
                .node("Transpose", List.of("x"), "z", Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .build();

        assertThat(RepairBench.repair(graph, new PairsAroundMoves()).repairs()).isEmpty();
    }

    @Test
    void operators_between_pairs_and_float_ones_stay() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 2, 6, 6)
                .output("z", 1, 6, 6, 2)
                .node("Relu", List.of("x"), "r")
                .node("Transpose", List.of("r"), "z", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .build();

        assertThat(RepairBench.repair(graph, new PairsAroundMoves()).repairs()).isEmpty();
        assertThat(RepairBench.repair(RepairBench.quantized(graph), new PairsAroundMoves())
                        .repairs())
                .isEmpty();
    }
}
