// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DequantizeTest {
    private static TensorData zero16() {
        return TensorData.of(
                new TensorType(ElementType.INT16, Shape.scalar()),
                ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static TensorData zero8(int value) {
        return TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) value);
    }

    /** int8 weights on int16 activations, as TFLite's 16x8 scheme comes in; scale of the product as asked for. */
    private static ModelGraph wide(float productScale) {
        return new RepairBench(21)
                .input("x", ElementType.INT16, 1, 4, 4, 2)
                .output("z", ElementType.INT16, 1, 3, 4, 4)
                .scalar("s", 1 / 32768f)
                .scalar("ps", productScale)
                .constant("m", zero16())
                .constant("w", TensorData.ofBytes(ElementType.INT8, Shape.of(3, 2, 1, 1), new byte[] {
                    90, -70, 5, 100, -128, 127
                }))
                .constant("ws", TensorData.ofFloats(Shape.of(3), 0.01f, 0.02f, 0.005f))
                .node("Transpose", List.of("x"), "t", Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .node("DequantizeLinear", List.of("t", "s", "m"), "tf")
                .node("DequantizeLinear", List.of("w", "ws"), "wf", Map.of("axis", Attribute.of(0)))
                .node("Conv", List.of("tf", "wf"), "c")
                .node("Relu", List.of("c"), "r")
                .node("QuantizeLinear", List.of("r", "ps", "m"), "q")
                .node("DequantizeLinear", List.of("q", "ps", "m"), "qf")
                .node("Sigmoid", List.of("qf"), "g")
                .node("QuantizeLinear", List.of("g", "s", "m"), "z")
                .build();
    }

    @Test
    void wide_activations_become_float_within_a_step_of_int8() {
        RepairedGraph repaired = RepairBench.repair(wide(1 / 8192f), Dequantize.wide());

        AppliedRepair change = repaired.repairs().get(0);
        assertThat(change.kept()).as(change.outcome()).isTrue();
        assertThat(change.parity().orElseThrow().maxQuanta()).isBetween(0.5, 8.0);
        assertThat(change.contract())
                .containsExactly(
                        "input \"x\" takes FLOAT32 values, (code - 0) * 3.05175781e-05, instead of codes",
                        "output \"z\" gives FLOAT32 values, (code - 0) * 3.05175781e-05, instead of codes");
        ModelGraph graph = repaired.graph();
        assertThat(RepairBench.operators(graph)).containsExactly("Transpose", "Conv", "Relu", "Sigmoid", "Identity");
        assertThat(graph.inputs().get(0).type().element()).isEqualTo(ElementType.FLOAT32);
        assertThat(graph.constant("wf").orElseThrow().floatAt(1)).isEqualTo(-70 * 0.01f);
        assertThat(RepairBench.operators(RepairBench.quantized(graph))).contains("QuantizeLinear");
    }

    @Test
    void ranges_that_cut_values_on_which_results_depend_stay_as_clips() {
        // Products reach 1.6 and are cut at 0.25: without the cut the Sigmoid goes on rising.
        RepairedGraph repaired = RepairBench.repair(wide(0.25f / 32768f), Dequantize.wide());

        assertThat(repaired.repairs()).extracting(AppliedRepair::kept).containsExactly(false, true);
        assertThat(repaired.repairs().get(1).reason()).contains("still cut");
        assertThat(RepairBench.operators(repaired.graph()))
                .containsExactly("Transpose", "Conv", "Clip", "Sigmoid", "Clip");
    }

    @Test
    void eight_bits_go_on_request_only() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .output("z", 1, 3, 4, 4)
                .noise("w", 3, 2, 1, 1)
                .noise("b", 3)
                .node("Conv", List.of("x", "w", "b"), "c")
                .node("Relu", List.of("c"), "z")
                .build();
        ModelGraph quantized = RepairBench.quantized(graph);

        assertThat(RepairBench.repair(quantized, Dequantize.wide()).repairs()).isEmpty();
        assertThat(Dequantize.any().onRequest()).isTrue();
        RepairedGraph repaired = RepairBench.repair(quantized, Dequantize.any(), new DropIdentities());
        assertThat(repaired.repairs().get(0).kept())
                .as(repaired.repairs().get(0).outcome())
                .isTrue();
        // Seeded inputs reach corners that the four samples of the calibration did not.
        assertThat(repaired.repairs().get(0).parity().orElseThrow().maxQuanta()).isBetween(0.1, 64.0);
        assertThat(RepairBench.operators(repaired.graph())).containsExactly("Conv", "Relu");
        assertThat(RepairBench.repair(graph, Dequantize.any()).repairs()).isEmpty();
    }

    @Test
    void a_range_from_0_is_the_relu_that_a_converter_folded_into_it() {
        // No Relu in the graph: the zero point is the lowest code, so the pair cuts what is negative.
        for (float scale : new float[] {6 / 255f, 0.01f}) {
            ModelGraph graph = new RepairBench(13)
                    .input("x", 1, 8)
                    .output("z", 1, 8)
                    .scalar("s", scale)
                    .scalar("five", 5)
                    .constant("m", zero8(-128))
                    .node("Mul", List.of("x", "five"), "y")
                    .node("QuantizeLinear", List.of("y", "s", "m"), "q")
                    .node("DequantizeLinear", List.of("q", "s", "m"), "f")
                    .node("Neg", List.of("f"), "z")
                    .build();

            RepairedGraph repaired = RepairBench.repair(graph, Dequantize.any());

            boolean six = scale > 0.02;
            AppliedRepair last = repaired.repairs().get(repaired.repairs().size() - 1);
            assertThat(last.kept()).as(last.outcome()).isTrue();
            assertThat(RepairBench.operators(repaired.graph())).containsExactly("Mul", "Clip", "Neg");
            // 2.55 is not 6: values up to 10 prove that this range cuts, and only then it is kept.
            assertThat(repaired.repairs()).hasSize(six ? 1 : 2);
        }
    }

    @Test
    void a_graph_that_would_stay_half_quantized_stays() {
        ModelGraph graph = new RepairBench(13)
                .input("x", ElementType.INT8, 1, 4)
                .output("z", 1, 4)
                .output("n", 1, 4)
                .scalar("s", 0.01f)
                .constant("m", zero8(3))
                .node("DequantizeLinear", List.of("x", "s", "m"), "z")
                .node("Cast", List.of("x"), "n", Map.of("to", Attribute.of(1)))
                .build();

        assertThat(RepairBench.repair(graph, Dequantize.any()).repairs()).isEmpty();
    }
}
