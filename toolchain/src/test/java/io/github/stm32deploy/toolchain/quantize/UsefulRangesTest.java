// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static io.github.stm32deploy.toolchain.quantize.SmallGraph.EXECUTORS;
import static io.github.stm32deploy.toolchain.quantize.SmallGraph.noiseFor;
import static io.github.stm32deploy.toolchain.quantize.SmallGraph.quantize;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class UsefulRangesTest {
    private static final QuantizationParameters EIGHT = QuantizationParameters.of(new ValueRange(-8, 8));

    /** Two convolutions with logits of some hundreds, reshaped and joined. */
    private static SmallGraph logits() {
        return new SmallGraph(13)
                .input("x", 1, 2, 4, 4)
                .noise("w", 1, 2, 1, 1)
                .scalar("many", 300)
                .noise("v", 1, 2, 1, 1)
                .longs("flat", 1, 16)
                .node("Mul", List.of("x", "many"), "large")
                .node("Conv", List.of("large", "w"), "c")
                .node("Conv", List.of("large", "v"), "d")
                .node("Reshape", List.of("c", "flat"), "e")
                .node("Reshape", List.of("d", "flat"), "f");
    }

    @Test
    void aSigmoidsInputIsCutUpToTheTensorThatIsComputed() {
        ModelGraph graph =
                logits().node("Sigmoid", List.of("e"), "y").output("y", 1, 16).build();

        QuantizedModel model = quantize(graph);

        assertThat(model.parameters().get("e")).isEqualTo(EIGHT);
        assertThat(model.parameters().get("c")).isEqualTo(EIGHT);
        assertThat(model.parameters().get("large")).isNotEqualTo(EIGHT);
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(20);
    }

    @Test
    void anotherReaderKeepsTheWholeRange() {
        ModelGraph graph = logits().node("Sigmoid", List.of("e"), "s")
                .node("Mul", List.of("e", "s"), "y")
                .output("y", 1, 16)
                .build();

        QuantizedModel model = quantize(graph);

        assertThat(model.parameters().get("e")).isNotEqualTo(EIGHT);
        assertThat(model.parameters().get("e").scale()).isGreaterThan(1);
    }

    @Test
    void aStatedOutputRangeReplacesTheMeasuredOneThroughConcatenation() {
        ModelGraph graph = logits().node("Concat", List.of("e", "f"), "y", Map.of("axis", Attribute.of(1L)))
                .output("y", 1, 32)
                .build();

        QuantizedModel model = new Quantizer(EXECUTORS)
                .quantize(QuantizeRequest.of(graph, noiseFor(graph))
                        .withOutputRanges(Map.of("y", ValueRange.SIGMOID_LOGITS)));

        for (String tensor : List.of("y", "e", "f", "c", "d")) {
            assertThat(model.parameters().get(tensor)).as(tensor).isEqualTo(EIGHT);
        }
        // Logits of +-500 against codes that end at +-8 are no error where +-8 is all that matters.
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(15);
    }

    @Test
    void aStatedRangeNeedsAnOutput() {
        ModelGraph graph = logits().output("e", 1, 16).output("f", 1, 16).build();
        DiagnosedException stopped = catchThrowableOfType(
                DiagnosedException.class,
                () -> new Quantizer(EXECUTORS)
                        .quantize(QuantizeRequest.of(graph, noiseFor(graph))
                                .withOutputRanges(Map.of("scores", ValueRange.SIGMOID_LOGITS))));

        assertThat(stopped.kind()).isEqualTo(DiagnosedException.Kind.USAGE);
    }

    /** Samples whose values all have the same size. */
    private static CalibrationSource sizes(float... sizes) {
        return new CalibrationSource() {
            @Override
            public String description() {
                return "test";
            }

            @Override
            public boolean synthetic() {
                return false;
            }

            @Override
            public int count() {
                return sizes.length;
            }

            @Override
            public void forEach(int limit, Consumer<CalibrationSample> samples, Consumer<Diagnosis> skipped) {
                for (int index = 0; index < Math.min(limit, sizes.length); index++) {
                    float[] values = new float[32];
                    java.util.Arrays.fill(values, sizes[index]);
                    samples.accept(new CalibrationSample(
                            "image " + index, Map.of("x", TensorData.ofFloats(Shape.of(1, 2, 4, 4), values))));
                }
            }
        };
    }

    private static List<Diagnosis> diagnosesFor(float... sizes) {
        ModelGraph graph = logits().output("e", 1, 16).output("f", 1, 16).build();
        return new Quantizer(EXECUTORS)
                .quantize(QuantizeRequest.of(graph, sizes(sizes)))
                .diagnoses();
    }

    @Test
    void aSampleThatDecidesTheRangesIsNamed() {
        assertThat(diagnosesFor(1, 1.5f, 40, -1)).singleElement().satisfies(found -> {
            assertThat(found.code()).isEqualTo("QUANT-CALIBRATION-OUTLIER");
            assertThat(found.where()).contains("image 2");
            assertThat(found.severity()).isEqualTo(Severity.WRONG);
        });
        assertThat(diagnosesFor(1, 1.5f, 2, -1)).isEmpty();
        assertThat(diagnosesFor(1, 40)).as("two samples say nothing").isEmpty();
    }
}
