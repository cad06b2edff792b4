// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static io.github.stm32deploy.toolchain.quantize.SmallGraph.EXECUTORS;
import static io.github.stm32deploy.toolchain.quantize.SmallGraph.noiseFor;
import static io.github.stm32deploy.toolchain.quantize.SmallGraph.quantize;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.parity.TensorError;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FloatPreparationTest {
    private static void assertSameResults(ModelGraph before, ModelGraph after, double tolerance) {
        noiseFor(before)
                .forEach(
                        2,
                        sample -> {
                            Map<String, TensorData> expected = SmallGraph.run(before, sample.inputs());
                            Map<String, TensorData> obtained = SmallGraph.run(after, sample.inputs());
                            assertThat(obtained.keySet()).isEqualTo(expected.keySet());
                            expected.forEach(
                                    (tensor, value) -> assertThat(TensorError.between(value, obtained.get(tensor))
                                                    .maxAbsError())
                                            .isLessThanOrEqualTo(tolerance));
                        },
                        skipped -> {});
    }

    private static SmallGraph withNormalization(SmallGraph graph, String input, String output, int channels) {
        return graph.constant("gamma", positive(channels))
                .noise("beta", channels)
                .noise("mean", channels)
                .constant("variance", positive(channels))
                .node("BatchNormalization", List.of(input, "gamma", "beta", "mean", "variance"), output);
    }

    private static TensorData positive(int channels) {
        float[] values = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            values[channel] = 0.5f + channel;
        }
        return TensorData.ofFloats(Shape.of(channels), values);
    }

    private static ModelGraph prepared(ModelGraph graph) {
        return FloatPreparation.prepare(graph, EXECUTORS, Set.of());
    }

    @Test
    void aNormalizationBehindAConvolutionBecomesPartOfIt() {
        SmallGraph graph = new SmallGraph(13)
                .input("x", 1, 4, 5, 5)
                .noise("w", 6, 2, 3, 3)
                .noise("b", 6)
                .node("Conv", List.of("x", "w", "b"), "c", Map.of("group", Attribute.of(2L)));
        ModelGraph before =
                withNormalization(graph, "c", "y", 6).output("y", 1, 6, 3, 3).build();

        ModelGraph after = prepared(before);

        assertThat(after.nodes())
                .singleElement()
                .satisfies(node -> assertThat(node.operator()).isEqualTo("Conv"));
        assertSameResults(before, after, 1e-4);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void aNormalizationBehindATransposedConvolutionBecomesPartOfIt(long groups) {
        SmallGraph graph = new SmallGraph(13)
                .input("x", 1, 4, 5, 5)
                .noise("w", 4, 6 / groups, 2, 2)
                .node("ConvTranspose", List.of("x", "w"), "c", Map.of("group", Attribute.of(groups)));
        ModelGraph before =
                withNormalization(graph, "c", "y", 6).output("y", 1, 6, 6, 6).build();

        ModelGraph after = prepared(before);

        assertThat(after.nodes()).hasSize(1);
        assertSameResults(before, after, 1e-4);
        assertThat(quantize(before).outputs().get("y").sqnrDb()).isGreaterThan(30);
    }

    @Test
    void aNormalizationThatAnotherNodeBypassesStays() {
        SmallGraph graph =
                new SmallGraph(13).input("x", 1, 2, 3, 3).noise("w", 2, 2, 1, 1).node("Conv", List.of("x", "w"), "c");
        ModelGraph before = withNormalization(graph, "c", "n", 2)
                .node("Add", List.of("c", "n"), "y")
                .output("y", 1, 2, 3, 3)
                .build();

        assertThat(prepared(before).nodes()).hasSize(3);
        assertThat(quantize(before).outputs().get("y").sqnrDb()).isGreaterThan(25);
    }

    @Test
    void anOldOperatorSetIsWrittenAnewWithTheSameResults() {
        ModelGraph before = new SmallGraph(9)
                .input("x", 1, 4, 6, 6)
                .noise("w", 4, 4, 1, 1)
                .constant("scales", TensorData.ofFloats(Shape.of(4), 1, 1, 2, 2))
                .node("Conv", List.of("x", "w"), "c")
                .node("Clip", List.of("c"), "clipped", Map.of("min", Attribute.of(-0.5f), "max", Attribute.of(0.75f)))
                .node(
                        "Pad",
                        List.of("clipped"),
                        "padded",
                        Map.of("pads", Attribute.ofInts(0, 0, 1, 1, 0, 0, 1, 1), "value", Attribute.of(0.25f)))
                .node(
                        "Slice",
                        List.of("padded"),
                        "cut",
                        Map.of(
                                "starts", Attribute.ofInts(1, 0),
                                "ends", Attribute.ofInts(3, 5),
                                "axes", Attribute.ofInts(1, 3)))
                .node("Upsample", List.of("cut", "scales"), "large")
                .node("Unsqueeze", List.of("large"), "more", Map.of("axes", Attribute.ofInts(0)))
                .node("Squeeze", List.of("more"), "less", Map.of("axes", Attribute.ofInts(0)))
                .node("ReduceSum", List.of("less"), "sums", Map.of("axes", Attribute.ofInts(1)))
                .node(
                        "Split",
                        List.of("sums"),
                        List.of("left", "right"),
                        Map.of("axis", Attribute.of(3L), "split", Attribute.ofInts(4, 6)))
                .node("Softmax", List.of("left"), "y")
                .node("Softmax", List.of("right"), "z", Map.of("axis", Attribute.of(3L)))
                .output("y", 1, 1, 16, 4)
                .output("z", 1, 1, 16, 6)
                .build();

        ModelGraph after = FloatPreparation.upgraded(before);

        assertThat(after.opset()).isEqualTo(13);
        assertSameResults(before, after, 1e-7);
        assertThat(quantize(before).outputs()).containsOnlyKeys("y", "z");
    }

    @Test
    void weightsStoredAsCodesAreFloatWeights() {
        ModelGraph before = new SmallGraph(13)
                .input("x", 1, 2, 3, 3)
                .constant(
                        "codes",
                        TensorData.ofBytes(
                                ElementType.INT8, Shape.of(2, 2, 1, 1), (byte) 1, (byte) 2, (byte) -3, (byte) 127))
                .scalar("scale", 0.1f)
                .node("DequantizeLinear", List.of("codes", "scale"), "w")
                .node("Conv", List.of("x", "w"), "y")
                .output("y", 1, 2, 3, 3)
                .build();

        QuantizedModel model = quantize(before);

        assertThat(model.alreadyQuantized()).isFalse();
        assertThat(model.graph().constants()).containsKey("w/quantized").doesNotContainKey("codes");
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(30);
    }

    @Test
    void halfPrecisionIsWidened() {
        // 0.5, -2, 1, 0.25 as IEEE 754 halves, low byte first
        TensorData halves = TensorData.ofBytes(
                        ElementType.INT8,
                        Shape.of(8),
                        (byte) 0x00,
                        (byte) 0x38,
                        (byte) 0x00,
                        (byte) 0xC0,
                        (byte) 0x00,
                        (byte) 0x3C,
                        (byte) 0x00,
                        (byte) 0x34)
                .reshaped(Shape.of(8));
        ModelGraph before = new SmallGraph(13)
                .input("x", 1, 2, 3, 3)
                .constant(
                        "half",
                        TensorData.of(
                                new io.github.stm32deploy.toolchain.model.TensorType(
                                        ElementType.FLOAT16, Shape.of(2, 2, 1, 1)),
                                halves.bytes()))
                .node("Cast", List.of("half"), "w", Map.of("to", Attribute.of(1L)))
                .node("Conv", List.of("x", "w"), "y")
                .output("y", 1, 2, 3, 3)
                .build();

        QuantizedModel model = quantize(before);

        assertThat(model.graph().nodes()).noneMatch(node -> node.is("Cast"));
        assertThat(model.graph().constants().get("w/quantized").toLongs()).containsExactly(32, -127, 127, 32);
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(30);
    }

    @Test
    void gemmFactorsMoveIntoWeightAndBias() {
        ModelGraph before = new SmallGraph(13)
                .input("x", 1, 6)
                .noise("w", 5, 6)
                .noise("b", 5)
                .node(
                        "Gemm",
                        List.of("x", "w", "b"),
                        "y",
                        Map.of(
                                "alpha", Attribute.of(0.5f),
                                "beta", Attribute.of(2f),
                                "transB", Attribute.of(1L)))
                .output("y", 1, 5)
                .build();

        QuantizedModel model = quantize(before);

        assertThat(model.graph().constants().get("b/scale").shape()).isEqualTo(Shape.of(5));
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(30);
    }

    @Test
    void matrixMultiplicationHasAScaleForEachColumn() {
        ModelGraph before = new SmallGraph(13)
                .input("x", 2, 6)
                .noise("w", 6, 5)
                .node("MatMul", List.of("x", "w"), "y")
                .output("y", 2, 5)
                .build();

        QuantizedModel model = quantize(before);

        assertThat(model.graph().constants().get("w/scale").shape()).isEqualTo(Shape.of(5));
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(30);
    }

    @Test
    void aWeightSharedByTwoConvolutionsIsStoredOnceAndEachHasItsBias() {
        ModelGraph before = new SmallGraph(13)
                .input("x", 1, 2, 3, 3)
                .noise("w", 2, 2, 1, 1)
                .noise("b", 2)
                .node("Conv", List.of("x", "w", "b"), "c")
                .node("Conv", List.of("c", "w", "b"), "y")
                .output("y", 1, 2, 3, 3)
                .build();

        QuantizedModel model = quantize(before);

        assertThat(model.graph().constants().values())
                .filteredOn(constant -> constant.shape().equals(Shape.of(2, 2, 1, 1)))
                .hasSize(1);
        assertThat(model.graph().constants().values())
                .filteredOn(constant -> constant.element() == ElementType.INT32
                        && constant.shape().equals(Shape.of(2))
                        && constant.integerAt(0) != 0)
                .hasSize(2);
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(25);
    }
}
