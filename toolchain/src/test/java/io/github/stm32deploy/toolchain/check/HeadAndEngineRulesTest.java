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

/** Ends of detectors, and what the NPU does badly: the smallest graph that has it, and the one that has not. */
class HeadAndEngineRulesTest {
    private final GraphSketch sketch = new GraphSketch();

    private String int8Conv(String tensor, long out, long in, int kernel) {
        return sketch.stored(sketch.conv(tensor, sketch.weights(ElementType.INT8, out, in, kernel, kernel)));
    }

    private String image(long... shape) {
        return sketch.stored(sketch.input("image", shape));
    }

    @Test
    void non_maximum_suppression_does_not_belong_into_the_network() {
        String boxes = sketch.input("boxes", 1, 100, 4);
        String scores = sketch.input("scores", 1, 1, 100);
        sketch.output(sketch.node("NonMaxSuppression", List.of(boxes, scores)), ElementType.INT64, -1, 3);
        Diagnosis inside = sketch.finding("HEAD-NMS-INSIDE");
        assertThat(inside.severity()).isEqualTo(Severity.ERROR);
        assertThat(inside.effect()).contains("Unsupported layer types: NonMaxSuppression");
        assertThat(sketch.codes()).doesNotContain("OP-NONMAXSUPPRESSION");
    }

    @Test
    void a_softmax_over_many_anchors_waits_for_the_cpu() {
        String map = int8Conv(image(1, 3, 32, 32), 2, 3, 1);
        sketch.output(sketch.stored(sketch.node("Softmax", List.of(map), Map.of("axis", Attribute.of(1)))));
        assertThat(sketch.finding("HEAD-SOFTMAX").observed()).isEqualTo("2048 values");
        assertThat(sketch.codes()).doesNotContain("OP-SOFTMAX");
    }

    @Test
    void a_softmax_over_ten_classes_is_no_matter() {
        String map = int8Conv(image(1, 3, 1, 1), 10, 3, 1);
        sketch.output(sketch.stored(sketch.node("Softmax", List.of(map), Map.of("axis", Attribute.of(1)))));
        assertThat(sketch.codes()).doesNotContain("HEAD-SOFTMAX");
        assertThat(sketch.sdk(SdkVersion.V2_1).finding("OP-SOFTMAX").severity()).isEqualTo(Severity.NOTE);
    }

    @Test
    void boxes_are_decoded_outside() {
        String map = sketch.conv(sketch.input("image", 1, 3, 8, 8), sketch.floats(4, 3, 1, 1));
        String rows = sketch.node("Reshape", List.of(map, sketch.longs(1, 64, 4)));
        String sizes = sketch.node("Mul", List.of(sketch.node("Exp", List.of(rows)), sketch.floats(1, 64, 4)));
        sketch.output(sizes);
        assertThat(sketch.finding("HEAD-BOX-DECODING").observed()).startsWith("Exp ");
    }

    @Test
    void rows_that_are_made_of_several_maps_by_arithmetic_are_decoded_outside() {
        String image = sketch.input("image", 1, 3, 8, 8);
        String one = sketch.conv(image, sketch.floats(6, 3, 1, 1));
        String two = sketch.conv(image, sketch.floats(6, 3, 1, 1));
        String joint = sketch.node(
                "Concat",
                List.of(
                        sketch.node("Reshape", List.of(one, sketch.longs(1, 6, 64))),
                        sketch.node("Reshape", List.of(two, sketch.longs(1, 6, 64)))),
                Map.of("axis", Attribute.of(2)));
        sketch.output(sketch.node("Mul", List.of(sketch.node("Sigmoid", List.of(joint)), sketch.floats(1, 1, 128))));

        Diagnosis found = sketch.finding("HEAD-BOX-DECODING");
        assertThat(found.observed()).startsWith("5 nodes without weights between 2 convolutions and output");
        assertThat(found.command().orElseThrow()).contains("--only cut-box-decoding");
    }

