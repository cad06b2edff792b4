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

class FoldBatchNormalizationTest {
    private static final FoldBatchNormalization NORMALIZATION = new FoldBatchNormalization();
    private static final FoldScaling SCALING = new FoldScaling();

    private static TensorData rising(long... shape) {
        float[] values = new float[Math.toIntExact(Shape.of(shape).elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = 0.5f + index * 0.25f;
        }
        return TensorData.ofFloats(Shape.of(shape), values);
    }

    private static RepairBench normalized(RepairBench bench, String input, String output, int channels) {
        return bench.constant("gamma", rising(channels))
                .noise("beta", channels)
                .noise("mean", channels)
                .constant("variance", rising(channels))
                .node("BatchNormalization", List.of(input, "gamma", "beta", "mean", "variance"), output);
    }

    private static ModelGraph before(long pad) {
        return normalized(new RepairBench(13).input("x", 1, 4, 5, 5), "x", "n", 4)
                .output("y", 1, 6, 3 + 2 * pad, 3 + 2 * pad)
                .noise("w", 6, 2, 3, 3)
                .node(
                        "Conv",
                        List.of("n", "w"),
                        "y",
                        Map.of("group", Attribute.of(2L), "pads", Attribute.ofInts(pad, pad, pad, pad)))
                .build();
    }

    @Test
    void behind_a_grouped_convolution() {
        ModelGraph graph = normalized(
                        new RepairBench(13)
                                .input("x", 1, 4, 5, 5)
                                .noise("w", 6, 2, 3, 3)
                                .node("Conv", List.of("x", "w"), "c", Map.of("group", Attribute.of(2L))),
                        "c",
                        "y",
                        6)
                .output("y", 1, 6, 3, 3)
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, NORMALIZATION)))
                .containsExactly("Conv");
    }

    @Test
    void before_a_convolution_that_pads_nothing() {
        ModelGraph folded = RepairBench.kept(before(0), NORMALIZATION);

        assertThat(RepairBench.operators(folded)).containsExactly("Conv");
        assertThat(folded.nodes().get(0).inputs()).hasSize(3);
    }

    /** A padded zero is no normalized zero: the normalization stays a node, as a convolution of its own. */
    @Test
    void before_a_convolution_that_pads_it_becomes_a_depthwise_one() {
        ModelGraph folded = RepairBench.kept(before(1), NORMALIZATION);

        assertThat(RepairBench.operators(folded)).containsExactly("Conv", "Conv");
        assertThat(folded.nodes().get(0).name()).isEqualTo("BatchNormalization_n");
        assertThat(folded.nodes().get(0).intAttribute("group", 1)).isEqualTo(4);
    }

    @Test
    void behind_and_before_a_gemm() {
        ModelGraph graph = normalized(
                        new RepairBench(13)
                                .input("x", 2, 3)
                                .noise("w", 5, 3)
                                .noise("v", 5, 4)
                                .node("Gemm", List.of("x", "w"), "g", Map.of("transB", Attribute.of(1L))),
                        "g",
                        "n",
                        5)
                .node("Relu", List.of("n"), "r")
                .constant("scale", rising(5))
                .node("Mul", List.of("r", "scale"), "m")
                .node("Gemm", List.of("m", "v"), "y")
                .output("y", 2, 4)
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, NORMALIZATION, SCALING)))
                .containsExactly("Gemm", "Relu", "Gemm");
    }

    @Test
    void one_that_another_node_bypasses_is_not_taken_into_the_convolution() {
        ModelGraph graph = normalized(
                        new RepairBench(13)
                                .input("x", 1, 2, 3, 3)
                                .noise("w", 2, 2, 1, 1)
                                .node("Conv", List.of("x", "w"), "c"),
                        "c",
                        "n",
                        2)
                .node("Add", List.of("c", "n"), "y")
                .output("y", 1, 2, 3, 3)
                .build();

        ModelGraph folded = RepairBench.kept(graph, NORMALIZATION);

        assertThat(RepairBench.operators(folded)).containsExactly("Conv", "Conv", "Add");
        assertThat(folded.constants()).containsKey("w");
    }

    @Test
    void weights_in_codes_stay() {
        ModelGraph graph = RepairBench.quantized(new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .output("y", 1, 3, 4, 4)
                .noise("w", 3, 2, 1, 1)
                .noise("scale", 1, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "c")
                .node("Mul", List.of("c", "scale"), "y")
                .build());

        assertThat(RepairBench.repair(graph, NORMALIZATION, SCALING).repairs()).isEmpty();
    }

    /** x / 127.5 - 1: the factor goes through a padded convolution, the shift does not. */
    @Test
    void the_shift_of_an_input_normalization_stays_before_a_padded_convolution() {
        for (long pad : new long[] {0, 1}) {
            ModelGraph graph = new RepairBench(13)
                    .input("x", 1, 3, 6, 6)
                    .output("y", 1, 2, 4 + 2 * pad, 4 + 2 * pad)
                    .noise("w", 2, 3, 3, 3)
                    .noise("b", 2)
                    .scalar("scale", 127.5f)
                    .constant("mean", rising(1, 3, 1, 1))
                    .node("Sub", List.of("x", "mean"), "s")
                    .node("Div", List.of("s", "scale"), "d")
                    .node("Conv", List.of("d", "w", "b"), "y", Map.of("pads", Attribute.ofInts(pad, pad, pad, pad)))
                    .build();

            assertThat(RepairBench.operators(RepairBench.kept(graph, SCALING)))
                    .containsExactlyElementsOf(pad == 0 ? List.of("Conv") : List.of("Sub", "Conv"));
        }
    }

    @Test
    void a_transposed_convolution_takes_factors_on_both_sides() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 4, 3, 3)
                .output("y", 1, 6, 4, 4)
                .noise("w", 4, 3, 2, 2)
                .constant("in", rising(1, 4, 1, 1))
                .constant("out", rising(6, 1, 1))
                .node("Mul", List.of("x", "in"), "m")
                .node("ConvTranspose", List.of("m", "w"), "c", Map.of("group", Attribute.of(2L)))
                .node("Sub", List.of("out", "c"), "y")
                .build();

        assertThat(RepairBench.operators(RepairBench.kept(graph, SCALING))).containsExactly("ConvTranspose");
    }

    @Test
    void a_constant_that_differs_from_pixel_to_pixel_stays() {
        ModelGraph graph = new RepairBench(13)
                .input("x", 1, 2, 4, 4)
                .output("y", 1, 3, 4, 4)
                .noise("w", 3, 2, 1, 1)
                .constant("mask", rising(1, 1, 4, 4))
                .node("Conv", List.of("x", "w"), "c")
                .node("Mul", List.of("c", "mask"), "y")
                .build();

        assertThat(RepairBench.repair(graph, SCALING).repairs()).isEmpty();
    }
}
