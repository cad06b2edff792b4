// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.List;
import org.junit.jupiter.api.Test;

class SafeNamesTest {
    private static final SafeNames REPAIR = new SafeNames();

    private static ModelGraph named(String input, String first, String second) {
        return new RepairBench(13)
                .input(input, 1, 4)
                .output(first, 1, 4)
                .output(second, 1, 4)
                .node("Sigmoid", List.of(input), first)
                .node("Tanh", List.of(first), second)
                .build();
    }

    @Test
    void the_second_of_two_names_that_are_one_in_c_is_changed() {
        ModelGraph graph = named("x", "out/0", "out:0");

        RepairedGraph repaired = RepairBench.repair(graph, REPAIR);

        assertThat(repaired.graph().outputs()).extracting(GraphValue::name).containsExactly("out/0", "out_0_2");
        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).isTrue();
            assertThat(one.contract()).containsExactly("output \"out:0\" is named out_0_2");
        });
        assertThat(RepairBench.repair(repaired.graph(), REPAIR).repairs()).isEmpty();
    }

    @Test
    void names_outside_ascii_are_changed_in_a_quantized_graph_too() {
        ModelGraph graph = RepairBench.quantized(named("größe", "größe2", "z"));

        ModelGraph repaired = RepairBench.kept(graph, REPAIR);

        assertThat(repaired.inputs()).extracting(GraphValue::name).containsExactly("gr__e");
        assertThat(repaired.outputs()).extracting(GraphValue::name).containsExactly("gr__e2", "z");
    }

    @Test
    void names_that_are_only_written_differently_stay() {
        assertThat(RepairBench.repair(named("input:0", "443", "StatefulPartitionedCall/boxes"), REPAIR)
                        .repairs())
                .isEmpty();
    }
}
