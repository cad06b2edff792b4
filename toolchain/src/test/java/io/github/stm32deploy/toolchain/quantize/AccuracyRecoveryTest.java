// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import io.github.stm32deploy.toolchain.parity.TensorError;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AccuracyRecoveryTest {
    private static final CalibrationSource NOISE =
            new RandomCalibration(chain().build().inputs(), 8, 11, -1, 1);

    private static QuantizedModel quantized(ModelGraph graph, int effort) {
        return new Quantizer(SmallGraph.EXECUTORS)
                .quantize(QuantizeRequest.of(graph, NOISE).withEffort(effort));
    }

    /** Weights of a convolution with 8 outputs; output channel c is larger than the one before it, 128 times in all. */
    private static TensorData skewed(long seed, long... shape) {
        Random random = new Random(seed);
        int perChannel = Math.toIntExact(Shape.of(shape).elements() / shape[0]);
        float[] values = new float[perChannel * (int) shape[0]];
        for (int index = 0; index < values.length; index++) {
            values[index] = (float) (random.nextGaussian() * Math.pow(2, index / perChannel));
        }
        return TensorData.ofFloats(Shape.of(shape), values);
    }

    /** The counterpart: input channel c is read with a weight that is smaller by as much. */
    private static TensorData unskewed(long seed, long... shape) {
        Random random = new Random(seed);
        int inner = Math.toIntExact(Shape.of(shape).elements() / shape[0] / shape[1]);
        float[] values = new float[Math.toIntExact(Shape.of(shape).elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = (float) (random.nextGaussian() / Math.pow(2, index / inner % shape[1]));
        }
        return TensorData.ofFloats(Shape.of(shape), values);
    }

    /** Convolution, Relu, depthwise convolution, residual addition, PRelu, Concat, Pad, pooling, pointwise convolution. */
    private static SmallGraph chain() {
        Map<String, Attribute> padded = Map.of("pads", Attribute.ofInts(1, 1, 1, 1));
        return new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .constant("w1", skewed(1, 8, 3, 3, 3))
                .noise("b1", 8)
                .noise("w2", 8, 1, 3, 3)
                .noise("slope", 8, 1, 1)
                .noise("shift", 1)
                .longs("pads", 0, 2, 0, 0, 0, 0, 0, 0)
                .constant("w3", unskewed(3, 4, 18, 1, 1))
                .node("Conv", List.of("x", "w1", "b1"), "c1", padded)
                .node("Relu", List.of("c1"), "r1")
                .node(
                        "Conv",
                        List.of("r1", "w2"),
                        "c2",
                        Map.of("pads", Attribute.ofInts(1, 1, 1, 1), "group", Attribute.of(8)))
                .node("Add", List.of("c2", "r1"), "a")
                .node("Add", List.of("a", "shift"), "s")
                .node("PRelu", List.of("s", "slope"), "p")
                .node("Neg", List.of("r1"), "n")
                .node("Concat", List.of("p", "n"), "j", Map.of("axis", Attribute.of(1)))
                .node("Pad", List.of("j", "pads"), "q")
                .node("MaxPool", List.of("q"), "m", Map.of("kernel_shape", Attribute.ofInts(2, 2)))
                .node("Conv", List.of("m", "w3"), "y")
                .output("y", 1, 4, 7, 7);
    }

    private static Map<String, TensorType> types(ModelGraph graph) {
        return RangeMeasurement.types(graph, sample(graph), SmallGraph.EXECUTORS);
    }

    private static CalibrationSample sample(ModelGraph graph) {
        List<CalibrationSample> samples = new ArrayList<>();
        NOISE.forEach(1, samples::add, skipped -> {});
        return samples.get(0);
    }

    private static ChannelEqualization equalization(ModelGraph graph) {
        Map<String, TensorType> types = types(graph);
        ActivationPlan plan = new ActivationPlan(graph, types, Set.of(), Map.of());
        ChannelFreedom freedom = new ChannelFreedom(graph, plan, types);
        Map<String, ChannelStatistics> statistics = ChannelStatistics.of(
                graph,
                ChannelEqualization.observed(freedom, plan),
                types,
                Map.of(),
                List.of(sample(graph).inputs()),
                SmallGraph.EXECUTORS);
        return new ChannelEqualization(graph, plan, types, freedom, statistics);
    }

    @Test
    void factorsOfChannelsLeaveTheResultsAsTheyAre() {
        ModelGraph graph = chain().build();
        Map<String, TensorData> inputs = sample(graph).inputs();
        TensorData before = SmallGraph.run(graph, inputs).get("y");
        for (ChannelEqualization.Strength strength : ChannelEqualization.Strength.values()) {
            ChannelEqualization.Equalized equalized = equalization(graph).apply(strength);

            assertThat(equalized.nodes()).contains("Conv_c1", "Relu_r1", "Conv_c2", "Add_a", "PRelu_p", "Concat_j");
            TensorData after = SmallGraph.run(equalized.graph(), inputs).get("y");
            assertThat(TensorError.between(before, after).sqnrDb())
                    .as(strength.name())
                    .isGreaterThan(100);
        }
    }

    @Test
    void aTensorWithFactorsLosesItsNameBecauseItsValuesAreOthers() {
        ModelGraph graph = chain().build();

        ModelGraph equalized =
                equalization(graph).apply(ChannelEqualization.Strength.FULL).graph();

        assertThat(equalized.producer("r1")).isEmpty();
        assertThat(equalized.producer("r1" + ChannelEqualization.SUFFIX)).isPresent();
        assertThat(equalized.producer("y")).isPresent();
    }

    private static ModelGraph clipped(float lowest) {
        return new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .constant("w1", skewed(1, 8, 3, 1, 1))
                .constant("lowest", TensorData.ofFloats(Shape.of(), lowest))
                .constant("highest", TensorData.ofFloats(Shape.of(), 6))
                .constant("w2", unskewed(3, 4, 8, 1, 1))
                .node("Conv", List.of("x", "w1"), "c")
                .node("Clip", List.of("c", "lowest", "highest"), "r")
                .node("Conv", List.of("r", "w2"), "y")
                .output("y", 1, 4, 8, 8)
                .build();
    }

    @Test
    void channelsBelowTheBoundOfARelu6GrowAndThoseThatReachItDoNot() {
        ModelGraph graph = clipped(0);
        Map<String, TensorData> inputs = sample(graph).inputs();

        ChannelEqualization.Equalized equalized = equalization(graph).apply(ChannelEqualization.Strength.FULL);

        // The largest channels reach 6: had they a factor, the bound would cut them elsewhere.
        assertThat(equalized.nodes()).contains("Conv_c", "Clip_r");
        assertThat(TensorError.between(
                                SmallGraph.run(graph, inputs).get("y"),
                                SmallGraph.run(equalized.graph(), inputs).get("y"))
                        .sqnrDb())
                .isGreaterThan(100);
        assertThat(quantized(graph, 1).outputs().get("y").sqnrDb())
                .isGreaterThan(quantized(graph, 0).outputs().get("y").sqnrDb() + 1);
    }

    @Test
    void aClipWithABoundBelowZeroKeepsItsChannels() {
        assertThat(equalization(clipped(-1))
                        .apply(ChannelEqualization.Strength.FULL)
                        .nodes())
                .isEmpty();
    }

    @Test
    void aSigmoidBetweenConvolutionsKeepsItsChannels() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .constant("w1", skewed(1, 8, 3, 1, 1))
                .noise("w2", 4, 8, 1, 1)
                .node("Conv", List.of("x", "w1"), "c")
                .node("Sigmoid", List.of("c"), "s")
                .node("Conv", List.of("s", "w2"), "y")
                .output("y", 1, 4, 8, 8)
                .build();

        assertThat(equalization(graph).apply(ChannelEqualization.Strength.FULL).nodes())
                .isEmpty();
    }

    @Test
    void unequalChannelsGainMuchAndTheStepSaysSo() {
        ModelGraph graph = chain().build();

        QuantizedModel plain = quantized(graph, 0);
        QuantizedModel recovered = quantized(graph, 1);

        assertThat(plain.steps()).isEmpty();
        assertThat(recovered.outputs().get("y").sqnrDb())
                .isGreaterThan(plain.outputs().get("y").sqnrDb() + 5);
        List<AccuracyStep> equalizing = recovered.steps().stream()
                .filter(step -> step.name().equals("equalize-channels"))
                .toList();
        assertThat(equalizing).filteredOn(AccuracyStep::kept).singleElement().satisfies(step -> {
            assertThat(step.gainDb()).isGreaterThan(5);
            assertThat(step.nodes()).contains("Conv_c1");
        });
    }

    @Test
    void everyStrengthIsTriedWithAndWithoutCorrectedBiases() {
        QuantizedModel recovered = quantized(chain().build(), 1);

        assertThat(recovered.steps())
                .filteredOn(step -> step.name().equals("equalize-channels"))
                .extracting(AccuracyStep::what)
                .hasSize(6)
                .filteredOn(what -> what.endsWith("; biases corrected"))
                .hasSize(3);
        assertThat(recovered.steps().stream().filter(AccuracyStep::kept).map(AccuracyStep::name))
                .doesNotHaveDuplicates();
    }

    @Test
    void theGainsOfTheStepsAddUpToWhatTheOutputsGained() {
        ModelGraph graph = chain().build();

        QuantizedModel plain = quantized(graph, 0);
        QuantizedModel recovered = quantized(graph, 1);

        double gained = recovered.steps().stream()
                .filter(AccuracyStep::kept)
                .mapToDouble(AccuracyStep::gainDb)
                .sum();
        // Eight samples: all of them are measured both here and there.
        assertThat(recovered.outputs().get("y").sqnrDb()
                        - plain.outputs().get("y").sqnrDb())
                .isCloseTo(gained, org.assertj.core.data.Offset.offset(0.01));
    }

    @Test
    void theSameSamplesGiveTheSameBytes() {
        ModelGraph graph = chain().build();

        assertThat(OnnxWriter.toBytes(quantized(graph, 1).graph()))
                .isEqualTo(OnnxWriter.toBytes(quantized(graph, 1).graph()));
    }

    @Test
    void theMeanErrorOfARoundedWeightGoesIntoTheBias() {
        // One weight decides the scale; the others all round down by 0.4 steps, and the inputs are positive.
        float[] weights = new float[9];
        java.util.Arrays.fill(weights, 0.4f / 127);
        weights[0] = 1;
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 9, 4, 4)
                .constant("w", TensorData.ofFloats(Shape.of(1, 9, 1, 1), weights))
                .node("Conv", List.of("x", "w"), "y")
                .output("y", 1, 1, 4, 4)
                .build();
        List<Map<String, TensorData>> samples = new ArrayList<>();
        new RandomCalibration(graph.inputs(), 4, 5, 0, 1)
                .forEach(4, sample -> samples.add(sample.inputs()), skipped -> {});
        Map<String, TensorType> types = new LinkedHashMap<>();
        types.put("x", graph.inputs().get(0).type());
        types.put("y", graph.outputs().get(0).type());
        ActivationPlan plan = new ActivationPlan(graph, types, Set.of(), Map.of());
        QuantizationDraft draft = new QuantizationDraft(
                graph,
                plan,
                Map.of(
                        "x", QuantizationParameters.of(new ValueRange(0, 1)),
                        "y", QuantizationParameters.of(new ValueRange(0, 2))),
                false);

        QuantizationDraft corrected = BiasCorrection.correct(draft, types, samples, SmallGraph.EXECUTORS);

        // 8 weights lose 0.4/127 each at a mean input of 0.5.
        TensorData bias = corrected.graph().constants().get("Conv_y/bias_corrected");
        assertThat((double) bias.floatAt(0)).isCloseTo(8 * 0.4 / 127 * 0.5, org.assertj.core.data.Offset.offset(0.002));
    }

    @Test
    void oneOutlierDoesNotDecideTheRangeOfATensor() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 1, 64, 64)
                .node("Relu", List.of("x"), "y")
                .output("y", 1, 1, 64, 64)
                .build();
        List<Map<String, TensorData>> samples = new ArrayList<>();
        Random random = new Random(3);
        for (int sample = 0; sample < 100; sample++) {
            float[] values = new float[64 * 64];
            for (int index = 0; index < values.length; index++) {
                values[index] = (float) random.nextGaussian();
            }
            values[77] = sample == 50 ? 10 : 0;
            samples.add(Map.of("x", TensorData.ofFloats(Shape.of(1, 1, 64, 64), values)));
        }
        Map<String, TensorType> types = Map.of(
                "x", graph.inputs().get(0).type(), "y", graph.outputs().get(0).type());
        ActivationPlan plan = new ActivationPlan(graph, types, Set.of(), Map.of());
        Map<String, QuantizationParameters> wide = plan.measuredRoots().stream()
                .collect(Collectors.toMap(root -> root, root -> QuantizationParameters.of(new ValueRange(-4, 10))));
        QuantizationDraft draft = new QuantizationDraft(graph, plan, wide, false);

        Map<String, QuantizationParameters> better = RangeSearch.on(draft, types, samples, false, SmallGraph.EXECUTORS)
                .better(draft);

        assertThat(better.get("x").scale()).isLessThan(wide.get("x").scale());
    }

    @Test
    void effortTwoRoundsWeightsAnewAndNeverLosesByIt() {
        ModelGraph graph = chain().build();

        QuantizedModel one = quantized(graph, 1);
        QuantizedModel two = quantized(graph, 2);

        assertThat(two.steps())
                .filteredOn(step -> step.name().equals("reconstruct-rounding"))
                .singleElement()
                .satisfies(step -> assertThat(step.gainDb()).isGreaterThanOrEqualTo(0));
        assertThat(one.steps()).noneMatch(step -> step.name().equals("reconstruct-rounding"));
        assertThat(two.outputs().get("y").sqnrDb())
                .isGreaterThanOrEqualTo(one.outputs().get("y").sqnrDb());
    }

    @Test
    void effortTwoStopsWhenTimeIsUpAndSaysHowFarItCame() {
        ModelGraph graph = chain().build();

        QuantizedModel stopped = new Quantizer(SmallGraph.EXECUTORS, CalibrationProgress.silent(), () -> true)
                .quantize(QuantizeRequest.of(graph, NOISE).withEffort(2));

        assertThat(stopped.steps())
                .filteredOn(step -> step.name().equals("reconstruct-rounding"))
                .singleElement()
                .satisfies(step -> {
                    assertThat(step.kept()).isFalse();
                    assertThat(step.what()).contains("out of time after 0 of 3 layers");
                });
    }
}
