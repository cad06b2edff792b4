// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QOperatorToQdqTest {
    private static final String MICROSOFT = "com.microsoft";
    private static final Map<String, Attribute> NONE = Map.of();

    private static TensorData codes(ElementType type, long... shape) {
        byte[] values = new byte[Math.toIntExact(Shape.of(shape).elements())];
        new Random(5).nextBytes(values);
        return TensorData.ofBytes(type, Shape.of(shape), values);
    }

    private static TensorData zero(ElementType type, int value) {
        return TensorData.ofBytes(type, Shape.scalar(), (byte) value);
    }

    /** Parameters s1, z1 (0.02, 3) to s3, z3 of one type, weights w (3x2x3x3, one scale a channel) and a bias. */
    private static RepairBench bench(int opset, ElementType type) {
        int middle = type == ElementType.UINT8 ? 128 : 0;
        return new RepairBench(opset)
                .opset(MICROSOFT, 1)
                .input("x", 1, 2, 6, 6)
                .scalar("s1", 0.02f)
                .scalar("s2", 0.15f)
                .scalar("s3", 0.11f)
                .constant("z1", zero(type, middle + 3))
                .constant("z2", zero(type, middle - 5))
                .constant("z3", zero(type, middle))
                .constant("w", codes(ElementType.INT8, 3, 2, 3, 3))
                .constant("ws", TensorData.ofFloats(Shape.of(3), 0.01f, 0.005f, 0.02f))
                .constant("wz", TensorData.ofBytes(ElementType.INT8, Shape.of(3), (byte) 0, (byte) 0, (byte) 0))
                .constant("bias", TensorData.ofInts(Shape.of(3), 4000, -2500, 17))
                .node("QuantizeLinear", List.of("x", "s1", "z1"), "xq")
                .node("QLinearConv", List.of("xq", "s1", "z1", "w", "ws", "wz", "s2", "z2", "bias"), "c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"UINT8", "INT8"})
    void a_convolution_gets_dequantized_inputs_weights_and_bias(String type) {
        ModelGraph graph = bench(10, ElementType.valueOf(type))
                .output("z", 1, 3, 4, 4)
                .node("DequantizeLinear", List.of("c", "s2", "z2"), "z")
                .build();

        RepairedGraph repaired = RepairBench.repair(graph, new QOperatorToQdq());

        assertThat(repaired.repairs().get(0).kept())
                .as(repaired.repairs().get(0).outcome())
                .isTrue();
        assertThat(repaired.repairs().get(0).parity().orElseThrow().maxQuanta()).isLessThanOrEqualTo(1.001);
        assertThat(RepairBench.operators(repaired.graph()))
                .containsExactlyInAnyOrder(
                        "QuantizeLinear",
                        "DequantizeLinear",
                        "DequantizeLinear",
                        "DequantizeLinear",
                        "Conv",
                        "QuantizeLinear",
                        "DequantizeLinear");
        Node conv = repaired.graph().nodes().stream()
                .filter(node -> node.is("Conv"))
                .findFirst()
                .orElseThrow();
        assertThat(conv.name()).isEqualTo("QLinearConv_c");
        Node bias = repaired.graph().producer(conv.input(2)).orElseThrow();
        assertThat(repaired.graph().constant(bias.input(1)).orElseThrow().toFloats())
                .containsExactly(0.02f * 0.01f, 0.02f * 0.005f, 0.02f * 0.02f);
        assertThat(repaired.graph().opset()).isEqualTo(13);
    }

    @Test
    void operators_of_onnx_runtime_are_taken_apart() {
        ModelGraph graph = bench(13, ElementType.UINT8)
                .constant("g", codes(ElementType.INT8, 4, 3))
                .scalar("gs", 0.01f)
                .constant("gz", zero(ElementType.INT8, 0))
                .constant("gb", TensorData.ofInts(Shape.of(4), 900, -700, 50, 0))
                .longs("flat", 1, 3)
                .output("z", 1, 4)
                .node("MaxPool", List.of("c"), "p", Map.of("kernel_shape", Attribute.ofInts(2, 2)))
                .node("QLinearSigmoid", MICROSOFT, List.of("p", "s2", "z2", "s1", "z1"), List.of("s"), NONE)
                .node(
                        "QLinearMul",
                        MICROSOFT,
                        List.of("p", "s2", "z2", "s", "s1", "z1", "s3", "z3"),
                        List.of("m"),
                        NONE)
                .node(
                        "QLinearAdd",
                        MICROSOFT,
                        List.of("m", "s3", "z3", "p", "s2", "z2", "s2", "z2"),
                        List.of("a"),
                        NONE)
                .node(
                        "QLinearLeakyRelu",
                        MICROSOFT,
                        List.of("a", "s2", "z2", "s3", "z3"),
                        List.of("l"),
                        Map.of("alpha", Attribute.of(0.1f)))
                .node(
                        "QLinearConcat",
                        MICROSOFT,
                        List.of("s2", "z2", "l", "s3", "z3", "p", "s2", "z2"),
                        List.of("k"),
                        Map.of("axis", Attribute.of(2)))
                .node(
                        "QLinearAveragePool",
                        MICROSOFT,
                        List.of("k", "s2", "z2", "s2", "z2"),
                        List.of("v"),
                        Map.of("kernel_shape", Attribute.ofInts(2, 2), "channels_last", Attribute.of(0)))
                .node(
                        "QLinearGlobalAveragePool",
                        MICROSOFT,
                        List.of("v", "s2", "z2", "s3", "z3"),
                        List.of("o"),
                        Map.of("channels_last", Attribute.of(0)))
                .node("Reshape", List.of("o", "flat"), "f")
                .node(
                        "QGemm",
                        MICROSOFT,
                        List.of("f", "s3", "z3", "g", "gs", "gz", "gb", "s1", "z1"),
                        List.of("q"),
                        Map.of("transB", Attribute.of(1), "alpha", Attribute.of(1f)))
                .node("DequantizeLinear", List.of("q", "s1", "z1"), "z")
                .build();

        ModelGraph repaired = RepairBench.kept(graph, new QOperatorToQdq(), new PairsAroundMoves());

        List<String> computing = new ArrayList<>(RepairBench.operators(repaired));
        computing.removeAll(List.of("QuantizeLinear", "DequantizeLinear"));
        assertThat(computing)
                .containsExactlyInAnyOrder(
                        "Conv",
                        "MaxPool",
                        "Sigmoid",
                        "Mul",
                        "Add",
                        "LeakyRelu",
                        "Concat",
                        "AveragePool",
                        "GlobalAveragePool",
                        "Reshape",
                        "Gemm");
        assertThat(repaired.nodes()).allMatch(node -> node.domain().isEmpty());
        // The maximum is taken between a pair of its own, not on bare codes.
        assertThat(repaired.nodes())
                .filteredOn(node -> node.is("MaxPool"))
                .allMatch(node -> repaired.producer(node.input(0)).orElseThrow().is("DequantizeLinear"));
    }

    @Test
    void products_under_constant_scales_get_their_factor_back() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 2, 6)
                .output("z", 2, 3)
                .scalar("s", 0.02f)
                .constant("z0", zero(ElementType.UINT8, 100))
                .constant("w", codes(ElementType.UINT8, 6, 3))
                .constant("wz", zero(ElementType.UINT8, 120))
                .constant("factor", TensorData.ofFloats(Shape.of(3), 0.0002f, 0.0004f, 0.001f))
                .node("QuantizeLinear", List.of("x", "s", "z0"), "xq")
                .node("MatMulInteger", List.of("xq", "w", "z0", "wz"), "i")
                .node("Cast", List.of("i"), "f", Map.of("to", Attribute.of(1)))
                .node("Mul", List.of("f", "factor"), "z")
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, new QOperatorToQdq())))
                .containsExactlyInAnyOrder("QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "MatMul");
    }

    @Test
    void computed_scales_and_channels_last_stay() {
        ModelGraph graph = bench(13, ElementType.UINT8)
                .output("z", ElementType.UINT8, 1, 1, 1, 4)
                .node(
                        "QLinearGlobalAveragePool",
                        MICROSOFT,
                        List.of("c", "s2", "z2", "s3", "z3"),
                        List.of("z"),
                        Map.of("channels_last", Attribute.of(1)))
                .build();

        assertThat(RepairBench.operators(
                        RepairBench.repair(graph, new QOperatorToQdq()).graph()))
                .contains("QLinearGlobalAveragePool", "Conv");
    }

    @Test
    void float_and_qdq_graphs_stay() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 2, 6, 6)
                .output("z", 1, 3, 6, 6)
                .noise("w", 3, 2, 1, 1)
                .node("Conv", List.of("x", "w"), "z")
                .build();

        assertThat(RepairBench.repair(graph, new QOperatorToQdq()).repairs()).isEmpty();
        assertThat(RepairBench.repair(RepairBench.quantized(graph), new QOperatorToQdq())
                        .repairs())
                .isEmpty();
    }
}
