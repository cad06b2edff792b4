// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class SplitRangesTest {
    private static final int ANCHORS = 3;
    private static final int COLUMNS = 6;
    private static final int CELLS = 12;

    /** Of each anchor four coordinates in pixels, then two logits: what a head on a grid gives. */
    private static TensorData headWeights() {
        Random random = new Random(5);
        float[] values = new float[ANCHORS * COLUMNS * 4];
        for (int index = 0; index < values.length; index++) {
            int column = index / 4 % COLUMNS;
            values[index] = (float) (random.nextGaussian() * (column < 4 ? 100 : 1));
        }
        return TensorData.ofFloats(Shape.of(ANCHORS * COLUMNS, 4, 1, 1), values);
    }

    private static SmallGraph convolution() {
        return new SmallGraph(13)
                .input("x", 1, 4, CELLS, CELLS)
                .constant("w", headWeights())
                .noise("b", ANCHORS * COLUMNS);
    }

    private static ModelGraph rawHead() {
        return convolution()
                .node("Conv", List.of("x", "w", "b"), "y")
                .output("y", 1, ANCHORS * COLUMNS, CELLS, CELLS)
                .build();
    }

    private static ModelGraph rows() {
        return convolution()
                .node("Conv", List.of("x", "w", "b"), "c")
                .longs("rows", 1, -1, COLUMNS)
                .node("Transpose", List.of("c"), "t", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .node("Reshape", List.of("t", "rows"), "y")
                .output("y", 1, ANCHORS * CELLS * CELLS, COLUMNS)
                .build();
    }

    private static CalibrationSource noise(ModelGraph graph) {
        return new RandomCalibration(graph.inputs(), 8, 11, -1, 1);
    }

    private static QuantizedModel quantized(ModelGraph graph, boolean floatEnds) {
        return new Quantizer(SmallGraph.EXECUTORS)
                .quantize(QuantizeRequest.of(graph, noise(graph)).withEffort(1).withFloatEnds(floatEnds));
    }

    private static Map<String, TensorData> sample(ModelGraph graph) {
        List<CalibrationSample> samples = new ArrayList<>();
        noise(graph).forEach(1, samples::add, skipped -> {});
        return samples.get(0).inputs();
    }

    /** Of the columns that hold logits, in decibels. */
    private static double logits(ModelGraph graph, ModelGraph quantized, boolean inRows) {
        float[] wanted = SmallGraph.run(graph, sample(graph)).get("y").toFloats();
        float[] values = SmallGraph.run(quantized, sample(graph)).get("y").toFloats();
        assertThat(values).hasSameSizeAs(wanted);
        double signal = 0;
        double noise = 0;
        for (int index = 0; index < wanted.length; index++) {
            int column = (inRows ? index : index / (CELLS * CELLS)) % COLUMNS;
            if (column >= 4) {
                signal += wanted[index] * wanted[index];
                noise += Math.pow(values[index] - wanted[index], 2);
            }
        }
        return 10 * Math.log10(signal / noise);
    }

    private static AccuracyStep step(QuantizedModel model) {
        return model.steps().stream()
                .filter(step -> step.name().equals("split-ranges"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void logitsBesidePixelsGetARangeOfTheirOwn() {
        ModelGraph graph = rawHead();

        QuantizedModel whole = quantized(graph, false);
        QuantizedModel split = quantized(graph, true);

        assertThat(step(split).kept()).isTrue();
        assertThat(step(split).nodes()).containsExactly("Conv_y");
        assertThat(step(split).what()).contains("y have ranges of their own").contains("on the CPU");
        assertThat(logits(graph, split.graph(), false)).isGreaterThan(logits(graph, whole.graph(), false) + 15);
        assertThat(split.graph().outputs()).isEqualTo(graph.outputs());
        Node last = split.graph().producer("y").orElseThrow();
        assertThat(last.operator()).isEqualTo("Mul");
        assertThat(last.origin().index()).isEqualTo(-1);
    }

    @Test
    void columnsAreFoundBehindTransposeAndReshape() {
        ModelGraph graph = rows();

        QuantizedModel split = quantized(graph, true);

        assertThat(step(split).kept()).isTrue();
        TensorData factors = split.graph()
                .constant(split.graph().producer("y").orElseThrow().input(1))
                .orElseThrow();
        assertThat(factors.shape()).isEqualTo(Shape.of(1, 1, COLUMNS));
        assertThat(logits(graph, split.graph(), true))
                .isGreaterThan(logits(graph, quantized(graph, false).graph(), true) + 15);
    }

    @Test
    void theFloatGraphWithFactorsGivesTheSame() {
        ModelGraph graph = rows();
        Map<String, TensorType> types =
                RangeMeasurement.types(graph, new CalibrationSample("one", sample(graph)), SmallGraph.EXECUTORS);
        ActivationPlan plan = new ActivationPlan(graph, types, Set.of(), Map.of());

        SplitRanges.Split split = new SplitRanges(graph, plan, types)
                .split(Set.of("y"), List.of(sample(graph), sample(graph)), SmallGraph.EXECUTORS)
                .orElseThrow();

        float[] before = SmallGraph.run(graph, sample(graph)).get("y").toFloats();
        float[] after = SmallGraph.run(split.graph(), sample(graph)).get("y").toFloats();
        for (int index = 0; index < before.length; index++) {
            assertThat(after[index]).isCloseTo(before[index], Offset.offset(1e-3f));
        }
    }

    @Test
    void withoutAFloatEndTheTensorKeepsOneRange() {
        QuantizedModel whole = quantized(rawHead(), false);

        assertThat(whole.steps()).noneMatch(step -> step.name().equals("split-ranges"));
        assertThat(whole.graph().producer("y").orElseThrow().operator()).isEqualTo("DequantizeLinear");
    }

    /** A few values of each column say nothing of its range. */
    @Test
    void aVectorOfCoordinatesKeepsOneRange() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 4, 1, 1)
                .constant("w", headWeights())
                .node("Conv", List.of("x", "w"), "y")
                .output("y", 1, ANCHORS * COLUMNS, 1, 1)
                .build();

        assertThat(quantized(graph, true).steps()).noneMatch(step -> step.name().equals("split-ranges"));
    }

    /** A stated range of logits holds for the multiplied columns too. */
    @Test
    void aStatedRangeStays() {
        ModelGraph graph = rawHead();
        Map<String, ValueRange> stated = new LinkedHashMap<>(Map.of("y", new ValueRange(-64, 64)));

        QuantizedModel split = new Quantizer(SmallGraph.EXECUTORS)
                .quantize(QuantizeRequest.of(graph, noise(graph))
                        .withEffort(1)
                        .withFloatEnds(true)
                        .withOutputRanges(stated));

        assertThat(step(split).kept()).isTrue();
        assertThat(split.parameters().get("y" + ChannelEqualization.SUFFIX))
                .isEqualTo(QuantizationParameters.of(new ValueRange(-64, 64)));
    }
}
