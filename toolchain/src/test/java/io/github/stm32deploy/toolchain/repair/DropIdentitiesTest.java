// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DropIdentitiesTest {
    private static ModelGraph graph() {
        return new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .output("z", 1, 3, 4, 4)
                .noise("w", 3, 2, 1, 1)
                .node("Identity", List.of("x"), "a")
                .node("Cast", List.of("a"), "b", Map.of("to", Attribute.of(1)))
                .node("Conv", List.of("b", "w"), "c")
                .node("Dropout", List.of("c"), "d")
                .node("Relu", List.of("d"), "z")
                .build();
    }

    @Test
    void nodes_that_only_rename_disappear() {
        assertThat(RepairBench.operators(RepairBench.kept(graph(), new DropIdentities())))
                .containsExactly("Conv", "Relu");
    }

    @Test
    void in_a_quantized_graph_too() {
        ModelGraph quantized = RepairBench.quantized(graph());

        assertThat(RepairBench.operators(RepairBench.kept(quantized, new DropIdentities())))
                .contains("Conv")
                .doesNotContain("Identity", "Dropout");
    }

    @Test
    void one_that_names_an_output_stays() {
        ModelGraph named = new RepairBench(13)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .node("Identity", List.of("x"), "z")
                .build();

        assertThat(RepairBench.repair(named, new DropIdentities()).repairs()).isEmpty();
    }
}
