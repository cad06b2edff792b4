// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.OnnxTypeNumbers;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WidenHalvesTest {
    private static final long HALF = OnnxTypeNumbers.of(ElementType.FLOAT16);
    private static final long SINGLE = OnnxTypeNumbers.of(ElementType.FLOAT32);

    /** Multiples of 1/64 in -1..1, exact in every format. */
    private static TensorData halves(long... shape) {
        Shape size = Shape.of(shape);
        Random random = new Random(3);
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(size.elements() * 2)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            int bits = Float.floatToIntBits((random.nextInt(127) + 1) / 128f);
            bytes.putShort((short) ((bits >> 23) - 112 << 10 | bits >> 13 & 0x3FF | random.nextInt(2) << 15));
        }
        return TensorData.of(new TensorType(ElementType.FLOAT16, size), bytes.flip());
    }

    /** float16 from input to output, with one part computed in float32. */
    private static ModelGraph half() {
        return new RepairBench(17)
                .input("x", ElementType.FLOAT16, 1, 2, 6, 6)
                .output("z", ElementType.FLOAT16, 1, 3, 6, 6)
                .constant("w", halves(3, 2, 1, 1))
                .node("Conv", List.of("x", "w"), "a")
                .node("Cast", List.of("a"), "b", Map.of("to", Attribute.of(SINGLE)))
                .node("Sigmoid", List.of("b"), "c")
                .node("Cast", List.of("c"), "d", Map.of("to", Attribute.of(HALF)))
                .node("Add", List.of("a", "d"), "z")
                .build();
    }

    @Test
    void weights_inputs_outputs_and_casts_become_float32_with_the_same_values() {
        RepairedGraph repaired = RepairBench.repair(half(), new WidenHalves());

        AppliedRepair change = repaired.repairs().get(0);
        assertThat(change.kept()).as(change.outcome()).isTrue();
        assertThat(change.parity().orElseThrow().maxRelativeError()).isBetween(1e-9, 2e-3);
        assertThat(change.contract())
                .containsExactly(
                        "input \"x\" takes FLOAT32 values instead of FLOAT16",
                        "output \"z\" gives FLOAT32 values instead of FLOAT16");
        ModelGraph graph = repaired.graph();
        assertThat(graph.types().values()).allMatch(type -> type.element() == ElementType.FLOAT32);
        assertThat(graph.constant("w").orElseThrow().toFloats())
                .isEqualTo(halves(3, 2, 1, 1).toFloats());
        assertThat(graph.constant("w").orElseThrow().element()).isEqualTo(ElementType.FLOAT32);
        assertThat(graph.nodes())
                .filteredOn(node -> node.is("Cast"))
                .allMatch(node -> node.intAttribute("to", 0) == SINGLE);
    }

    @Test
    void the_result_can_be_quantized() {
        ModelGraph graph = RepairBench.kept(half(), new WidenHalves(), new DropIdentities());

        assertThat(RepairBench.operators(RepairBench.quantized(graph))).contains("QuantizeLinear", "Conv");
    }

    @Test
    void subgraphs_are_widened_too() {
        ModelGraph then = new RepairBench(17)
                .output("p", ElementType.FLOAT16, 1, 4)
                .node("Cast", List.of("f"), "p", Map.of("to", Attribute.of(HALF)))
                .build();
        ModelGraph otherwise = new RepairBench(17)
                .output("q", ElementType.FLOAT16, 1, 4)
                .constant("q", halves(1, 4))
                .build();
        ModelGraph graph = new RepairBench(17)
                .input("x", 1, 4)
                .input("c", ElementType.BOOL, 1)
                .output("z", ElementType.FLOAT16, 1, 4)
                .node("Relu", List.of("x"), "f")
                .node(
                        "If",
                        List.of("c"),
                        "z",
                        Map.of(
                                "then_branch",
                                new Attribute.GraphValue(then),
                                "else_branch",
                                new Attribute.GraphValue(otherwise)))
                .build();

        ModelGraph wide = RepairBench.kept(graph, new WidenHalves());

        assertThat(wide.outputs().get(0).type().element()).isEqualTo(ElementType.FLOAT32);
    }

    @Test
    void what_the_reader_has_widened_is_no_longer_called_float16() {
        ModelGraph read = new RepairBench(17)
                        .input("x", 1, 4)
                        .output("z", 1, 4)
                        .noise("w", 1, 4)
                        .node("Mul", List.of("x", "w"), "z")
                        .build()
                        .toBuilder()
                        .widened("w")
                        .build();

        RepairedGraph repaired = RepairBench.repair(read, new WidenHalves());

        assertThat(repaired.graph().widened()).isEmpty();
        assertThat(repaired.repairs().get(0).nodes()).containsExactly("w");
        assertThat(repaired.repairs().get(0).parity().orElseThrow().differing()).isZero();
    }

    @Test
    void a_float32_graph_stays_as_it_is_and_a_quantized_one_too() {
        ModelGraph graph = new RepairBench(17)
                .input("x", 1, 4)
                .output("z", 1, 4)
                .node("Relu", List.of("x"), "z")
                .build();

        assertThat(RepairBench.repair(graph, new WidenHalves()).repairs()).isEmpty();
        assertThat(RepairBench.repair(RepairBench.quantized(graph), new WidenHalves())
                        .repairs())
                .isEmpty();
        assertThat(WidenHalves.toBinary32(graph)).isSameAs(graph);
    }
}
