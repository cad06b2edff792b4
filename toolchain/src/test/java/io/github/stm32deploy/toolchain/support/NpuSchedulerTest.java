// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Epochs and tensors that small graphs become. */
class NpuSchedulerTest {
    private static final Map<String, Attribute> SAME_3X3 =
            Map.of("kernel_shape", Attribute.ofInts(3, 3), "pads", Attribute.ofInts(1, 1, 1, 1));

    private static NpuSchedule schedule(ModelGraph graph) {
        return NpuScheduler.schedule(graph, SdkVersion.V2_2);
    }

    private static List<String> labels(NpuSchedule schedule) {
        return schedule.epochs().stream()
                .map(epoch -> epoch.kind() + " " + epoch.label())
                .toList();
    }

    @Test
    void convolution_bias_activation_and_quantization_are_one_epoch() {
        RuleGraph graph = new RuleGraph();
        String x = graph.int8("image", 1, 8, 16, 16);
        String y = graph.node("Conv", SAME_3X3, x, graph.int8Weights(24, 8, 3, 3), graph.floatConstant(24));
        NpuSchedule schedule = schedule(graph.int8Output(graph.node("Relu", Map.of(), y)));

        assertThat(labels(schedule)).containsExactly("HARDWARE Layout of image", "HARDWARE Conv 3x3 + Relu");
        Epoch epoch = schedule.epochs().get(1);
        assertThat(epoch.work()).isEqualTo(EpochWork.CONVOLUTION);
        assertThat(epoch.reads()).containsExactly("image (channels last)");
        assertThat(schedule.epochs().get(0).reads()).containsExactly("image");
        assertThat(epoch.weightElements()).isEqualTo(24 * 8 * 9);
        assertThat(epoch.weightBytes()).isEqualTo(24 * 8 * 9 + 24 * 6);
        assertThat(epoch.geometry().products()).isEqualTo(24L * 16 * 16 * 9 * 8);
        assertThat(schedule.tensor(schedule.outputs().get(0)).bytes()).isEqualTo(24 * 16 * 16);
    }

    @Test
    void four_bit_weights_are_packed() {
        RuleGraph graph = new RuleGraph(21);
        String x = graph.int8("image", 1, 8, 4, 4);
        String y = graph.node("Conv", SAME_3X3, x, graph.weights(ElementType.INT4, 4, 8, 3, 3));
        Epoch epoch = schedule(graph.int8Output(y)).epochs().get(1);

        assertThat(epoch.weightElements()).isEqualTo(288);
        assertThat(epoch.weightBytes()).isEqualTo(288 / 2 + 4 * 6);
    }

    @Test
    void residual_add_joins_the_convolution_whose_other_operand_is_there() {
        RuleGraph graph = new RuleGraph();
        String x = graph.int8("image", 1, 8, 4, 4);
        String y = graph.stored(graph.node("Conv", Map.of(), x, graph.int8Weights(8, 8, 1, 1)));
        NpuSchedule schedule = schedule(graph.int8Output(graph.node("Add", Map.of(), x, y)));

        assertThat(labels(schedule)).containsExactly("HARDWARE Layout of image", "HARDWARE Conv 1x1 + Add");
    }

    @Test
    void float_model_runs_on_the_cpu_and_as_int8_on_the_npu() {
        RuleGraph graph = new RuleGraph();
        String y = graph.node("Conv", SAME_3X3, graph.floats("image", 1, 3, 8, 8), graph.floatConstant(4, 3, 3, 3));
        ModelGraph model = graph.floatOutput(graph.node("Relu", Map.of(), y));

        assertThat(schedule(model).epochs())
                .filteredOn(epoch -> epoch.kind() == Epoch.Kind.SOFTWARE && epoch.floating())
                .hasSize(2);
        NpuSchedule quantized = NpuScheduler.scheduleAsInt8(model, SdkVersion.V2_2);
        assertThat(labels(quantized)).containsExactly("HARDWARE Layout of image", "HARDWARE Conv 3x3 + Relu");
        assertThat(quantized.tensor("image").element()).isEqualTo(ElementType.INT8);
    }

    @Test
    void float_kernel_among_integers_costs_two_conversions() {
        RuleGraph graph = new RuleGraph();
        String x = graph.int8("features", 1, 8, 7, 7);
        NpuSchedule schedule = schedule(graph.int8Output(graph.node("GlobalAveragePool", Map.of(), x)));

        assertThat(labels(schedule))
                .containsExactly(
                        "HARDWARE Layout of features",
                        "SOFTWARE DequantizeLinear",
                        "SOFTWARE GlobalAveragePool 7x7 (float)",
                        "SOFTWARE QuantizeLinear");
    }

    @Test
    void float_input_and_output_of_a_quantized_onnx_model_are_int8_for_the_application() {
        RuleGraph graph = new RuleGraph();
        String x = graph.stored(graph.floats("image", 1, 3, 8, 8));
        String y = graph.stored(graph.node("Conv", SAME_3X3, x, graph.int8Weights(4, 3, 3, 3)));
        NpuSchedule schedule = schedule(graph.floatOutput(y));

        assertThat(labels(schedule)).containsExactly("HARDWARE Layout of image", "HARDWARE Conv 3x3");
        assertThat(schedule.tensor(schedule.inputs().get(0)).element()).isEqualTo(ElementType.INT8);
        assertThat(schedule.tensor(schedule.outputs().get(0)).element()).isEqualTo(ElementType.INT8);
    }

