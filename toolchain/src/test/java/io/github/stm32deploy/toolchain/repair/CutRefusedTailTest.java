// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CutRefusedTailTest {
    private static final Repair REPAIR = new CutRefusedTail();

    private static RepairBench network() {
        return new RepairBench(13)
                .opset("custom", 1)
                .input("x", 1, 3, 4, 4)
                .noise("w", 5, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "map")
                .node("Relu", List.of("map"), "active");
    }

    private static List<String> outputs(ModelGraph graph) {
        return graph.outputs().stream().map(GraphValue::name).toList();
    }

    @Test
    void an_operator_that_nobody_knows_is_left_to_the_application_with_what_comes_after_it() {
        ModelGraph whole = network()
                .node("Mystery", "custom", List.of("active"), List.of("odd"), Map.of())
                .node("Relu", List.of("odd"), "y")
                .output("y", 1, 5, 4, 4)
                .output("map", 1, 5, 4, 4)
                .build();
        RepairedGraph repaired = RepairBench.repair(whole, REPAIR);
        AppliedRepair applied = repaired.repairs().get(0);
        assertThat(applied.kept()).as(applied.outcome()).isTrue();
        assertThat(applied.nodes()).containsExactly("Mystery_odd");
        assertThat(outputs(repaired.graph())).containsExactly("map", "active");
        assertThat(RepairBench.operators(repaired.graph())).containsExactly("Conv", "Relu");
        assertThat(applied.contract())
                .singleElement()
                .satisfies(sentence -> assertThat(sentence).contains("output y is gone", "active", "Mystery"));
    }

    @Test
    void a_quantized_graph_ends_where_the_refused_node_read_it() {
        ModelGraph quantized =
                RepairBench.quantized(network().output("active", 1, 5, 4, 4).build());
        ModelGraph tail = network()
                .node("Mystery", "custom", List.of("active"), List.of("odd"), Map.of())
                .output("odd", 1, 5, 4, 4)
                .build();
        ModelGraph whole = ShapeInference.infer(quantized.toBuilder()
                .opset("custom", 1)
                .clearOutputs()
                .node(tail.nodes().get(2))
                .output("odd", tail.outputs().get(0).type())
                .build());
        ModelGraph mended = RepairBench.kept(whole, REPAIR);
        assertThat(outputs(mended)).containsExactly("active");
        assertThat(OutputStep.of(mended, "active")).isPositive();
    }

    @Test
    void nothing_is_cut_in_the_middle_or_where_no_network_would_be_left() {
        ModelGraph middle = network()
                .noise("w2", 2, 5, 1, 1)
                .node("Mystery", "custom", List.of("active"), List.of("odd"), Map.of())
                .node("Conv", List.of("odd", "w2"), "y")
                .output("y", 1, 2, 4, 4)
                .build();
        assertThat(REPAIR.propose(middle, RepairBench.TARGET)).isEmpty();
        ModelGraph alone = new RepairBench(13)
                .opset("custom", 1)
                .input("x", 1, 4)
                .node("Relu", List.of("x"), "active")
                .node("Mystery", "custom", List.of("active"), List.of("y"), Map.of())
                .output("y", 1, 4)
                .build();
        assertThat(REPAIR.propose(alone, RepairBench.TARGET)).isEmpty();
        assertThat(REPAIR.propose(network().output("active", 1, 5, 4, 4).build(), RepairBench.TARGET))
                .isEmpty();
    }
}
