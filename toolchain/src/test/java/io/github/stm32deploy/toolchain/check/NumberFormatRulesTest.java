// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Number formats and scales: the smallest graph that has the problem, and the one that has not. */
class NumberFormatRulesTest {
    private static GraphSketch conv(ElementType activations, ElementType weights) {
        GraphSketch sketch = new GraphSketch();
        String image = sketch.stored(sketch.input("image", 1, 3, 32, 32), activations, 0.05f);
        sketch.output(sketch.stored(sketch.conv(image, sketch.weights(weights, 8, 3, 3, 3)), activations, 0.05f));
        return sketch;
    }

    @Test
    void unsigned_activations_are_refused_in_onnx() {
        Diagnosis refused = conv(ElementType.UINT8, ElementType.INT8).finding("QUANT-UNSIGNED");
        assertThat(refused.severity()).isEqualTo(Severity.ERROR);
        assertThat(refused.effect()).contains("quantized unsigned integer format is not supported");
        assertThat(refused.observed()).isEqualTo("activations are uint8");
        assertThat(conv(ElementType.INT8, ElementType.UINT8)
                        .finding("QUANT-UNSIGNED")
                        .observed())
                .isEqualTo("weights and activations are uint8");
        assertThat(conv(ElementType.INT8, ElementType.INT8).codes()).isEmpty();
    }

    @Test
    void unsigned_quantization_of_tflite_is_only_slow() {
        GraphSketch sketch = conv(ElementType.UINT8, ElementType.UINT8).tflite();
        assertThat(sketch.finding("QUANT-UNSIGNED-TFLITE").severity()).isEqualTo(Severity.SLOW);
        assertThat(sketch.codes()).doesNotContain("QUANT-UNSIGNED");
    }

    @Test
    void sixteen_bit_activations_leave_the_npu() {
        assertThat(conv(ElementType.INT16, ElementType.INT8)
                        .finding("QUANT-INT16")
                        .where())
                .contains("(Conv)");
    }

    @Test
    void float16_weights_stop_the_front_end() {
        GraphSketch sketch = new GraphSketch().tflite();
        sketch.output(sketch.conv(sketch.input("image", 1, 3, 32, 32), sketch.floats(8, 3, 3, 3)));
        assertThat(sketch.codes()).contains("QUANT-FLOAT-MODEL").doesNotContain("QUANT-FLOAT16");
        sketch.widened("kernel");
        Diagnosis half = sketch.finding("QUANT-FLOAT16");
        assertThat(half.effect()).contains("INTERNAL ERROR: 'FLOAT16'");
        assertThat(half.where()).contains("\"kernel\"");
        assertThat(sketch.codes()).doesNotContain("QUANT-FLOAT-MODEL");
    }

    @Test
    void a_float_model_runs_on_the_cpu() {
        GraphSketch sketch = new GraphSketch();
        sketch.output(sketch.conv(sketch.input("image", 1, 3, 32, 32), sketch.floats(8, 3, 3, 3)));
        Diagnosis slow = sketch.finding("QUANT-FLOAT-MODEL");
        assertThat(slow.severity()).isEqualTo(Severity.SLOW);
        assertThat(slow.command())
                .hasValueSatisfying(command -> assertThat(command).startsWith("stm32-deploy quantize"));
    }

    @Test
    void weights_alone_do_not_make_an_integer_network() {
        GraphSketch sketch = new GraphSketch().tflite();
        String map = sketch.conv(sketch.input("image", 1, 3, 32, 32), sketch.weights(ElementType.INT8, 8, 3, 3, 3));
        sketch.output(sketch.conv(map, sketch.floats(8, 8, 3, 3)));
        assertThat(sketch.finding("QUANT-WEIGHT-ONLY").observed()).startsWith("1 of 2 ");
        assertThat(sketch.codes()).doesNotContain("QUANT-FLOAT-MODEL", "QUANT-PARTIAL");
    }

    @Test
    void a_float_layer_in_an_integer_network_is_named() {
        GraphSketch sketch = new GraphSketch();
        String image = sketch.stored(sketch.input("image", 1, 3, 32, 32));
        String map = sketch.conv(image, sketch.weights(ElementType.INT8, 8, 3, 3, 3));
        sketch.output(sketch.conv(sketch.stored(map), sketch.floats(8, 8, 1, 1)));
        assertThat(sketch.finding("QUANT-PARTIAL").observed()).isEqualTo("1 of 2 in float");
    }

    @Test
    void scales_that_are_computed_are_refused() {
        GraphSketch sketch = new GraphSketch();
        String image = sketch.input("image", ElementType.UINT8, 1, 3, 8, 8);
        sketch.output(
                sketch.node("ConvInteger", List.of(image, sketch.constant(ElementType.INT8, 4, 3, 1, 1))),
                ElementType.INT32,
                1,
                4,
                8,
                8);
        assertThat(sketch.finding("QUANT-DYNAMIC").effect()).contains("Unsupported layer types: ConvInteger");
    }

