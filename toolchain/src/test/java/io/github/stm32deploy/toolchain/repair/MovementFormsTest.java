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

class MovementFormsTest {
    private static ModelGraph gathered(long... indices) {
        return new RepairBench(13)
                .input("x", 1, 3, 16, 16)
                .output("y", 1, 4, 16)
                .output("z", 1, 4, indices.length, 16)
                .noise("w", 4, 3, 1, 1)
                .constant("one", TensorData.ofLongs(Shape.scalar(), -3))
                .longs("several", indices)
                .node("Conv", List.of("x", "w"), "a")
                .node("Gather", List.of("a", "one"), "b", Map.of("axis", Attribute.of(2)))
                .node("Gather", List.of("a", "several"), "c", Map.of("axis", Attribute.of(-2)))
                .node("Relu", List.of("b"), "y")
                .node("Relu", List.of("c"), "z")
                .build();
    }

    @Test
    void neighbouring_rows_are_sliced_on_a_float_graph_and_between_integers() {
        ModelGraph floats = RepairBench.kept(gathered(2, 3, 4), new GatherToSlice());
        ModelGraph integers = RepairBench.kept(RepairBench.quantized(gathered(2, 3, 4)), new GatherToSlice());

        assertThat(RepairBench.operators(floats)).doesNotContain("Gather").contains("Slice", "Reshape");
        assertThat(RepairBench.operators(integers)).doesNotContain("Gather");
    }

    @Test
    void rows_in_another_order_stay_gathered() {
        ModelGraph repaired = RepairBench.kept(gathered(2, 4, 3), new GatherToSlice());

        assertThat(RepairBench.operators(repaired)).contains("Gather", "Slice");
    }

    private static ModelGraph joined(long first, long second) {
        return new RepairBench(13)
                .input("x", 1, 3, 32, 32)
                .output("z", 1, first + second, 32, 32)
                .noise("w", first, 3, 1, 1)
                .noise("v", second, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "a")
                .node("Conv", List.of("x", "v"), "b")
                .node("Concat", List.of("a", "b"), "c", Map.of("axis", Attribute.of(1)))
                .node("Relu", List.of("c"), "z")
                .build();
    }

    @Test
    void unequal_parts_are_cut_into_equal_ones_where_that_is_faster() {
        ModelGraph graph = joined(16, 32);

        RepairedGraph repaired = RepairBench.repair(graph, new EqualParts());

        double before = PlacedCost.of(graph, RepairBench.TARGET.sdk()).micros();
        double after = PlacedCost.of(repaired.graph(), RepairBench.TARGET.sdk()).micros();
        assertThat(repaired.repairs()).allSatisfy(one -> assertThat(one.kept()).isTrue());
        assertThat(after).isLessThanOrEqualTo(before);
    }

    @Test
    void equal_parts_and_parts_without_a_common_size_stay() {
        assertThat(RepairBench.repair(joined(16, 16), new EqualParts()).repairs())
                .isEmpty();
        assertThat(RepairBench.repair(joined(17, 32), new EqualParts()).repairs())
                .isEmpty();
    }

    private static RepairBench arithmetic() {
        return new RepairBench(13)
                .input("x", 1, 3, 16, 16)
                .output("z", 1, 4, 16, 16)
                .noise("w", 4, 3, 1, 1)
                .noise("c", 1, 4, 16, 16)
                .scalar("two", 2)
                .node("Conv", List.of("x", "w"), "a");
    }

    private static ModelGraph forms() {
        return arithmetic()
                .node("Pow", List.of("a", "two"), "p")
                .node("Sub", List.of("c", "p"), "s")
                .node("Relu", List.of("s"), "z")
                .build();
    }

    @Test
    void a_square_is_a_product_and_a_constant_minus_a_map_is_a_sum() {
        ModelGraph repaired = RepairBench.kept(forms(), new ArithmeticForms());

        assertThat(RepairBench.operators(repaired)).containsExactly("Conv", "Mul", "Neg", "Add", "Relu");
    }

    /** The mirrored zero point is -z - 1, not -z: with -z the lowest code would have no counterpart. */
    @Test
    void between_integers_no_code_differs() {
        ModelGraph quantized = RepairBench.quantized(arithmetic()
                .node("Sub", List.of("c", "a"), "s")
                .node("Relu", List.of("s"), "z")
                .build());

        RepairedGraph repaired = RepairBench.repair(quantized, new ArithmeticForms());

        assertThat(repaired.repairs()).singleElement().satisfies(one -> {
            assertThat(one.kept()).as(one.outcome()).isTrue();
            assertThat(one.parity().orElseThrow().differing()).isZero();
        });
        assertThat(RepairBench.operators(repaired.graph())).contains("Neg").doesNotContain("Sub");
    }

