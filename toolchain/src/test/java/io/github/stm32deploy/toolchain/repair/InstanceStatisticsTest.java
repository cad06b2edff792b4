// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.List;
import org.junit.jupiter.api.Test;

class InstanceStatisticsTest {
    private static ModelGraph normalized() {
        return new RepairBench(13)
                .input("x", 1, 3, 32, 32)
                .noise("w", 16, 3, 1, 1)
                .noise("scale", 16)
                .noise("bias", 16)
                .node("Conv", List.of("x", "w"), "a")
                .node("InstanceNormalization", List.of("a", "scale", "bias"), "b")
                .node("Relu", List.of("b"), "z")
                .output("z", 1, 16, 32, 32)
                .build();
    }

    @Test
    void the_formula_takes_the_place_of_the_operator() {
        ModelGraph repaired = RepairBench.kept(normalized(), new InstanceStatistics());

        assertThat(RepairBench.operators(repaired))
                .doesNotContain("InstanceNormalization")
                .contains("GlobalAveragePool", "Sqrt", "Div");
    }

    /** Between integers the new tensors would need scales that nobody measured. */
    @Test
    void a_quantized_graph_keeps_it_and_nothing_happens_unasked() {
        assertThat(RepairBench.repair(RepairBench.quantized(normalized()), new InstanceStatistics())
                        .repairs())
                .isEmpty();
        assertThat(new InstanceStatistics().onRequest()).isTrue();
        assertThat(new InstanceStatistics().answers()).containsExactly("OP-INSTANCENORMALIZATION");
    }
}