    @Test
    void float_input_and_output_of_a_quantized_tflite_model_are_converted_on_the_cpu() {
        RuleGraph graph = new RuleGraph();
        graph.tflite("QUANTIZE");
        String x = graph.stored(graph.floats("image", 1, 3, 8, 8));
        graph.tflite("CONV_2D");
        String y = graph.node("Conv", SAME_3X3, x, graph.int8Weights(4, 3, 3, 3));
        String stored = graph.quantize(y, ElementType.INT8);
        graph.tflite("DEQUANTIZE");
        NpuSchedule schedule = schedule(graph.floatOutput(graph.dequantize(stored, ElementType.INT8)));

        assertThat(labels(schedule))
                .containsExactly("SOFTWARE QuantizeLinear", "HARDWARE Conv 3x3", "SOFTWARE DequantizeLinear");
    }

    @Test
    void open_batch_is_one_image() {
        RuleGraph graph = new RuleGraph();
        String y = graph.node("Conv", SAME_3X3, graph.floats("image", -1, 3, 8, 8), graph.floatConstant(4, 3, 3, 3));
        NpuSchedule schedule = NpuScheduler.scheduleAsInt8(graph.floatOutput(y), SdkVersion.V2_2);

        assertThat(schedule.tensor("image").bytes()).isEqualTo(3 * 8 * 8);
    }

    @Test
    void one_refused_node_refuses_the_model() {
        RuleGraph graph = new RuleGraph();
        String boxes = graph.floats("boxes", 1, 10, 4);
        String scores = graph.floats("scores", 1, 1, 10);
        NpuSchedule schedule = schedule(graph.floatOutput(graph.node("NonMaxSuppression", Map.of(), boxes, scores)));

        assertThat(schedule.refused()).isTrue();
        assertThat(schedule.epochs()).isEmpty();
    }

    @Test
    void window_of_7x7_takes_four_epochs_and_memory_for_partial_sums() {
        RuleGraph graph = new RuleGraph();
        String x = graph.int8("image", 1, 3, 64, 64);
        Map<String, Attribute> same =
                Map.of("kernel_shape", Attribute.ofInts(7, 7), "pads", Attribute.ofInts(3, 3, 3, 3));
        NpuSchedule schedule = schedule(graph.int8Output(graph.node("Conv", same, x, graph.int8Weights(32, 3, 7, 7))));

        assertThat(schedule.epochs().stream().filter(epoch -> epoch.work() == EpochWork.CONVOLUTION))
                .hasSize(4)
                .allMatch(epoch -> epoch.scratchBytes() > 0);
        assertThat(schedule.epochs().stream().mapToLong(Epoch::weightBytes).sum())
                .isEqualTo(32 * 3 * 49 + 32 * 6);
    }

    @Test
    void moves_and_conversions_are_counted_as_bytes() {
        RuleGraph graph = new RuleGraph();
        String x = graph.int8("features", 1, 8, 7, 7);
        Moves moves = Moves.of(schedule(graph.int8Output(graph.node("GlobalAveragePool", Map.of(), x))));

        assertThat(moves.copyEpochs()).isEqualTo(1);
        assertThat(moves.copyBytes()).isEqualTo(2 * 8 * 49);
        assertThat(moves.conversionEpochs()).isEqualTo(2);
        assertThat(moves.conversionBytes()).isEqualTo(8 * 49 * 5 + 8 * 5);
        assertThat(moves.epochs()).isEqualTo(3);
    }

    @Test
    void product_with_the_sigmoid_of_a_convolution_stays_in_its_epoch_from_3_0() {
        assertThat(labels(NpuScheduler.schedule(swish(), SdkVersion.V4_0)))
                .containsExactly("HARDWARE Layout of image", "HARDWARE Conv 1x1 + Sigmoid + Mul");
        assertThat(labels(NpuScheduler.schedule(swish(), SdkVersion.V2_0)))
                .containsExactly("HARDWARE Layout of image", "HARDWARE Conv 1x1 + Sigmoid", "HARDWARE Mul");
    }

    private static ModelGraph swish() {
        RuleGraph graph = new RuleGraph();
        String x = graph.int8("image", 1, 8, 4, 4);
        String y = graph.stored(graph.node("Conv", Map.of(), x, graph.int8Weights(8, 8, 1, 1)));
        String gate = graph.stored(graph.node("Sigmoid", Map.of(), y));
        return graph.int8Output(graph.node("Mul", Map.of(), y, gate));
    }

    @Test
    void nearest_resizing_is_a_copy_and_an_assisted_move() {
        RuleCase resized =
                FormExamples.of(Rules.byId("OP-RESIZE-NEAREST").orElseThrow()).refused();

        assertThat(labels(NpuScheduler.schedule(resized.graph(), SdkVersion.V4_0)))
                .containsExactly(
                        "HARDWARE Layout of x", "HARDWARE Concat for Resize", "HYBRID DepthToSpace for Resize");
        assertThat(labels(NpuScheduler.schedule(resized.graph(), SdkVersion.V2_0)))
                .endsWith("SOFTWARE DepthToSpace for Resize");
    }

    @Test
    void sizes_that_stay_open_give_placements_and_no_epochs() {
        RuleGraph graph = new RuleGraph();
        String x = graph.floats("image", 1, 3, -1, -1);
        String sizes = graph.node("Cast", Map.of("to", Attribute.of(1)), graph.node("Shape", Map.of(), x));
        ModelGraph model = graph.floatOutput(graph.node("Add", Map.of(), sizes, graph.floatConstant(4)));

        for (NpuSchedule schedule : List.of(schedule(model), NpuScheduler.scheduleAsInt8(model, SdkVersion.V4_0))) {
            assertThat(schedule.placements()).hasSize(model.nodes().size());
            assertThat(schedule.refused()).isFalse();
        }
    }
}