    @Test
    void a_map_minus_a_constant_stays() {
        ModelGraph graph = arithmetic().node("Sub", List.of("a", "c"), "z").build();

        assertThat(RepairBench.repair(graph, new ArithmeticForms()).repairs()).isEmpty();
    }

    /** Dilation 2 as TensorFlow exports it: 9 rows padded by 2 and 3 to 14, one of them cut off again. */
    private static RepairBench batches() {
        return new RepairBench(13)
                .input("x", 1, 9, 8, 3)
                .longs("pads", 0, 2, 2, 0, 0, 3, 2, 0)
                .longs("apart", 1, 7, 2, 6, 2, 3)
                .longs("images", 4, 7, 6, 3)
                .longs("blocks", 2, 2, 1, 5, 4, 4)
                .longs("joined", 1, 10, 8, 4)
                .longs("starts", 0, 0)
                .longs("ends", 9, 8)
                .longs("axes", 1, 2);
    }

    private static RepairBench pixelsApart(RepairBench bench) {
        return bench.node("Pad", List.of("x", "pads"), "p")
                .node("Reshape", List.of("p", "apart"), "a")
                .node("Transpose", List.of("a"), "b", Map.of("perm", Attribute.ofInts(2, 4, 0, 1, 3, 5)))
                .node("Reshape", List.of("b", "images"), "c");
    }

    private static RepairBench pixelsTogether(RepairBench bench, String images) {
        return bench.node("Reshape", List.of(images, "blocks"), "g")
                .node("Transpose", List.of("g"), "h", Map.of("perm", Attribute.ofInts(2, 3, 0, 4, 1, 5)))
                .node("Reshape", List.of("h", "joined"), "i")
                .node("Slice", List.of("i", "starts", "ends", "axes"), "z");
    }

    @Test
    void a_convolution_over_interleaved_images_is_a_dilated_one() {
        RepairBench bench = pixelsApart(batches().noise("w", 4, 3, 3, 3).output("z", 1, 9, 8, 4))
                .node("Transpose", List.of("c"), "d", Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .node("Conv", List.of("d", "w"), "e")
                .node("Transpose", List.of("e"), "f", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)));

        ModelGraph repaired = RepairBench.kept(pixelsTogether(bench, "f").build(), new SpaceToBatch());

        assertThat(RepairBench.operators(repaired)).containsExactly("Transpose", "Conv", "Transpose");
        assertThat(repaired.nodes().get(1).intsAttribute("dilations").orElseThrow())
                .containsExactly(2, 2);
        assertThat(repaired.nodes().get(1).intsAttribute("pads").orElseThrow()).containsExactly(2, 2, 2, 2);
    }

    /** Integers between: padded with the zero point. */
    @Test
    void between_integers_too() {
        RepairBench bench = batches()
                .output("z", ElementType.INT8, 1, 9, 8, 4)
                .noise("w", 4, 3, 3, 3)
                .scalar("scale", 0.02f)
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 5))
                .node("QuantizeLinear", List.of("x", "scale", "zero"), "q")
                .node("Pad", List.of("q", "pads", "zero"), "p")
                .node("Reshape", List.of("p", "apart"), "a")
                .node("Transpose", List.of("a"), "b", Map.of("perm", Attribute.ofInts(2, 4, 0, 1, 3, 5)))
                .node("Reshape", List.of("b", "images"), "c")
                .node("Transpose", List.of("c"), "d", Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .node("DequantizeLinear", List.of("d", "scale", "zero"), "r")
                .node("Conv", List.of("r", "w"), "e")
                .node("QuantizeLinear", List.of("e", "scale", "zero"), "s")
                .node("Transpose", List.of("s"), "f", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)));

        ModelGraph repaired = RepairBench.kept(pixelsTogether(bench, "f").build(), new SpaceToBatch());

        assertThat(RepairBench.operators(repaired)).doesNotContain("Reshape").contains("Conv");
    }

    @Test
    void a_strided_convolution_between_is_none() {
        RepairBench bench = pixelsApart(batches().noise("w", 4, 3, 2, 2).output("z", 1, 9, 8, 4))
                .node("Transpose", List.of("c"), "d", Map.of("perm", Attribute.ofInts(0, 3, 1, 2)))
                .node(
                        "Conv",
                        List.of("d", "w"),
                        "e",
                        Map.of("pads", Attribute.ofInts(0, 0, 0, 0), "dilations", Attribute.ofInts(2, 2)))
                .node("Transpose", List.of("e"), "f", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)));

        assertThat(RepairBench.repair(pixelsTogether(bench, "f").build(), new SpaceToBatch())
                        .repairs())
                .isEmpty();
    }
}
