// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What cannot be quantized is said before or instead of a graph. */
class QuantizerRefusalsTest {
    private static SmallGraph convolution(int opset) {
        return new SmallGraph(opset)
                .input("x", 1, 3, 8, 8)
                .node("Conv", List.of("x", "w"), "y")
                .output("y", 1, 4, 8, 8);
    }

    private static Diagnosis refusal(Runnable work) {
        return catchThrowableOfType(DiagnosedException.class, work::run)
                .diagnoses()
                .get(0);
    }

    @Test
    void an_operator_set_from_before_broadcasting() {
        ModelGraph old = convolution(6).noise("w", 4, 3, 1, 1).build();
        assertThat(refusal(() -> FloatPreparation.upgraded(old)).code()).isEqualTo("QUANT-OPSET-TOO-OLD");
        ModelGraph usable = convolution(7).noise("w", 4, 3, 1, 1).build();
        assertThat(FloatPreparation.upgraded(usable).opset()).isEqualTo(13);
    }

    @Test
    void a_weight_that_is_no_number() {
        float[] values = new float[12];
        values[5] = Float.NaN;
        ModelGraph graph = convolution(13)
                .constant("w", TensorData.ofFloats(Shape.of(4, 3, 1, 1), values))
                .build();
        Diagnosis refused = refusal(() -> SmallGraph.quantize(graph));
        assertThat(refused.code()).isIn("QUANT-WEIGHT-NOT-FINITE", "QUANT-CALIBRATION-NOT-FINITE");
    }

    @Test
    void an_infinite_bias_that_no_sample_shows() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .noise("w", 4, 3, 1, 1)
                .constant("b", TensorData.ofFloats(Shape.of(4), 0, 0, Float.NaN, 0))
                .node("Conv", List.of("x", "w", "b"), "c")
                .scalar("low", 0)
                .scalar("high", 6)
                .node("Clip", List.of("c", "low", "high"), "y")
                .output("y", 1, 4, 8, 8)
                .build();
        assertThat(refusal(() -> SmallGraph.quantize(graph)).code())
                .isIn("QUANT-WEIGHT-NOT-FINITE", "QUANT-CALIBRATION-NOT-FINITE");
    }

    @Test
    void an_input_of_64_bit_integers_has_no_calibration() {
        ModelGraph graph = ModelGraph.builder("words")
                .opset("", 13)
                .input("words", new TensorType(ElementType.INT64, Shape.of(1, 4)))
                .output("words", new TensorType(ElementType.INT64, Shape.of(1, 4)))
                .build();
        CalibrationSample sample =
                new CalibrationSample("noise", Map.of("words", TensorData.ofFloats(Shape.of(1, 4), 1, 2, 3, 4)));
        Diagnosis refused = refusal(() -> InputValues.typed(graph, sample));
        assertThat(refused.code()).isEqualTo("QUANT-INPUT-TYPE");
        assertThat(refused.where()).contains("words");
    }

    @Test
    void an_output_range_for_an_output_that_is_not_there() {
        ModelGraph graph = convolution(13).noise("w", 4, 3, 1, 1).build();
        QuantizeRequest request = QuantizeRequest.of(graph, SmallGraph.noiseFor(graph))
                .withOutputRanges(Map.of("scores", new ValueRange(0, 1)));
        Diagnosis refused = refusal(() -> new Quantizer(SmallGraph.EXECUTORS).quantize(request));
        assertThat(refused.code()).isEqualTo("QUANT-OUTPUT-UNKNOWN");
        assertThat(refused.observed()).contains("y");
    }
}
