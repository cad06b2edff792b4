// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpsetSeventeenTest {
    /** Axes as inputs, a number of parts, pads of two axes: none of it is read as such by operator set 17. */
    private static ModelGraph newer(int opset) {
        return new RepairBench(opset)
                .input("x", 1, 4, 9, 9)
                .noise("w", 4, 4, 1, 1)
                .longs("axes", 2, 3)
                .longs("pads", 1, 0, 2, 1)
                .longs("map", -2, -1)
                .node("Conv", List.of("x", "w"), "a")
                .node(
                        "Split",
                        List.of("a"),
                        List.of("p", "q", "r"),
                        Map.of("num_outputs", Attribute.of(3), "axis", Attribute.of(2)))
                .node("Add", List.of("p", "q"), "s")
                .node("Add", List.of("s", "r"), "t")
                .node("Pad", List.of("t", "pads", "", "map"), "u")
                .node(
                        "AveragePool",
                        List.of("u"),
                        "v",
                        Map.of("kernel_shape", Attribute.ofInts(2, 2), "dilations", Attribute.ofInts(1, 1)))
                .node("ReduceMean", List.of("v", "axes"), "m", Map.of("keepdims", Attribute.of(1)))
                .node("ReduceMax", List.of("v", "axes"), "n")
                .node("Sub", List.of("m", "n"), "z")
                .output("z", 1, 4, 1, 1)
                .build();
    }

    @ParameterizedTest
    @ValueSource(ints = {19, 21})
    void what_sets_18_to_21_changed_is_written_as_in_17(int opset) {
        ModelGraph repaired = RepairBench.kept(newer(opset), new OpsetSeventeen());

        assertThat(repaired.opset()).isEqualTo(17);
        assertThat(repaired.nodes())
                .filteredOn(node -> node.operator().startsWith("Reduce"))
                .allSatisfy(node -> {
                    assertThat(node.inputs()).hasSize(1);
                    assertThat(node.intsAttribute("axes").orElseThrow()).containsExactly(2, 3);
                });
        Node pad = repaired.nodes().stream()
                .filter(node -> node.is("Pad"))
                .findFirst()
                .orElseThrow();
        assertThat(repaired.constant(pad.input(1)).orElseThrow().toLongs()).containsExactly(0, 0, 1, 0, 0, 0, 2, 1);
        Node split = repaired.nodes().stream()
                .filter(node -> node.is("Split"))
                .findFirst()
                .orElseThrow();
        assertThat(repaired.constant(split.input(1)).orElseThrow().toLongs()).containsExactly(3, 3, 3);
    }

    @Test
    void a_quantized_graph_too() {
        RepairedGraph repaired = RepairBench.repair(RepairBench.quantized(newer(21)), new OpsetSeventeen());

        assertThat(repaired.graph().opset()).isEqualTo(17);
        assertThat(repaired.repairs())
                .singleElement()
                .satisfies(one ->
                        assertThat(one.parity().orElseThrow().differing()).isZero());
    }

    /** Trap: Gelu came with 20; without it the file says nothing. */
    @Test
    void an_operator_that_17_does_not_have_keeps_the_set() {
        ModelGraph graph = new RepairBench(20)
                .input("x", 1, 4)
                .node("Gelu", List.of("x"), "z")
                .output("z", 1, 4)
                .build();

        assertThat(RepairBench.repair(graph, new OpsetSeventeen()).repairs()).isEmpty();
        assertThat(new OpsetSeventeen().onRequest()).isTrue();
    }
}
