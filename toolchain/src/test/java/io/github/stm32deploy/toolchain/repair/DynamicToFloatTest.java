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
import java.util.Random;
import org.junit.jupiter.api.Test;

class DynamicToFloatTest {
    private static final Map<String, Attribute> TO_FLOAT = Map.of("to", Attribute.of(1));

    private static TensorData codes(ElementType type, long... shape) {
        byte[] values = new byte[Math.toIntExact(Shape.of(shape).elements())];
        new Random(5).nextBytes(values);
        return TensorData.ofBytes(type, Shape.of(shape), values);
    }

    /** As onnxruntime.quantization.quantize_dynamic writes a convolution and a product. */
    private static ModelGraph dynamic() {
        return new RepairBench(13)
                .input("x", 1, 2, 5, 5)
                .output("z", 1, 4)
                .constant("w", codes(ElementType.UINT8, 3, 2, 3, 3))
                .constant("w_zero", TensorData.ofBytes(ElementType.UINT8, Shape.scalar(), (byte) 117))
                .scalar("w_scale", 0.01f)
                .constant("m", codes(ElementType.INT8, 27, 4))
                .constant(
                        "m_zero",
                        TensorData.ofBytes(ElementType.INT8, Shape.of(4), (byte) 0, (byte) 3, (byte) -7, (byte) 1))
                .constant("m_scale", TensorData.ofFloats(Shape.of(4), 0.01f, 0.02f, 0.005f, 0.03f))
                .longs("flat", 1, 27)
                .node("DynamicQuantizeLinear", List.of("x"), List.of("xq", "xs", "xz"), Map.of())
                .node("ConvInteger", List.of("xq", "w", "xz", "w_zero"), "ci")
                .node("Cast", List.of("ci"), "cf", TO_FLOAT)
                .node("Mul", List.of("xs", "w_scale"), "cs")
                .node("Mul", List.of("cf", "cs"), "c")
                .node("Relu", List.of("c"), "r")
                .node("Reshape", List.of("r", "flat"), "v")
                .node("DynamicQuantizeLinear", List.of("v"), List.of("vq", "vs", "vz"), Map.of())
                .node("MatMulInteger", List.of("vq", "m", "vz", "m_zero"), "mi")
                .node("Cast", List.of("mi"), "mf", TO_FLOAT)
                .node("Mul", List.of("vs", "m_scale"), "ms")
                .node("Mul", List.of("ms", "mf"), "z")
                .build();
    }

    @Test
    void chains_of_dynamic_quantization_become_float_products() {
        RepairedGraph repaired = RepairBench.repair(dynamic(), new DynamicToFloat());

        AppliedRepair change = repaired.repairs().get(0);
        assertThat(change.kept()).as(change.outcome()).isTrue();
        assertThat(change.nodes()).containsExactly("ConvInteger_ci", "MatMulInteger_mi");
        assertThat(change.parity().orElseThrow().maxRelativeError()).isBetween(1e-6, 0.02);
        assertThat(RepairBench.operators(repaired.graph())).containsExactly("Conv", "Relu", "Reshape", "MatMul");
        assertThat(RepairBench.operators(RepairBench.quantized(repaired.graph())))
                .contains("QuantizeLinear");
    }

    @Test
    void a_product_whose_result_has_another_reader_stays() {
        ModelGraph graph = dynamic();
        ModelGraph read =
                graph.toBuilder().output("mf", graph.type("mf").orElseThrow()).build();

        assertThat(RepairBench.operators(
                        RepairBench.repair(read, new DynamicToFloat()).graph()))
                .contains("MatMulInteger", "Conv")
                .doesNotContain("ConvInteger");
    }

    @Test
    void fused_operators_become_products_and_additions() {
        ModelGraph graph = new RepairBench(13)
                .opset("com.microsoft", 1)
                .input("x", 1, 6)
                .output("z", 1, 3)
                .constant("w", codes(ElementType.INT8, 6, 3))
                .scalar("s", 0.02f)
                .noise("b", 3)
                .node("DynamicQuantizeMatMul", "com.microsoft", List.of("x", "w", "s", "", "b"), List.of("z"), Map.of())
                .build();

        ModelGraph repaired = RepairBench.kept(graph, new DynamicToFloat());

        assertThat(RepairBench.operators(repaired)).containsExactly("MatMul", "Add");
        assertThat(repaired.nodes().get(0).name()).isEqualTo("DynamicQuantizeMatMul_z");
    }

    @Test
    void blocks_of_four_bits_keep_their_values() {
        for (boolean points : new boolean[] {false, true}) {
            RepairBench bench = new RepairBench(13)
                    .opset("com.microsoft", 1)
                    .input("x", 1, 48)
                    .output("z", 1, 3)
                    .constant("w", codes(ElementType.UINT8, 3, 3, 8))
                    .noise("s", 9)
                    .constant("p", codes(ElementType.UINT8, 6));
            ModelGraph graph = bench.node(
                            "MatMulNBits",
                            "com.microsoft",
                            points ? List.of("x", "w", "s", "p") : List.of("x", "w", "s"),
                            List.of("z"),
                            Map.of(
                                    "K",
                                    Attribute.of(48),
                                    "N",
                                    Attribute.of(3),
                                    "bits",
                                    Attribute.of(4),
                                    "block_size",
                                    Attribute.of(16)))
                    .build();

            assertThat(RepairBench.operators(RepairBench.kept(graph, new DynamicToFloat())))
                    .containsExactly("MatMul");
        }
    }

    @Test
    void float_and_static_graphs_stay() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 6)
                .output("z", 1, 3)
                .noise("w", 6, 3)
                .node("MatMul", List.of("x", "w"), "z")
                .build();

        assertThat(RepairBench.repair(graph, new DynamicToFloat()).repairs()).isEmpty();
        assertThat(RepairBench.repair(RepairBench.quantized(graph), new DynamicToFloat())
                        .repairs())
                .isEmpty();
    }
}
