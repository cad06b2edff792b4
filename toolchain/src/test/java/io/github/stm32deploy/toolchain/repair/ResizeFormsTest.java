// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResizeFormsTest {
    private static ModelGraph resized(
            String mode, String coordinates, String rounding, float high, float wide, int rows, int columns) {
        long outRows = (long) Math.floor(rows * high);
        long outColumns = (long) Math.floor(columns * wide);
        return new RepairBench(13)
                .input("x", 1, 4, rows, columns)
                .output("z", 1, 4, outRows, outColumns)
                .noise("w", 4, 4, 1, 1)
                .constant("roi", TensorData.ofFloats(Shape.of(0)))
                .constant("scales", TensorData.ofFloats(Shape.of(4), 1, 1, high, wide))
                .node("Conv", List.of("x", "w"), "a")
                .node(
                        "Resize",
                        List.of("a", "roi", "scales"),
                        "b",
                        Map.of(
                                "mode", Attribute.of(mode),
                                "coordinate_transformation_mode", Attribute.of(coordinates),
                                "nearest_mode", Attribute.of(rounding)))
                .node("Relu", List.of("b"), "z")
                .build();
    }

    /** Twice the size with half-pixel coordinates lies a quarter off: every rounding to the nearest reads the same pixels. */
    @ParameterizedTest
    @CsvSource({
        "half_pixel, round_prefer_floor, 2",
        "half_pixel, round_prefer_ceil, 2",
        "half_pixel, round_prefer_ceil, 3",
        "asymmetric, round_prefer_floor, 1",
        "align_corners, round_prefer_floor, 2",
        "tf_half_pixel_for_nn, floor, 2"
    })
    void nearest_by_whole_factors_reads_the_same_pixels(String coordinates, String rounding, int factor) {
        ModelGraph graph = resized("nearest", coordinates, rounding, factor, factor, 5, 6);

        ModelGraph repaired = RepairBench.kept(graph, new ResizeAsymmetric());

        assertThat(repaired.nodes().get(1).stringAttribute("coordinate_transformation_mode", ""))
                .isEqualTo("asymmetric");
    }

    @Test
    void in_a_quantized_graph_too() {
        ModelGraph quantized = RepairBench.quantized(resized("nearest", "half_pixel", "round_prefer_ceil", 2, 2, 5, 6));

        RepairBench.kept(quantized, new ResizeAsymmetric());
    }

    /** Traps: asymmetric coordinates with rounding to the nearest read half a pixel further; other factors have other maps. */
    @ParameterizedTest
    @CsvSource({
        "asymmetric, round_prefer_ceil, 2",
        "asymmetric, ceil, 2",
        "half_pixel, floor, 2",
        "half_pixel, round_prefer_floor, 1.5"
    })
    void other_pixels_stay(String coordinates, String rounding, float factor) {
        ModelGraph graph = resized("nearest", coordinates, rounding, factor, factor, 6, 6);

        assertThat(RepairBench.repair(graph, new ResizeAsymmetric()).repairs()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4})
    void interpolation_becomes_a_transposed_convolution_borders_included(int factor) {
        ModelGraph graph = resized("linear", "half_pixel", "round_prefer_floor", factor, factor, 12, 10);

        ModelGraph repaired = RepairBench.kept(graph, ResizeAsConvolution.linear());

        assertThat(RepairBench.operators(repaired)).contains("ConvTranspose").doesNotContain("Resize");
    }

    /** Trap: a transposed convolution 1 high and more than 1 wide is refused (OP-CONVTRANSPOSE-WIDTH). */
    @Test
    void along_the_height_only_but_never_along_the_width_only() {
        ModelGraph high = resized("linear", "half_pixel", "round_prefer_floor", 2, 1, 24, 20);
        ModelGraph wide = resized("linear", "half_pixel", "round_prefer_floor", 1, 2, 24, 20);

        assertThat(RepairBench.operators(RepairBench.kept(high, ResizeAsConvolution.linear())))
                .contains("ConvTranspose");
        assertThat(RepairBench.repair(wide, ResizeAsConvolution.linear()).repairs())
                .isEmpty();
    }

    @Test
    void interpolation_between_integers_differs_by_a_quantum_at_most() {
        ModelGraph quantized =
                RepairBench.quantized(resized("linear", "half_pixel", "round_prefer_floor", 2, 2, 12, 10));

        RepairBench.kept(quantized, ResizeAsConvolution.linear());
    }

    @Test
    void aligned_corners_have_no_whole_step() {
        ModelGraph graph = resized("linear", "align_corners", "round_prefer_floor", 2, 2, 12, 10);

        assertThat(RepairBench.repair(graph, ResizeAsConvolution.linear()).repairs())
                .isEmpty();
    }

    @Test
    void repetition_becomes_a_transposed_convolution_when_it_is_asked_for() {
        ModelGraph graph = resized("nearest", "asymmetric", "floor", 2, 2, 12, 10);

        ModelGraph repaired = RepairBench.kept(graph, ResizeAsConvolution.nearest());
        RepairedGraph integers = RepairBench.repair(RepairBench.quantized(graph), ResizeAsConvolution.nearest());

        assertThat(RepairBench.operators(repaired)).containsExactly("Conv", "ConvTranspose", "Relu");
        assertThat(integers.repairs())
                .singleElement()
                .satisfies(one ->
                        assertThat(one.parity().orElseThrow().differing()).isZero());
        assertThat(ResizeAsConvolution.nearest().onRequest()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "align_corners, 2, 2",
        "align_corners, 1.5, 2",
        "align_corners, 1, 2",
        "align_corners, 2, 1",
        "half_pixel, 1.5, 2.5",
        "half_pixel, 0.5, 0.5",
        "asymmetric, 2, 2",
        "pytorch_half_pixel, 1.25, 2"
    })
    void interpolation_by_any_factor_becomes_products_with_constant_matrices(
            String coordinates, float high, float wide) {
        ModelGraph graph = resized("linear", coordinates, "round_prefer_floor", high, wide, 24, 20);

        ModelGraph repaired = RepairBench.kept(graph, new ResizeAsProducts());

        assertThat(RepairBench.operators(repaired)).contains("Conv").doesNotContain("Resize");
        assertThat(repaired.nodes())
                .filteredOn(node -> node.name().equals("Resize_b"))
                .singleElement()
                .satisfies(node -> assertThat(node.operator()).isEqualTo("Conv"));
    }

    @ParameterizedTest
    @CsvSource({"align_corners, 2, 2", "align_corners, 2, 1", "align_corners, 1, 2"})
    void products_between_integers_differ_by_a_few_quanta(String coordinates, float high, float wide) {
        ModelGraph quantized =
                RepairBench.quantized(resized("linear", coordinates, "round_prefer_floor", high, wide, 24, 20));

        ModelGraph repaired = RepairBench.kept(quantized, new ResizeAsProducts());

        assertThat(RepairBench.operators(repaired)).doesNotContain("Resize");
    }

    /** Traps: the nearest pixel is no sum, and a cubic reads four. */
    @ParameterizedTest
    @ValueSource(strings = {"nearest", "cubic"})
    void other_modes_are_no_such_products(String mode) {
        ModelGraph graph = resized(mode, "half_pixel", "round_prefer_floor", 2, 2, 24, 20);

        assertThat(RepairBench.repair(graph, new ResizeAsProducts()).repairs()).isEmpty();
    }
}
