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

class UnsignedToSignedTest {
    private static TensorData zero(ElementType type, int value) {
        return TensorData.ofBytes(type, Shape.scalar(), (byte) value);
    }

    private static TensorData codes(long... shape) {
        byte[] values = new byte[Math.toIntExact(Shape.of(shape).elements())];
        new Random(5).nextBytes(values);
        return TensorData.ofBytes(ElementType.UINT8, Shape.of(shape), values);
    }

    /** As an old TFLite file comes in: uint8 from input to output, weights with a zero point. */
    private static RepairBench unsigned() {
        return new RepairBench(13)
                .input("x", ElementType.UINT8, 1, 4, 4, 2)
                .output("z", ElementType.UINT8, 1, 3, 4, 4)
                .scalar("s", 1 / 128f)
                .constant("m", zero(ElementType.UINT8, 128))
                .constant("w", codes(3, 2, 3, 3))
                .constant("wz", zero(ElementType.UINT8, 157))
                .node("Transpose", List.of("x"), "t", Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .node("DequantizeLinear", List.of("t", "s", "m"), "tf")
                .node("DequantizeLinear", List.of("w", "s", "wz"), "wf")
                .node("Conv", List.of("tf", "wf"), "c", Map.of("pads", Attribute.ofInts(1, 1, 1, 1)))
                .scalar("cs", 0.06f)
                .constant("cz", zero(ElementType.UINT8, 101));
    }

    @Test
    void codes_and_zero_points_are_128_less_everywhere_and_the_reals_the_same() {
        ModelGraph graph = unsigned()
                .node("QuantizeLinear", List.of("c", "cs", "cz"), "q")
                .node("MaxPool", List.of("q"), "z", Map.of("kernel_shape", Attribute.ofInts(1, 1)))
                .build();

        RepairedGraph repaired = RepairBench.repair(graph, new UnsignedToSigned());

        AppliedRepair change = repaired.repairs().get(0);
        assertThat(change.kept()).as(change.outcome()).isTrue();
        assertThat(change.parity().orElseThrow().differing()).isZero();
        assertThat(change.contract())
                .containsExactly(
                        "input \"x\" takes INT8 codes: the UINT8 code minus 128 (its top bit flipped)",
                        "output \"z\" gives INT8 codes: the UINT8 code minus 128, under a zero point that is 128 less");
        ModelGraph signed = repaired.graph();
        assertThat(signed.types().values()).noneMatch(type -> type.element() == ElementType.UINT8);
        assertThat(signed.constants().values()).noneMatch(data -> data.element() == ElementType.UINT8);
        assertThat(signed.constant("wz/signed").orElseThrow().integerAt(0)).isEqualTo(157 - 128);
        assertThat(signed.constant("w").orElseThrow().integerAt(3))
                .isEqualTo(codes(3, 2, 3, 3).integerAt(3) - 128);
    }

    @Test
    void a_missing_zero_point_was_0_and_becomes_minus_128() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 8)
                .output("z", 1, 8)
                .scalar("s", 0.01f)
                .node("QuantizeLinear", List.of("x", "s"), "q")
                .node("DequantizeLinear", List.of("q", "s"), "z")
                .build();

        ModelGraph signed = RepairBench.kept(graph, new UnsignedToSigned());

        assertThat(signed.type("q").orElseThrow().element()).isEqualTo(ElementType.INT8);
        assertThat(signed.nodes())
                .allMatch(node -> signed.constant(node.input(2)).orElseThrow().integerAt(0) == -128);
    }

    @Test
    void the_fill_of_a_pad_is_a_code_too() {
        for (boolean stated : new boolean[] {true, false}) {
            RepairBench bench = new RepairBench(13)
                    .input("x", 1, 8)
                    .output("z", 1, 10)
                    .scalar("s", 0.01f)
                    .constant("m", zero(ElementType.UINT8, 90))
                    .constant("fill", zero(ElementType.UINT8, 90))
                    .longs("pads", 0, 1, 0, 1)
                    .node("QuantizeLinear", List.of("x", "s", "m"), "q")
                    .node("Pad", stated ? List.of("q", "pads", "fill") : List.of("q", "pads"), "p");
            ModelGraph graph =
                    bench.node("DequantizeLinear", List.of("p", "s", "m"), "z").build();

            assertThat(RepairBench.kept(graph, new UnsignedToSigned())
                            .type("p")
                            .orElseThrow()
                            .element())
                    .isEqualTo(ElementType.INT8);
        }
    }

    @Test
    void int4_weights_are_packed_and_follow() {
        ModelGraph graph = new RepairBench(21)
                .input("x", 1, 2)
                .output("z", 1, 3)
                .scalar("s", 0.1f)
                .constant("w", TensorData.ofBytes(ElementType.UINT4, Shape.of(2, 3), (byte) 0x1F, (byte) 0x80, (byte)
                        0x7A))
                .constant("wz", TensorData.ofBytes(ElementType.UINT4, Shape.scalar(), (byte) 7))
                .node("DequantizeLinear", List.of("w", "s", "wz"), "wf")
                .node("MatMul", List.of("x", "wf"), "z")
                .build();

        assertThat(RepairBench.kept(graph, new UnsignedToSigned())
                        .constant("w")
                        .orElseThrow()
                        .element())
                .isEqualTo(ElementType.INT4);
    }

    @Test
    void bytes_that_are_numbers_of_their_own_stay() {
        // A picture that is cast has no scale; codes that something else reads as numbers keep them.
        ModelGraph picture = new RepairBench(13)
                .input("x", ElementType.UINT8, 1, 4)
                .output("z", 1, 4)
                .node("Cast", List.of("x"), "f", Map.of("to", Attribute.of(1)))
                .node("Relu", List.of("f"), "z")
                .build();
        ModelGraph counted = unsigned()
                .node("QuantizeLinear", List.of("c", "cs", "cz"), "z")
                .output("n", 1, 3, 4, 4)
                .node("Cast", List.of("z"), "n", Map.of("to", Attribute.of(1)))
                .build();

        assertThat(RepairBench.repair(picture, new UnsignedToSigned()).repairs())
                .isEmpty();
        ModelGraph signed = RepairBench.kept(counted, new UnsignedToSigned());
        assertThat(signed.type("z").orElseThrow().element()).isEqualTo(ElementType.UINT8);
        assertThat(signed.type("t").orElseThrow().element()).isEqualTo(ElementType.INT8);
    }

    @Test
    void float_and_signed_graphs_stay() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 2, 6, 6)
                .output("z", 1, 3, 6, 6)
                .noise("w", 3, 2, 1, 1)
                .node("Conv", List.of("x", "w"), "z")
                .build();

        assertThat(RepairBench.repair(graph, new UnsignedToSigned()).repairs()).isEmpty();
        assertThat(RepairBench.repair(RepairBench.quantized(graph), new UnsignedToSigned())
                        .repairs())
                .isEmpty();
    }
}
