// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConstantChoiceTest {
    private static final int SIZE = 32;

    private static TensorData condition(int period) {
        byte[] values = new byte[SIZE * SIZE];
        for (int index = 0; index < values.length; index++) {
            values[index] = (byte) (index % period == 0 ? 1 : 0);
        }
        return TensorData.ofBytes(ElementType.BOOL, Shape.of(1, 1, SIZE, SIZE), values);
    }

    private static RepairBench maps() {
        return new RepairBench(13)
                .input("x", 1, 3, SIZE, SIZE)
                .noise("w", 8, 3, 1, 1)
                .noise("v", 8, 3, 1, 1)
                .constant("low", TensorData.ofFloats(Shape.scalar(), -2))
                .constant("none", TensorData.ofFloats(Shape.scalar(), 0))
                .constant("endless", TensorData.ofFloats(Shape.scalar(), Float.NEGATIVE_INFINITY))
                .constant("c", condition(3))
                .constant("always", condition(1))
                .node("Conv", List.of("x", "w"), "a")
                .node("Conv", List.of("x", "v"), "b")
                .output("z", 1, 8, SIZE, SIZE);
    }

    private static ModelGraph choosing(String condition, String first, String second) {
        return maps().node("Where", List.of(condition, first, second), "y")
                .node("Relu", List.of("y"), "z")
                .build();
    }

    /** The quantizer leaves Where in float; here it stands between pairs, as other tools write it. */
    private static ModelGraph quantized(ModelGraph graph) {
        ModelGraph pairs = RepairBench.quantized(graph.toBuilder()
                .replaceNodes(graph.nodes().stream()
                        .map(node -> node.is("Where")
                                ? new Node(
                                        node.name(),
                                        "Add",
                                        "",
                                        node.inputs().subList(1, 3),
                                        node.outputs(),
                                        Map.of(),
                                        node.origin())
                                : node)
                        .toList())
                .build());
        List<Node> nodes = new ArrayList<>();
        for (Node node : pairs.nodes()) {
            List<String> inputs = new ArrayList<>(node.inputs());
            inputs.add(0, "c");
            nodes.add(
                    node.is("Add")
                            ? new Node(
                                    node.name(),
                                    "Where",
                                    "",
                                    inputs,
                                    node.outputs(),
                                    Map.of(),
                                    new Origin("Where", node.name(), 0))
                            : node);
        }
        return ShapeInference.infer(pairs.toBuilder()
                .constant("c", condition(3))
                .replaceNodes(nodes)
                .build());
    }

    @Test
    void a_condition_that_is_always_true_leaves_one_operand() {
        ModelGraph repaired = RepairBench.kept(choosing("always", "a", "b"), new ConstantChoice());

        assertThat(RepairBench.operators(repaired)).containsExactly("Conv", "Identity", "Relu");
    }

    @Test
    void a_mask_chooses_between_two_maps() {
        RepairedGraph repaired = RepairBench.repair(choosing("c", "a", "b"), new ConstantChoice());

        assertThat(RepairBench.operators(repaired.graph()))
                .doesNotContain("Where")
                .contains("Mul", "Add");
        assertThat(repaired.repairs())
                .singleElement()
                .satisfies(one ->
                        assertThat(one.parity().orElseThrow().differing()).isZero());
    }

    @Test
    void a_mask_chooses_between_integers_of_two_scales() {
        ModelGraph graph = quantized(choosing("c", "a", "b"));
        assertThat(RepairBench.operators(graph)).contains("Where");

        ModelGraph repaired = RepairBench.kept(graph, new ConstantChoice());

        assertThat(RepairBench.operators(repaired)).doesNotContain("Where");
    }

    @Test
    void a_number_beside_a_map_is_put_into_the_mask_and_zeros_vanish() {
        ModelGraph number = RepairBench.kept(choosing("c", "a", "low"), new ConstantChoice());
        ModelGraph zeros = RepairBench.kept(choosing("c", "none", "b"), new ConstantChoice());

        assertThat(RepairBench.operators(number)).contains("Mul", "Add").doesNotContain("Where");
        assertThat(RepairBench.operators(zeros)).contains("Mul").doesNotContain("Where", "Add");
    }

    /** Traps: infinity times 0 is no number; a condition that is computed may change. */
    @Test
    void infinities_and_computed_conditions_stay() {
        ModelGraph computed = maps().node("Less", List.of("a", "b"), "d")
                .node("Where", List.of("d", "a", "b"), "y")
                .node("Relu", List.of("y"), "z")
                .build();

        assertThat(RepairBench.repair(choosing("c", "a", "endless"), new ConstantChoice())
                        .repairs())
                .isEmpty();
        assertThat(RepairBench.repair(computed, new ConstantChoice()).repairs()).isEmpty();
        assertThat(new ConstantChoice().answers()).containsExactly("OP-WHERE");
    }
}
