// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class WeightsToFloatTest {
    private static TensorData bytes(ElementType type, Shape shape) {
        byte[] values = new byte[Math.toIntExact(shape.elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = (byte) (index * 37 + 11);
        }
        return TensorData.ofBytes(type, shape, values);
    }

    /** A convolution with int8 weights, one scale for each channel, and a product with uint8 weights and a zero point. */
    private static ModelGraph hybrid() {
        return new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .output("z", 1, 5)
                .constant("w", bytes(ElementType.INT8, Shape.of(3, 2, 1, 1)))
                .constant("w_scale", TensorData.ofFloats(Shape.of(3), 0.01f, 0.02f, 0.5f))
                .constant("m", bytes(ElementType.UINT8, Shape.of(48, 5)))
                .scalar("m_scale", 0.003f)
                .constant("m_zero", TensorData.ofBytes(ElementType.UINT8, Shape.scalar(), (byte) 131))
                .longs("flat", 1, 48)
                .node("DequantizeLinear", List.of("w", "w_scale"), "wf", Map.of("axis", Attribute.of(0)))
                .node("Conv", List.of("x", "wf"), "a")
                .node("Relu", List.of("a"), "b")
                .node("Reshape", List.of("b", "flat"), "c")
                .node("DequantizeLinear", List.of("m", "m_scale", "m_zero"), "mf")
                .node("MatMul", List.of("c", "mf"), "z")
                .build();
    }

    @Test
    void integer_weights_become_float_constants_with_the_same_results() {
        ModelGraph graph = RepairBench.kept(hybrid(), new WeightsToFloat());

        assertThat(RepairBench.operators(graph)).containsExactly("Conv", "Relu", "Reshape", "MatMul");
        assertThat(graph.constants()).doesNotContainKeys("w", "m", "w_scale");
        // Index 6 of the codes: 6 * 37 + 11 = 233.
        assertThat(graph.constant("mf").orElseThrow().floatAt(6)).isEqualTo((233 - 131) * 0.003f);
    }

    @Test
    void the_result_can_be_quantized() {
        assertThat(RepairBench.operators(RepairBench.quantized(RepairBench.kept(hybrid(), new WeightsToFloat()))))
                .contains("QuantizeLinear");
    }

    @Test
    void blocks_of_int4_have_their_own_scales() {
        ModelGraph graph = new RepairBench(21)
                .input("x", 1, 4)
                .output("z", 1, 3)
                .constant(
                        "w",
                        TensorData.ofBytes(
                                ElementType.INT4,
                                Shape.of(4, 3),
                                (byte) 0x7F,
                                (byte) 0x21,
                                (byte) 0x83,
                                (byte) 0x45,
                                (byte) 0x6A,
                                (byte) 0x90))
                .noise("s", 2, 3)
                .node(
                        "DequantizeLinear",
                        List.of("w", "s"),
                        "wf",
                        Map.of("axis", Attribute.of(0), "block_size", Attribute.of(2)))
                .node("MatMul", List.of("x", "wf"), "z")
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new WeightsToFloat())))
                .containsExactly("MatMul");
    }

    @Test
    void weights_of_a_quantized_network_stay_integers_with_one_scale_or_many() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .output("z", 1, 3, 4, 4)
                .noise("w", 3, 2, 1, 1)
                .node("Conv", List.of("x", "w"), "z")
                .build();

        assertThat(RepairBench.repair(RepairBench.quantized(graph), new WeightsToFloat())
                        .repairs())
                .isEmpty();
        assertThat(RepairBench.repair(graph, new WeightsToFloat()).repairs()).isEmpty();
    }
}