    @Test
    void one_scale_for_all_depthwise_channels_is_noted() {
        assertThat(depthwise(true).finding("QUANT-PER-TENSOR").observed()).isEqualTo("2 of 2 depthwise convolutions");
        assertThat(depthwise(false).codes()).isEmpty();
    }

    private static GraphSketch depthwise(boolean oneScale) {
        GraphSketch sketch = new GraphSketch();
        String map = sketch.stored(sketch.input("image", 1, 4, 8, 8));
        for (int layer = 0; layer < 2; layer++) {
            String weights = oneScale
                    ? sketch.node(
                            "DequantizeLinear",
                            List.of(sketch.constant(ElementType.INT8, 4, 1, 3, 3), sketch.scale(0.1f)))
                    : sketch.weights(ElementType.INT8, 4, 1, 3, 3);
            map = sketch.stored(sketch.conv(map, weights, 4, 1));
        }
        sketch.output(map);
        return sketch;
    }

    @Test
    void an_addition_into_a_finer_scale_is_noted_for_4_0_only() {
        assertThat(addition(0.052f, 0.099f, 0.049f).finding("QUANT-ADD-SCALES").observed())
                .contains("2.0 times");
        assertThat(addition(0.052f, 0.099f, 0.12f).codes()).isEmpty();
        assertThat(addition(0.05f, 0.05f, 0.03f).codes()).isEmpty();
        assertThat(addition(0.052f, 0.099f, 0.049f).sdk(SdkVersion.V3_0).codes())
                .isEmpty();
    }

    private static GraphSketch addition(float left, float right, float result) {
        GraphSketch sketch = new GraphSketch();
        String image = sketch.stored(sketch.input("image", 1, 4, 8, 8));
        String one = sketch.conv(image, sketch.weights(ElementType.INT8, 4, 4, 3, 3));
        String two = sketch.conv(image, sketch.weights(ElementType.INT8, 4, 4, 3, 3));
        String sum = sketch.node(
                "Add",
                List.of(sketch.stored(one, ElementType.INT8, left), sketch.stored(two, ElementType.INT8, right)));
        sketch.output(sketch.stored(sketch.relu(sum), ElementType.INT8, result));
        return sketch;
    }

    @Test
    void scores_need_a_scale_of_their_own() {
        assertThat(head(2.5f).finding("HEAD-MIXED-RANGES").observed()).contains("no code between score 0 and score 1");
        assertThat(head(2.5f).finding("HEAD-MIXED-RANGES").severity()).isEqualTo(Severity.WRONG);
        assertThat(head(1 / 128f).codes()).doesNotContain("HEAD-MIXED-RANGES");
    }

    @Test
    void a_float_head_of_scores_and_boxes_is_noted() {
        assertThat(head(0).finding("HEAD-MIXED-RANGES").severity()).isEqualTo(Severity.NOTE);
    }

    /** Scores beside boxes in one output; {@code scale} 0 for a float graph. */
    private static GraphSketch head(float scale) {
        GraphSketch sketch = new GraphSketch();
        boolean floats = scale == 0;
        String image = sketch.input("image", 1, 3, 8, 8);
        String map = floats ? image : sketch.stored(image);
        String weights = floats ? sketch.floats(4, 3, 1, 1) : sketch.weights(ElementType.INT8, 4, 3, 1, 1);
        String boxes = sketch.conv(map, weights);
        String scores = sketch.node("Sigmoid", List.of(sketch.conv(map, weights)));
        String joined = sketch.node("Concat", List.of(boxes, scores), Map.of("axis", Attribute.of(1)));
        sketch.output(floats ? joined : sketch.stored(joined, ElementType.INT8, scale));
        return sketch;
    }

    @Test
    void truth_values_drop_the_whole_quantization() {
        GraphSketch sketch = new GraphSketch();
        String image = sketch.stored(sketch.input("image", 1, 3, 8, 8));
        String map = sketch.stored(sketch.conv(image, sketch.weights(ElementType.INT8, 3, 3, 1, 1)));
        String equal = sketch.node("Equal", List.of(map, image));
        sketch.output(sketch.node("Cast", List.of(equal), Map.of("to", Attribute.of(1))));
        assertThat(sketch.finding("QUANT-BOOL-TENSORS").severity()).isEqualTo(Severity.WRONG);
        assertThat(conv(ElementType.INT8, ElementType.INT8).codes()).doesNotContain("QUANT-BOOL-TENSORS");
    }
}
