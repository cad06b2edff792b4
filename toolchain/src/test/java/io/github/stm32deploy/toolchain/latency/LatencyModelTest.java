// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.benchmark.network.MobileNets;
import io.github.stm32deploy.toolchain.benchmark.network.MobileNets.Rounding;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction.Bound;
import io.github.stm32deploy.toolchain.latency.LatencyPrediction.EpochTime;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlanner;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochGeometry;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.NpuTensor;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LatencyModelTest {
    private static final Npu DISCOVERY = Boards.byId("stm32n6570-dk").npu().orElseThrow();
    private static final Npu NUCLEO = Boards.byId("nucleo-n657x0-q").npu().orElseThrow();
    private static final Npu.Clocks OVERDRIVE = DISCOVERY.clocks().get(0);
    private static final LatencyModel MODEL = LatencyModel.shipped();

    private static EpochGeometry map(long inputs, long outputs, int kernel, int stride, long rows, long groups) {
        return new EpochGeometry(
                kernel,
                kernel,
                stride,
                stride,
                1,
                1,
                groups,
                inputs,
                rows,
                rows,
                outputs,
                rows / stride,
                rows / stride);
    }

    private static EpochLoad hardware(EpochWork work, EpochGeometry shape, long weightBytes, long spilled) {
        long in = shape.inputChannels() * shape.inputRows() * shape.inputColumns();
        long out = shape.outputChannels() * shape.outputRows() * shape.outputColumns();
        return new EpochLoad(
                1,
                Epoch.Kind.HARDWARE,
                work,
                shape,
                in,
                in,
                out,
                shape.products(),
                weightBytes,
                spilled,
                0,
                false,
                false);
    }

    private static EpochLoad software(EpochWork work, long elements) {
        EpochGeometry shape = map(1, 1, 1, 1, 1, 1);
        return new EpochLoad(
                1, Epoch.Kind.SOFTWARE, work, shape, elements, elements, elements, elements, 0, 0, 0, true, false);
    }

    private static LatencyPrediction predict(EpochLoad load) {
        return MODEL.predict(List.of(load), SdkVersion.V3_0, OVERDRIVE);
    }

    private static Bound bound(EpochLoad load) {
        return predict(load).epochs().get(0).bound();
    }

    @Test
    void an_epoch_is_bound_by_what_it_asks_most_of() {
        EpochGeometry expansion = map(16, 96, 1, 1, 112, 1);
        assertThat(bound(hardware(EpochWork.POINTWISE, expansion, 1536, 0))).isEqualTo(Bound.OUTPUT_STREAM);
        EpochGeometry depthwise = map(96, 96, 3, 2, 112, 96);
        assertThat(bound(hardware(EpochWork.DEPTHWISE, depthwise, 864, 0))).isEqualTo(Bound.DEPTHWISE_INPUT);
        EpochGeometry dense = map(1280, 1000, 1, 1, 1, 1);
        assertThat(bound(hardware(EpochWork.FULLY_CONNECTED, dense, 1_280_000, 0)))
                .isEqualTo(Bound.WEIGHTS_FROM_FLASH);
        EpochGeometry wide = map(96, 576, 1, 1, 14, 1);
        assertThat(bound(hardware(EpochWork.POINTWISE, wide, 0, 0))).isEqualTo(Bound.CHANNELS);
        EpochGeometry deep = map(256, 64, 3, 1, 56, 1);
        assertThat(bound(hardware(EpochWork.CONVOLUTION, deep, 0, 0))).isEqualTo(Bound.MULTIPLY);
        assertThat(bound(hardware(EpochWork.POINTWISE, expansion, 1536, 1 << 20)))
                .isEqualTo(Bound.EXTERNAL_RAM);
        assertThat(bound(software(EpochWork.SOFTMAX, 1000))).isEqualTo(Bound.SOFTWARE);
    }

    @Test
    void a_spilled_tensor_costs_tens_of_milliseconds_a_megabyte() {
        EpochGeometry shape = map(16, 96, 1, 1, 112, 1);
        double kept = predict(hardware(EpochWork.POINTWISE, shape, 1536, 0)).medianMicros();
        double spilled =
                predict(hardware(EpochWork.POINTWISE, shape, 1536, 1 << 20)).medianMicros();
        assertThat(spilled - kept).isBetween(5_000.0, 100_000.0);
    }

    @Test
    void slower_flash_and_slower_clocks_make_it_slower() {
        List<EpochLoad> loads = List.of(hardware(EpochWork.FULLY_CONNECTED, map(1280, 1000, 1, 1, 1, 1), 1_280_000, 0));
        double fast =
                MODEL.predict(loads, SdkVersion.V3_0, NUCLEO.clocks().get(0)).medianMicros();
        double slow =
                MODEL.predict(loads, SdkVersion.V3_0, NUCLEO.clocks().get(1)).medianMicros();
        assertThat(slow / fast).isCloseTo(397.0 / 99, within(0.1));
        List<EpochLoad> onCpu = List.of(software(EpochWork.SOFTMAX, 100_000));
        assertThat(MODEL.predict(onCpu, SdkVersion.V3_0, NUCLEO.clocks().get(1)).medianMicros()
                        / MODEL.predict(onCpu, SdkVersion.V3_0, NUCLEO.clocks().get(0))
                                .medianMicros())
                .isCloseTo(800.0 / 600, within(1e-9));
    }

    private static LatencyPrediction mobileNet(LatencyModel model, SdkVersion sdk) {
        ModelGraph graph = MobileNets.v2(Flavour.ONNX, 1, Rounding.TO_EIGHT, false, 224, 224, 1000)
                .build();
        NpuSchedule schedule = NpuScheduler.schedule(graph, sdk);
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(schedule, NUCLEO);
        return model.predict(schedule, plan, NUCLEO, OVERDRIVE);
    }

    /** 20.694 ms: X-CUBE-AI 10.2.0 on a NUCLEO-N657X0-Q, no epoch controller (Magnus3327/stm32n6-edge-ai-benchmarks). */
    @Test
    void mobilenet_v2_takes_about_what_was_measured() {
        LatencyPrediction prediction = mobileNet(MODEL.withoutEpochController(), SdkVersion.V2_2);
        assertThat(prediction.medianMicros()).isCloseTo(20_694, within(1_500.0));
        assertThat(prediction.lowMicros()).isLessThan(prediction.medianMicros());
        assertThat(prediction.highMicros()).isGreaterThan(prediction.medianMicros());
        assertThat(prediction.epochs().stream().mapToDouble(EpochTime::micros).sum())
                .isCloseTo(prediction.medianMicros(), within(0.01));
    }

    @Test
    void basis_says_on_what_the_interval_rests_and_how_epochs_start() {
        assertThat(mobileNet(MODEL, SdkVersion.V3_0).basis())
                .contains("measurements of networks on the chip that run on the NPU", "designs", "the epoch controller")
                .doesNotContain("wider");
        assertThat(predict(software(EpochWork.MATRIX_PRODUCT, 1_000_000)).basis())
                .contains("wider because 100 % of the time is in work that no measured network has so much of");
    }

    @Test
    void interval_is_wider_where_no_measured_network_is_like_this_one() {
        LatencyPrediction known = mobileNet(MODEL, SdkVersion.V3_0);
        LatencyPrediction unknown = predict(hardware(EpochWork.TRANSPOSED_CONVOLUTION, map(64, 64, 2, 1, 56, 1), 0, 0));
        assertThat(unknown.highMicros() / unknown.medianMicros())
                .isGreaterThan(1.5 * known.highMicros() / known.medianMicros());
    }

    @Test
    void partial_sums_in_external_ram_count_when_written_and_when_added_up() {
        EpochGeometry shape = map(3, 16, 7, 1, 224, 1);
        NpuSchedule schedule = new NpuSchedule(
                null,
                SdkVersion.V3_0,
                List.of(),
                List.of(piece(1, shape, false, 100), piece(2, shape, false, 200), piece(3, shape, true, 200)),
                Map.of("sum", new NpuTensor("sum", ElementType.INT8, Shape.of(1, 16, 224, 224))),
                List.of(),
                List.of());
        List<NpuMemoryPlan.Buffer> spilled = List.of(
                new NpuMemoryPlan.Buffer("epoch 1 scratch", "hyperRAM", 0, 100, 1, 1, true),
                new NpuMemoryPlan.Buffer("epoch 2 scratch 1", "hyperRAM", 0, 100, 2, 2, true),
                new NpuMemoryPlan.Buffer("epoch 2 scratch 2", "hyperRAM", 100, 100, 2, 2, true),
                new NpuMemoryPlan.Buffer("epoch 3 scratch 1", "hyperRAM", 0, 100, 3, 3, true),
                new NpuMemoryPlan.Buffer("epoch 3 scratch 2", "hyperRAM", 100, 100, 3, 3, true));
        NpuMemoryPlan plan = new NpuMemoryPlan(List.of(), spilled, 0, 0, 200, 0, true);
        assertThat(EpochLoad.of(schedule, plan))
                .extracting(EpochLoad::partialSumBytes)
                .containsExactly(100L, 100L, 200L);
    }

    private static Epoch piece(int number, EpochGeometry shape, boolean last, long scratch) {
        return new Epoch(
                number,
                Epoch.Kind.HARDWARE,
                EpochWork.CONVOLUTION,
                "Conv",
                "Conv 7x7",
                List.of(),
                shape,
                List.of(),
                last ? List.of("sum") : List.of(),
                0,
                0,
                scratch,
                false);
    }

    @Test
    void a_network_without_epochs_has_no_time() {
        NpuSchedule refused =
                new NpuSchedule(null, SdkVersion.V3_0, List.of(), List.of(), Map.of(), List.of(), List.of());
        NpuMemoryPlan plan = new NpuMemoryPlan(List.of(), List.of(), 0, 0, 0, 0, true);
        assertThatThrownBy(() -> MODEL.predict(refused, plan, NUCLEO, OVERDRIVE))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
