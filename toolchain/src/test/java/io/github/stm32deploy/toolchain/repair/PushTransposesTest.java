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

class PushTransposesTest {
    private static final Map<String, Attribute> TO_LAST = Map.of("perm", Attribute.ofInts(0, 2, 3, 1));
    private static final Map<String, Attribute> TO_FIRST = Map.of("perm", Attribute.ofInts(0, 3, 1, 2));
    private static final Map<String, Attribute> SAME =
            Map.of("pads", Attribute.ofInts(1, 1, 1, 1), "kernel_shape", Attribute.ofInts(3, 3));

    /** Two convolutions with channels-last arithmetic between them: a bias, an activation, a pad and a mean of its own. */
    private static ModelGraph island() {
        return new RepairBench(13)
                .input("x", 1, 3, 6, 5)
                .output("z", 1, 4, 8, 7)
                .noise("w1", 4, 3, 3, 3)
                .noise("w2", 4, 4, 3, 3)
                .noise("bias", 4)
                .longs("pads", 0, 1, 1, 0, 0, 1, 1, 0)
                .node("Conv", List.of("x", "w1"), List.of("a"), SAME)
                .node("Transpose", List.of("a"), "b", TO_LAST)
                .node("Add", List.of("b", "bias"), "c")
                .node("Relu", List.of("c"), "d")
                .node("Pad", List.of("d", "pads"), "e")
                .node("Transpose", List.of("e"), "f", TO_FIRST)
                .node("Conv", List.of("f", "w2"), List.of("z"), SAME)
                .build();
    }

    @Test
    void an_inverse_pair_cancels_and_what_stood_between_follows_the_order() {
        ModelGraph repaired = RepairBench.kept(island(), new PushTransposes());

        assertThat(RepairBench.operators(repaired)).containsExactly("Conv", "Add", "Relu", "Pad", "Conv");
        Node add = repaired.nodes().get(1);
        assertThat(repaired.constant(add.input(1)).orElseThrow().shape()).isEqualTo(Shape.of(1, 4, 1, 1));
        assertThat(add.origin().name()).isEqualTo("Add_c");
    }

    @Test
    void in_a_quantized_graph_too() {
        ModelGraph repaired = RepairBench.kept(RepairBench.quantized(island()), new PushTransposes());

        assertThat(RepairBench.operators(repaired)).doesNotContain("Transpose").contains("QuantizeLinear");
    }

    @Test
    void several_operands_of_one_order_are_moved_once_behind() {
        ModelGraph joined = new RepairBench(13)
                .input("x", 1, 3, 6, 5)
                .output("z", 1, 6, 5, 8)
                .noise("w1", 4, 3, 1, 1)
                .noise("w2", 4, 3, 1, 1)
                .node("Conv", List.of("x", "w1"), "a")
                .node("Conv", List.of("x", "w2"), "b")
                .node("Transpose", List.of("a"), "c", TO_LAST)
                .node("Transpose", List.of("b"), "d", TO_LAST)
                .node("Concat", List.of("c", "d"), List.of("e"), Map.of("axis", Attribute.of(-1)))
                .node("Sigmoid", List.of("e"), "z")
                .build();

        ModelGraph repaired = RepairBench.kept(joined, new PushTransposes());

        assertThat(RepairBench.operators(repaired)).containsExactly("Conv", "Conv", "Concat", "Transpose", "Sigmoid");
        assertThat(repaired.nodes().get(2).intAttribute("axis", 0)).isEqualTo(1);
        assertThat(repaired.outputs().get(0).name()).isEqualTo("z");
    }

