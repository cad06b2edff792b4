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

class ConstantArgumentsTest {
    private static final ConstantArguments REPAIR = new ConstantArguments();

    private static Node node(ModelGraph graph, String operator) {
        return graph.nodes().stream()
                .filter(one -> one.is(operator))
                .findFirst()
                .orElseThrow();
    }

    private static long[] longs(ModelGraph graph, String operator, int input) {
        return graph.constant(node(graph, operator).input(input)).orElseThrow().toLongs();
    }

    private static RepairBench sliced(long[] starts, long[] ends, long[] axes, long[] steps) {
        return new RepairBench(13)
                .input("x", 1, 6, 5)
                .longs("starts", starts)
                .longs("ends", ends)
                .longs("axes", axes)
                .longs("steps", steps)
                .node("Slice", List.of("x", "starts", "ends", "axes", "steps"), "y");
    }

    @Test
    void a_slice_to_the_end_gets_the_true_number() {
        ModelGraph graph = sliced(
                        new long[] {-4, 1}, new long[] {Long.MAX_VALUE, -1}, new long[] {-2, 2}, new long[] {2, 1})
                .output("y", 1, 2, 3)
                .build();

        ModelGraph written = RepairBench.kept(graph, REPAIR);

        assertThat(longs(written, "Slice", 1)).containsExactly(2, 1);
        assertThat(longs(written, "Slice", 2)).containsExactly(6, 4);
        assertThat(RepairBench.repair(written, REPAIR).repairs()).isEmpty();
    }

    @Test
    void a_slice_in_a_quantized_graph_too() {
        ModelGraph graph = sliced(new long[] {0}, new long[] {-2}, new long[] {1}, new long[] {1})
                .node("Relu", List.of("y"), "z")
                .output("z", 1, 4, 5)
                .build();

        assertThat(longs(RepairBench.kept(RepairBench.quantized(graph), REPAIR), "Slice", 2))
                .containsExactly(4);
    }

    @Test
    void a_slice_that_runs_backwards_stays() {
        ModelGraph graph = sliced(new long[] {-1}, new long[] {Long.MIN_VALUE}, new long[] {1}, new long[] {-1})
                .output("y", 1, 6, 5)
                .build();

        assertThat(RepairBench.repair(graph, REPAIR).repairs()).isEmpty();
    }

    @Test
    void allowzero_goes_where_no_zero_is_meant() {
        ModelGraph graph = new RepairBench(14)
                .input("x", 1, 2, 3)
                .output("y", 1, 6)
                .longs("to", 1, -1)
                .node("Reshape", List.of("x", "to"), "y", Map.of("allowzero", Attribute.of(1)))
                .build();

        assertThat(node(RepairBench.kept(graph, REPAIR), "Reshape").attributes())
                .isEmpty();
    }

    @Test
    void allowzero_stays_where_a_zero_is_meant() {
        ModelGraph graph = new RepairBench(14)
                .input("x", 0, 3)
                .output("y", 3, 0)
                .longs("to", 3, 0)
                .node("Reshape", List.of("x", "to"), "y", Map.of("allowzero", Attribute.of(1)))
                .build();

        assertThat(REPAIR.propose(graph, RepairBench.TARGET)).isEmpty();
    }

    @Test
    void an_empty_padding_value_and_a_zero_are_left_out() {
        for (String value : List.of("", "zero")) {
            ModelGraph graph = new RepairBench(13)
                    .input("x", 1, 2, 3, 3)
                    .output("y", 1, 2, 5, 5)
                    .longs("pads", 0, 0, 1, 1, 0, 0, 1, 1)
                    .scalar("zero", 0)
                    .node("Pad", List.of("x", "pads", value), "y")
                    .build();

            assertThat(node(RepairBench.kept(graph, REPAIR), "Pad").inputs()).containsExactly("x", "pads");
        }
    }

    @Test
    void a_padding_with_ones_keeps_its_value() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 2)
                .output("y", 1, 4)
                .longs("pads", 0, 1, 0, 1)
                .scalar("one", 1)
                .node("Pad", List.of("x", "pads", "one"), "y")
                .build();

        assertThat(RepairBench.repair(graph, REPAIR).repairs()).isEmpty();
    }

    @Test
    void a_quantized_limit_becomes_the_float_that_it_stands_for() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 8)
                .output("y", 1, 8)
                .constant("code", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 100))
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) -28))
                .scalar("scale", 0.0078125f)
                .scalar("low", 0.25f)
                .node("DequantizeLinear", List.of("code", "scale", "zero"), "high")
                .node("Clip", List.of("x", "low", "high"), "y")
                .build();

        ModelGraph written = RepairBench.kept(graph, REPAIR);

        assertThat(RepairBench.operators(written)).containsExactly("Clip");
        assertThat(written.constant(node(written, "Clip").input(2))
                        .orElseThrow()
                        .floatAt(0))
                .isEqualTo(1f);
    }

    @Test
    void a_computed_target_whose_result_has_a_known_shape_becomes_a_constant() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 2, 6)
                .input("like", 3, 4)
                .output("y", 3, 4)
                .node("Shape", List.of("like"), "sizes")
                .node("Reshape", List.of("x", "sizes"), "y")
                .build();

        ModelGraph written = RepairBench.kept(graph, REPAIR);

        assertThat(RepairBench.operators(written)).containsExactly("Reshape");
        assertThat(longs(written, "Reshape", 1)).containsExactly(3, 4);
    }

    @Test
    void computed_repeats_become_a_constant() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 3)
                .input("like", 4, 2)
                .output("y", 4, 6)
                .node("Shape", List.of("like"), "repeats")
                .node("Tile", List.of("x", "repeats"), "y")
                .build();

        assertThat(longs(RepairBench.kept(graph, REPAIR), "Tile", 1)).containsExactly(4, 2);
    }
}