    @Test
    void a_concatenation_of_scores_is_no_box_decoding() {
        String image = sketch.input("image", 1, 3, 8, 8);
        String one = sketch.conv(image, sketch.floats(6, 3, 1, 1));
        String two = sketch.conv(image, sketch.floats(6, 3, 1, 1));
        String joint = sketch.node(
                "Concat",
                List.of(
                        sketch.node("Reshape", List.of(one, sketch.longs(1, 6, 64))),
                        sketch.node("Reshape", List.of(two, sketch.longs(1, 6, 64)))),
                Map.of("axis", Attribute.of(2)));
        sketch.output(sketch.node("Sigmoid", List.of(joint)));
        assertThat(sketch.codes()).doesNotContain("HEAD-BOX-DECODING");
    }

    @Test
    void an_exponential_of_a_feature_map_is_no_box_decoding() {
        String map = sketch.conv(sketch.input("image", 1, 3, 8, 8), sketch.floats(4, 3, 1, 1));
        sketch.output(sketch.node("Exp", List.of(map)));
        assertThat(sketch.codes()).doesNotContain("HEAD-BOX-DECODING");
    }

    private String sequenceConv(String tensor, int groups, int kernel, int stride) {
        return sketch.stored(sketch.node(
                "Conv",
                List.of(tensor, sketch.weights(ElementType.INT8, 8, 8 / groups, kernel)),
                Map.of("group", Attribute.of(groups), "strides", Attribute.ofInts(stride))));
    }

    @Test
    void a_depthwise_stride_over_a_sequence_stalls() {
        sketch.output(sequenceConv(image(1, 8, 100), 8, 3, 2));
        Diagnosis stall = sketch.finding("NPU-STALL-DEPTHWISE-STRIDE");
        assertThat(stall.severity()).isEqualTo(Severity.WRONG);
        assertThat(stall.observed()).isEqualTo("stride 2, 1x8x100");
    }

    @Test
    void without_stride_or_without_groups_it_runs() {
        sketch.output(sequenceConv(sequenceConv(image(1, 8, 100), 8, 3, 1), 1, 1, 2));
        assertThat(sketch.codes()).doesNotContain("NPU-STALL-DEPTHWISE-STRIDE", "NPU-STALL-RELU-DEPTHWISE");
    }

    @Test
    void depthwise_stride_over_images_is_what_every_mobile_network_has() {
        String map = sketch.conv(image(1, 8, 16, 16), sketch.weights(ElementType.INT8, 8, 1, 3, 3), 8, 2);
        sketch.output(sketch.stored(map));
        assertThat(sketch.codes()).doesNotContain("NPU-STALL-DEPTHWISE-STRIDE");
    }

    @Test
    void a_relu_over_a_sequence_before_a_wide_depthwise_kernel_stalls() {
        String relu = sketch.stored(sketch.relu(sequenceConv(image(1, 8, 100), 1, 1, 1)));
        sketch.output(sequenceConv(relu, 8, 7, 1));
        assertThat(sketch.finding("NPU-STALL-RELU-DEPTHWISE").where()).contains("(Relu)");
    }

    @Test
    void a_relu_before_a_narrow_kernel_runs() {
        String relu = sketch.stored(sketch.relu(sequenceConv(image(1, 8, 100), 1, 1, 1)));
        sketch.output(sequenceConv(relu, 8, 5, 1));
        assertThat(sketch.codes()).doesNotContain("NPU-STALL-RELU-DEPTHWISE");
    }

    @Test
    void seven_rows_are_too_many_for_one_epoch() {
        sketch.output(int8Conv(image(1, 3, 64, 64), 16, 3, 7));
        assertThat(sketch.finding("NPU-LARGE-KERNEL").observed()).isEqualTo("window 7");
        assertThat(sketch.finding("NPU-LARGE-KERNEL").effect()).contains("hardware timeout");
        assertThat(sketch.sdk(SdkVersion.V2_2).finding("NPU-LARGE-KERNEL").effect())
                .doesNotContain("timeout");
    }