    /** Reduced over height and width of channels last: axes 1 and 2 become 2 and 3; a slice without axes gets them. */
    @Test
    void axes_follow_the_order() {
        ModelGraph axes = new RepairBench(13)
                .input("x", 1, 3, 6, 5)
                .output("z", 1, 3, 1, 1)
                .noise("w", 3, 3, 1, 1)
                .longs("starts", 0, 1, 1, 0)
                .longs("ends", 1, 5, 4, 2)
                .node("Conv", List.of("x", "w"), "a")
                .node("Transpose", List.of("a"), "b", TO_LAST)
                .node("Softmax", List.of("b"), List.of("s"), Map.of("axis", Attribute.of(-1)))
                .node(
                        "ReduceMean",
                        List.of("s"),
                        List.of("c"),
                        Map.of("axes", Attribute.ofInts(1, 2), "keepdims", Attribute.of(1)))
                .node("Slice", List.of("b", "starts", "ends"), "d")
                .node("ReduceMax", List.of("d"), List.of("m"), Map.of("axes", Attribute.ofInts(1, 2, -1)))
                .node("Mul", List.of("c", "m"), "e")
                .node("Transpose", List.of("e"), "z", TO_FIRST)
                .build();

        ModelGraph repaired = RepairBench.kept(axes, new PushTransposes());

        assertThat(RepairBench.operators(repaired)).doesNotContain("Transpose");
    }

    @Test
    void a_reshape_fixes_the_order() {
        ModelGraph head = new RepairBench(13)
                .input("x", 1, 3, 6, 5)
                .output("z", 1, 30, 4)
                .noise("w", 4, 3, 1, 1)
                .longs("rows", 1, 30, 4)
                .node("Conv", List.of("x", "w"), "a")
                .node("Transpose", List.of("a"), "b", TO_LAST)
                .node("Reshape", List.of("b", "rows"), "z")
                .build();

        assertThat(RepairBench.repair(head, new PushTransposes()).repairs()).isEmpty();
    }

    /** Trap: the sum of a tensor and its own transpose has no order of its own. */
    @Test
    void a_tensor_added_to_its_own_transpose_stays() {
        ModelGraph square = new RepairBench(13)
                .input("x", 1, 4, 4)
                .output("z", 1, 4, 4)
                .node("Relu", List.of("x"), "a")
                .node("Transpose", List.of("a"), List.of("b"), Map.of("perm", Attribute.ofInts(0, 2, 1)))
                .node("Add", List.of("a", "b"), "z")
                .build();

        assertThat(RepairBench.repair(square, new PushTransposes()).repairs()).isEmpty();
    }

    /** Trap: channel scales of a quantized constant stand on an axis that moves. */
    @Test
    void a_constant_behind_a_dequantization_is_turned_with_it() {
        ModelGraph scaled = new RepairBench(13)
                .input("x", 1, 3, 6, 5)
                .output("z", 1, 4, 6, 5)
                .noise("w", 4, 3, 1, 1)
                .constant("slope", TensorData.ofBytes(ElementType.INT8, Shape.of(4), new byte[] {10, -20, 30, 40}))
                .scalar("scale", 0.02f)
                .node("DequantizeLinear", List.of("slope", "scale"), "slopes")
                .node("Conv", List.of("x", "w"), "a")
                .node("Transpose", List.of("a"), "b", TO_LAST)
                .node("PRelu", List.of("b", "slopes"), "c")
                .node("Transpose", List.of("c"), "z", TO_FIRST)
                .build();

        ModelGraph repaired = RepairBench.kept(scaled, new PushTransposes());

        assertThat(RepairBench.operators(repaired)).containsExactlyInAnyOrder("Conv", "DequantizeLinear", "PRelu");
    }

    @Test
    void a_result_that_others_read_in_the_old_order_keeps_its_name() {
        ModelGraph both = new RepairBench(13)
                .input("x", 1, 3, 6, 5)
                .output("y", 1, 6, 5, 4)
                .output("z", 1, 4, 6, 5)
                .noise("w", 4, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "a")
                .node("Transpose", List.of("a"), "b", TO_LAST)
                .node("Relu", List.of("b"), "c")
                .node("Sigmoid", List.of("c"), "y")
                .node("Transpose", List.of("c"), "d", TO_FIRST)
                .node("Neg", List.of("d"), "z")
                .build();

        ModelGraph repaired = RepairBench.kept(both, new PushTransposes());

        assertThat(repaired.nodes().stream().filter(node -> node.is("Transpose")))
                .hasSize(1);
        assertThat(repaired.outputs().get(0).name()).isEqualTo("y");
    }
}
