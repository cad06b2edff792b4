// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChannelShuffleTest {
    /** Three groups of two channels: 0 1 | 2 3 | 4 5 becomes 0 2 4 1 3 5, which is not its own inverse. */
    private static RepairBench shuffle(long... order) {
        return new RepairBench(13)
                .input("x", 1, 6, 8, 8)
                .output("z", 1, 4, 8, 8)
                .noise("w0", 6, 6, 3, 3)
                .noise("w1", 4, 6, 1, 1)
                .longs("apart", 1, 3, 2, 8, 8)
                .longs("together", 1, 6, 8, 8)
                .node("Conv", List.of("x", "w0"), "a", Map.of("pads", Attribute.ofInts(1, 1, 1, 1)))
                .node("Reshape", List.of("a", "apart"), "b")
                .node("Transpose", List.of("b"), "c", Map.of("perm", Attribute.ofInts(order)));
    }

    private static ModelGraph graph() {
        return shuffle(0, 2, 1, 3, 4)
                .node("Reshape", List.of("c", "together"), "d")
                .node("Conv", List.of("d", "w1"), "z")
                .build();
    }

    @Test
    void a_shuffle_becomes_a_permutation_matrix() {
        ModelGraph repaired = RepairBench.kept(graph(), new ChannelShuffle());

        assertThat(RepairBench.operators(repaired)).containsExactly("Conv", "Conv", "Conv");
        Node shuffled = repaired.nodes().get(1);
        assertThat(shuffled.origin().operator()).isEqualTo("Transpose");
        assertThat(repaired.constant(shuffled.input(1)).orElseThrow().shape()).isEqualTo(Shape.of(6, 6, 1, 1));
    }

    @Test
    void in_a_quantized_graph_no_code_differs() {
        ModelGraph quantized = RepairBench.quantized(graph());

        RepairedGraph repaired = RepairBench.repair(quantized, new ChannelShuffle());

        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).as(one.outcome()).isTrue();
            assertThat(one.parity().orElseThrow().differing()).isZero();
        });
        assertThat(RepairBench.operators(repaired.graph())).doesNotContain("Transpose", "Reshape");
    }

    @Test
    void another_order_or_another_shape_behind_it_is_no_shuffle() {
        ModelGraph other = new RepairBench(13)
                .input("x", 1, 6, 8, 8)
                .output("z", 1, 2, 24, 8)
                .longs("apart", 1, 3, 2, 8, 8)
                .longs("rows", 1, 2, 24, 8)
                .node("Relu", List.of("x"), "a")
                .node("Reshape", List.of("a", "apart"), "b")
                .node("Transpose", List.of("b"), "c", Map.of("perm", Attribute.ofInts(0, 2, 1, 3, 4)))
                .node("Reshape", List.of("c", "rows"), "z")
                .build();
        ModelGraph order = shuffle(0, 2, 1, 4, 3)
                .node("Reshape", List.of("c", "together"), "d")
                .node("Conv", List.of("d", "w1"), "z")
                .build();

        assertThat(RepairBench.repair(other, new ChannelShuffle()).repairs()).isEmpty();
        assertThat(RepairBench.repair(order, new ChannelShuffle()).repairs()).isEmpty();
    }
}
