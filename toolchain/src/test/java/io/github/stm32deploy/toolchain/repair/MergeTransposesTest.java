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

class MergeTransposesTest {
    private static Map<String, Attribute> order(long... axes) {
        return Map.of("perm", Attribute.ofInts(axes));
    }

    private static ModelGraph chain() {
        return new RepairBench(13)
                .input("x", 1, 3, 6, 5)
                .output("z", 1, 3, 5, 6)
                .noise("w", 3, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "a")
                .node("Transpose", List.of("a"), "b", order(0, 1, 2, 3))
                .node("Relu", List.of("b"), "r")
                .node("Transpose", List.of("r"), "c", order(0, 2, 3, 1))
                .node("Transpose", List.of("c"), "d", order(0, 3, 2, 1))
                .node("Neg", List.of("d"), "z")
                .build();
    }

    @Test
    void a_chain_becomes_one_and_none_becomes_nothing() {
        ModelGraph repaired = RepairBench.kept(chain(), new MergeTransposes());

        assertThat(RepairBench.operators(repaired)).containsExactly("Conv", "Relu", "Transpose", "Neg");
        assertThat(repaired.nodes().get(2).intsAttribute("perm").orElseThrow()).containsExactly(0, 1, 3, 2);
    }

    @Test
    void an_order_that_moves_nothing_disappears_between_integers() {
        ModelGraph repaired = RepairBench.kept(RepairBench.quantized(chain()), new MergeTransposes());

        assertThat(repaired.nodes().stream()
                        .filter(node -> node.is("Transpose"))
                        .map(node -> node.intsAttribute("perm").orElseThrow()))
                .noneMatch(perm -> perm[1] == 1 && perm[2] == 2);
    }

    @Test
    void the_transpose_of_a_dequantized_constant_moves_its_channel_axis() {
        ModelGraph weights = new RepairBench(13)
                .input("x", 1, 3, 6, 5)
                .output("z", 1, 2, 6, 5)
                .constant(
                        "codes",
                        TensorData.ofBytes(ElementType.INT8, Shape.of(1, 1, 3, 2), new byte[] {1, 2, 3, 4, 5, 6}))
                .constant("scales", TensorData.ofFloats(Shape.of(2), 0.5f, 0.25f))
                .constant("zeros", TensorData.ofBytes(ElementType.INT8, Shape.of(2), new byte[2]))
                .node("DequantizeLinear", List.of("codes", "scales", "zeros"), "v", Map.of("axis", Attribute.of(3)))
                .node("Transpose", List.of("v"), "w", order(3, 2, 0, 1))
                .node("Conv", List.of("x", "w"), "z")
                .build();

        ModelGraph repaired = RepairBench.kept(weights, new MergeTransposes());

        assertThat(RepairBench.operators(repaired)).containsExactly("DequantizeLinear", "Conv");
        Node scaled = repaired.nodes().get(0);
        assertThat(scaled.intAttribute("axis", 1)).isZero();
        assertThat(repaired.constant(scaled.input(0)).orElseThrow().shape()).isEqualTo(Shape.of(2, 3, 1, 1));
    }

    @Test
    void one_that_writes_an_output_leaves_its_name() {
        ModelGraph named = new RepairBench(13)
                .input("x", 1, 3, 5)
                .output("z", 1, 3, 5)
                .node("Transpose", List.of("x"), "a", order(0, 2, 1))
                .node("Transpose", List.of("a"), "z", order(0, 2, 1))
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(named, new MergeTransposes())))
                .containsExactly("Identity");
    }

    @Test
    void a_single_transpose_stays() {
        ModelGraph single = new RepairBench(13)
                .input("x", 1, 3, 5)
                .output("z", 1, 5, 3)
                .node("Transpose", List.of("x"), "z", order(0, 2, 1))
                .build();

        assertThat(RepairBench.repair(single, new MergeTransposes()).repairs()).isEmpty();
    }
}
