// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SequencesToMapsTest {
    private static ModelGraph sequence() {
        return new RepairBench(13)
                .input("x", 1, 3, 24)
                .noise("w", 6, 3, 5)
                .noise("b", 6)
                .node(
                        "Conv",
                        List.of("x", "w", "b"),
                        "a",
                        Map.of("pads", Attribute.ofInts(2, 1), "strides", Attribute.ofInts(2)))
                .node(
                        "MaxPool",
                        List.of("a"),
                        "p",
                        Map.of("kernel_shape", Attribute.ofInts(3), "pads", Attribute.ofInts(1, 1)))
                .node("AveragePool", List.of("p"), "z", Map.of("kernel_shape", Attribute.ofInts(2)))
                .output("z", 1, 6, 11)
                .build();
    }

    @Test
    void windows_on_sequences_are_windows_on_maps_of_height_1() {
        ModelGraph graph = sequence();

        for (ModelGraph form : List.of(graph, RepairBench.quantized(graph))) {
            ModelGraph repaired = RepairBench.kept(form, FourDimensions.everywhere());

            assertThat(repaired.nodes())
                    .filteredOn(node -> node.is("Conv") || node.is("MaxPool") || node.is("AveragePool"))
                    .hasSize(3)
                    .allSatisfy(node -> assertThat(repaired.type(node.output(0))
                                    .orElseThrow()
                                    .shape()
                                    .size(2))
                            .isEqualTo(1));
            assertThat(repaired.nodes()).extracting(Node::name).contains("Conv_a", "MaxPool_p", "AveragePool_z");
        }
    }

    @Test
    void it_happens_on_request_only() {
        assertThat(FourDimensions.everywhere().onRequest()).isTrue();
        assertThat(RepairBench.repair(sequence(), FourDimensions.whereNeeded()).repairs())
                .isEmpty();
    }
}
