// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import org.junit.jupiter.api.Test;

class SymmetricWeightsTest {
    private static final float SCALE = 0.01f;

    /** Two channels of two weights under zero point 40: the second one, -100 - 40, does not fit without its own scale. */
    private static ModelGraph graph(int wide) {
        return new RepairBench(13)
                .input("x", 1, 2, 3, 3)
                .output("z", 1, 2, 3, 3)
                .scalar("s", 0.02f)
                .scalar("ws", SCALE)
                .scalar("bs", 0.02f * SCALE)
                .scalar("ys", 0.05f)
                .constant("m", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0))
                .constant("wz", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 40))
                .constant(
                        "w",
                        TensorData.ofBytes(
                                ElementType.INT8, Shape.of(2, 2, 1, 1), (byte) 100, (byte) -80, (byte) wide, (byte) 90))
                .constant("b", TensorData.ofInts(Shape.of(2), 3000, -1234))
                .node("QuantizeLinear", List.of("x", "s", "m"), "q")
                .node("DequantizeLinear", List.of("q", "s", "m"), "f")
                .node("DequantizeLinear", List.of("w", "ws", "wz"), "wf")
                .node("DequantizeLinear", List.of("b", "bs"), "bf")
                .node("Conv", List.of("f", "wf", "bf"), "c")
                .node("QuantizeLinear", List.of("c", "ys", "m"), "p")
                .node("DequantizeLinear", List.of("p", "ys", "m"), "z")
                .build();
    }

    private static Node conv(ModelGraph graph) {
        return graph.nodes().stream()
                .filter(node -> node.is("Conv"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_channel_that_fits_keeps_its_scale_and_a_wider_one_gets_its_own() {
        ModelGraph symmetric = RepairBench.kept(graph(-100), new SymmetricWeights());

        Node weights = symmetric.producer(conv(symmetric).input(1)).orElseThrow();
        assertThat(symmetric.constant(weights.input(0)).orElseThrow().toInts()).containsExactly(60, -120, -127, 45);
        assertThat(symmetric.constant(weights.input(1)).orElseThrow().toFloats())
                .containsExactly(SCALE, 140 * SCALE / 127);
        assertThat(symmetric.constant(weights.input(2)).orElseThrow().toLongs()).containsOnly(0);
        Node bias = symmetric.producer(conv(symmetric).input(2)).orElseThrow();
        // The bias is the same number in units of the new scale.
        assertThat(symmetric.constant(bias.input(0)).orElseThrow().toInts())
                .containsExactly(3000, (int) Math.rint(-1234 * 127 / 140.0));
    }

    @Test
    void where_all_channels_fit_nothing_is_rounded() {
        RepairedGraph repaired = RepairBench.repair(graph(-80), new SymmetricWeights());

        assertThat(repaired.repairs()).hasSize(1);
        assertThat(repaired.repairs().get(0).kept()).isTrue();
        assertThat(repaired.repairs().get(0).reason()).contains("no channels are too wide");
        assertThat(repaired.repairs().get(0).parity().orElseThrow().differing()).isZero();
    }

    @Test
    void symmetric_weights_stay_with_one_scale_or_many_and_float_graphs_too() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 2, 3, 3)
                .output("z", 1, 3, 3, 3)
                .noise("w", 3, 2, 1, 1)
                .node("Conv", List.of("x", "w"), "z")
                .build();

        assertThat(RepairBench.repair(graph, new SymmetricWeights()).repairs()).isEmpty();
        assertThat(RepairBench.repair(RepairBench.quantized(graph), new SymmetricWeights())
                        .repairs())
                .isEmpty();
    }
}