    @Test
    void five_rows_are_decomposed_without_a_word() {
        sketch.output(int8Conv(image(1, 3, 64, 64), 16, 3, 5));
        assertThat(sketch.codes()).doesNotContain("NPU-LARGE-KERNEL");
    }

    @Test
    void prime_channel_counts_of_a_pruned_network_are_noted() {
        String map = image(1, 3, 16, 16);
        long before = 3;
        for (long channels : new long[] {29, 31, 37, 8}) {
            map = int8Conv(map, channels, before, 1);
            before = channels;
        }
        sketch.output(map);
        assertThat(sketch.finding("NPU-PRIME-CHANNELS").observed()).contains("[29, 31, 37]");
    }

    @Test
    void ordinary_channel_counts_are_not() {
        sketch.output(int8Conv(int8Conv(image(1, 3, 16, 16), 24, 3, 1), 17, 24, 1));
        assertThat(sketch.codes()).doesNotContain("NPU-PRIME-CHANNELS");
    }

    @Test
    void float_ends_of_an_integer_tflite_file_are_noted() {
        sketch.tflite();
        sketch.output(int8Conv(image(1, 3, 64, 64), 4, 3, 3));
        assertThat(sketch.finding("IO-FLOAT").observed()).contains("input \"image\"");
    }

    @Test
    void st_turns_float_ends_of_an_onnx_file_into_int8_by_itself() {
        sketch.output(int8Conv(image(1, 3, 64, 64), 4, 3, 3));
        assertThat(sketch.codes()).doesNotContain("IO-FLOAT");
    }

    @Test
    void a_large_output_of_the_cpu_is_to_be_compared() {
        sketch.output(
                sketch.stored(sketch.node("Softplus", List.of(int8Conv(image(1, 3, 128, 128), 2, 3, 1)))),
                ElementType.FLOAT32,
                1,
                2,
                128,
                128);
        assertThat(sketch.finding("NPU-LARGE-SOFTWARE-OUTPUT").observed()).endsWith("bytes");
        assertThat(sketch.sdk(SdkVersion.V3_0).codes()).doesNotContain("NPU-LARGE-SOFTWARE-OUTPUT");
    }

    @Test
    void a_small_output_of_the_cpu_is_not() {
        sketch.output(sketch.stored(sketch.node("Softplus", List.of(int8Conv(image(1, 3, 16, 16), 2, 3, 1)))));
        assertThat(sketch.codes()).doesNotContain("NPU-LARGE-SOFTWARE-OUTPUT");
    }

    @Test
    void a_refused_operator_stops_everything() {
        String map = sketch.conv(sketch.input("image", 1, 3, 8, 8), sketch.floats(4, 3, 1, 1));
        sketch.output(sketch.node("Einsum", List.of(map), Map.of("equation", Attribute.of("bchw->bchw"))));
        Diagnosis refused = sketch.finding("OP-EINSUM");
        assertThat(refused.severity()).isEqualTo(Severity.ERROR);
        assertThat(refused.where()).contains("(Einsum)");
        assertThat(refused.fix()).isNotBlank();
    }

    @Test
    void the_largest_groups_on_the_cpu_are_named_and_the_rest_is_summed_up() {
        String map = int8Conv(image(1, 4, 64, 64), 4, 4, 3);
        for (String operator : List.of("Floor", "Ceil", "Round", "Log", "Elu", "Softplus")) {
            map = sketch.stored(sketch.node(operator, List.of(map)));
        }
        sketch.output(map);
        List<String> codes = sketch.codes();
        assertThat(codes).contains("NPU-OTHERS-ON-CPU").hasSize(5);
        assertThat(sketch.finding("NPU-OTHERS-ON-CPU").effect()).isEqualTo("2 software epochs");
    }
}
