// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.List;
import org.junit.jupiter.api.Test;

class EqualAddScalesTest {
    private static ModelGraph sum(float factor) {
        return new RepairBench(13)
                .input("x", 1, 8)
                .output("z", 1, 8)
                .scalar("f", factor)
                .node("Mul", List.of("x", "f"), "y")
                .node("Add", List.of("x", "y"), "z")
                .build();
    }

    @Test
    void both_operands_get_one_scale_that_holds_both_ranges() {
        ModelGraph quantized = RepairBench.quantized(sum(-3));

        RepairedGraph repaired = RepairBench.repair(quantized, new EqualAddScales());

        AppliedRepair change = repaired.repairs().get(0);
        assertThat(repaired.repairs()).hasSize(1);
        assertThat(change.kept()).as(change.outcome()).isTrue();
        ModelGraph graph = repaired.graph();
        Node add = graph.nodes().stream()
                .filter(node -> node.is("Add"))
                .findFirst()
                .orElseThrow();
        CodeScale left = scale(graph, add.input(0));
        assertThat(left.equivalent(scale(graph, add.input(1)))).isTrue();
        // x alone has a third of the scale of -3 x; a scale that cuts the wider one would show in the results.
        Node before = quantized.nodes().stream()
                .filter(node -> node.is("Add"))
                .findFirst()
                .orElseThrow();
        assertThat(left.scale())
                .isGreaterThanOrEqualTo(scale(quantized, before.input(1)).scale() * 0.999f);
    }

    private static CodeScale scale(ModelGraph graph, String tensor) {
        return CodeScale.of(graph, graph.producer(tensor).orElseThrow()).orElseThrow();
    }

    @Test
    void it_changes_results_and_therefore_waits_to_be_asked_for() {
        assertThat(new EqualAddScales().onRequest()).isTrue();
        assertThat(Repairs.usual()).noneMatch(repair -> repair.id().equals("equal-add-scales"));
    }

    @Test
    void float_additions_and_equal_scales_stay() {
        ModelGraph twice = new RepairBench(13)
                .input("x", 1, 8)
                .output("z", 1, 8)
                .node("Add", List.of("x", "x"), "z")
                .build();

        assertThat(RepairBench.repair(sum(2), new EqualAddScales()).repairs()).isEmpty();
        assertThat(RepairBench.repair(RepairBench.quantized(twice), new EqualAddScales())
                        .repairs())
                .isEmpty();
    }
}
