// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SplitWeightsTest {
    private static RepairBench convolution() {
        return new RepairBench(13)
                .input("x", 1, 4, 8, 8)
                .noise("w", 6, 4, 3, 3)
                .noise("bias", 6)
                .noise("gain", 6, 1, 1)
                .node("Conv", List.of("x", "w", "bias"), "a", Map.of("pads", Attribute.ofInts(1, 1, 1, 1)));
    }

    /** SiLU and a gain of each channel stand between the convolution and the cut. */
    private static ModelGraph graph() {
        return convolution()
                .output("y", 1, 2, 8, 8)
                .output("z", 1, 4, 8, 8)
                .longs("sizes", 2, 4)
                .node("Sigmoid", List.of("a"), "b")
                .node("Mul", List.of("a", "b"), "c")
                .node("Mul", List.of("c", "gain"), "d")
                .node("Split", List.of("d", "sizes"), List.of("p", "q"), Map.of("axis", Attribute.of(1)))
                .node("Relu", List.of("p"), "y")
                .node("Neg", List.of("q"), "z")
                .build();
    }

    @Test
    void each_part_gets_a_convolution_of_its_own() {
        ModelGraph repaired = RepairBench.kept(graph(), new SplitWeights());

        assertThat(RepairBench.operators(repaired)).doesNotContain("Split").contains("Conv", "Sigmoid");
        assertThat(repaired.nodes().stream()
                        .filter(node -> node.is("Conv"))
                        .map(node ->
                                repaired.constant(node.input(1)).orElseThrow().shape()))
                .containsExactly(Shape.of(2, 4, 3, 3), Shape.of(4, 4, 3, 3));
    }

    @Test
    void in_a_quantized_graph_with_a_scale_for_each_channel() {
        ModelGraph quantized = RepairBench.quantized(graph());

        ModelGraph repaired = RepairBench.kept(quantized, new SplitWeights());

        assertThat(RepairBench.operators(repaired)).doesNotContain("Split");
    }

    @Test
    void a_whole_map_that_is_read_too_stays_whole() {
        ModelGraph read = convolution()
                .output("y", 1, 6, 8, 8)
                .output("z", 1, 2, 8, 8)
                .longs("from", 2)
                .longs("to", 4)
                .longs("axis", 1)
                .node("Relu", List.of("a"), "y")
                .node("Slice", List.of("a", "from", "to", "axis"), "z")
                .build();

        assertThat(RepairBench.repair(read, new SplitWeights()).repairs()).isEmpty();
    }

    /** Trap: a constant along the columns is no constant of the channels. */
    @Test
    void arithmetic_across_channels_stays() {
        ModelGraph across = convolution()
                .output("y", 1, 2, 8, 8)
                .output("z", 1, 4, 8, 8)
                .noise("whole", 1, 6, 8, 8)
                .longs("sizes", 2, 4)
                .node("Mul", List.of("a", "whole"), "d")
                .node("Split", List.of("d", "sizes"), List.of("y", "z"), Map.of("axis", Attribute.of(1)))
                .build();

        assertThat(RepairBench.repair(across, new SplitWeights()).repairs()).isEmpty();
    }
}
