// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.boards.Boards;
import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochGeometry;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuTensor;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class NpuMemoryPlannerTest {
    private static final int KIB = 1024;
    private static final Npu DISCOVERY = Boards.byId("stm32n6570-dk").npu().orElseThrow();
    private static final Npu NUCLEO = Boards.byId("nucleo-n657x0-q").npu().orElseThrow();

    @Test
    void what_fits_into_one_bank_lies_in_npuRAM5() {
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(chain(48 * KIB, 200 * KIB, 100 * KIB), DISCOVERY);

        assertThat(used(plan)).containsExactly(Map.entry("npuRAM5", 300L * KIB));
        assertThat(plan.internalRamBytes()).isEqualTo(300 * KIB);
        assertThat(plan.livenessPeakBytes()).isEqualTo(300 * KIB);
        assertThat(plan.fits()).isTrue();
        assertThat(plan.spills()).isEmpty();
    }

    @Test
    void two_large_maps_take_turns_in_two_banks() {
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(chain(441 * KIB, 441 * KIB, 441 * KIB), DISCOVERY);

        assertThat(used(plan)).containsOnly(Map.entry("npuRAM5", 441L * KIB), Map.entry("npuRAM4", 441L * KIB));
    }

    /** The first expansion of MobileNetV2 1.0 at 224: 1176 KiB over cpuRAM2 and the first 152 KiB of npuRAM3. */
    @Test
    void a_map_that_no_bank_holds_spans_from_cpuRAM2_into_its_neighbours() {
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(chain(196 * KIB, 1176 * KIB, 294 * KIB), DISCOVERY);

        assertThat(used(plan))
                .containsOnly(
                        Map.entry("cpuRAM2", 1024L * KIB),
                        Map.entry("npuRAM3", 152L * KIB),
                        Map.entry("npuRAM5", 294L * KIB));
        assertThat(plan.internalRamBytes()).isEqualTo(plan.livenessPeakBytes());
    }

    @Test
    void the_sum_of_the_pools_exceeds_what_is_alive_at_once() {
        // The head of MobileNetV2 1.0 at 224: ST prints 2058 KiB, of which 1470 are in use at once.
        NpuMemoryPlan plan =
                NpuMemoryPlanner.plan(chain(196 * KIB, 1176 * KIB, 294 * KIB, 441 * KIB, 441 * KIB), DISCOVERY);

        assertThat(plan.livenessPeakBytes()).isEqualTo(1470 * KIB);
        assertThat(plan.internalRamBytes()).isEqualTo(2058 * KIB);
        assertThat(plan.internalRamBytes())
                .isEqualTo(plan.pools().stream()
                        .filter(NpuMemoryPlan.PoolUse::onChip)
                        .mapToLong(NpuMemoryPlan.PoolUse::usedBytes)
                        .sum());
    }

    @Test
    void what_finds_no_gap_on_the_chip_spills_by_name() {
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(chain(100 * KIB, 1800 * KIB, 1700 * KIB, 50 * KIB), DISCOVERY);

        assertThat(plan.fits()).isTrue();
        assertThat(plan.spills()).extracting(NpuMemoryPlan.Buffer::tensor).containsExactly("t2");
        assertThat(plan.spills()).extracting(NpuMemoryPlan.Buffer::pool).containsExactly("hyperRAM");
        assertThat(plan.externalRamBytes()).isEqualTo(1700 * KIB);
        assertThat(plan.livenessPeakBytes()).isEqualTo(3500 * KIB);
        assertThat(plan.peakEpoch()).isEqualTo(2);
        assertThat(plan.alive(2)).extracting(NpuMemoryPlan.Buffer::tensor).containsExactly("t1", "t2");
        assertThat(plan.largest()).map(NpuMemoryPlan.Buffer::tensor).contains("t1");
    }

    @Test
    void a_board_without_external_ram_has_no_room_for_it() {
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(chain(100 * KIB, 1800 * KIB, 1700 * KIB, 50 * KIB), NUCLEO);

        assertThat(plan.fits()).isFalse();
        assertThat(plan.unplaced()).extracting(NpuMemoryPlan.Buffer::tensor).containsExactly("t2");
        assertThat(plan.externalRamBytes()).isZero();
        assertThat(plan.availableRamBytes()).isEqualTo(2816L * KIB);
        assertThat(plan.requiredRamBytes()).isEqualTo(3500L * KIB);
        assertThat(plan.excessRamBytes()).isEqualTo(684L * KIB);
    }

    @Test
    void scratch_memory_of_an_epoch_is_a_buffer() {
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(withScratch(100 * KIB + 1), DISCOVERY);

        assertThat(plan.livenessPeakBytes()).isEqualTo(130 * KIB + 1);
        assertThat(plan.buffers()).extracting(NpuMemoryPlan.Buffer::tensor).contains("epoch 1 scratch");
    }

    /** 64x8x8 outputs: a partial sum has 8 KiB. */
    @Test
    void partial_sums_are_buffers_of_their_own() {
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(withScratch(3 * 8 * KIB), DISCOVERY);

        assertThat(plan.livenessPeakBytes()).isEqualTo(54 * KIB);
        assertThat(plan.buffers())
                .extracting(NpuMemoryPlan.Buffer::tensor)
                .contains("epoch 1 scratch 1", "epoch 1 scratch 2", "epoch 1 scratch 3");
    }

    private static NpuSchedule withScratch(long bytes) {
        NpuSchedule plain = chain(10 * KIB, 20 * KIB, 30 * KIB);
        List<Epoch> epochs = new ArrayList<>(plain.epochs());
        epochs.set(0, epoch(1, EpochWork.CONVOLUTION, 1, List.of("t0"), List.of("t1"), 0, 0, bytes));
        return with(plain, epochs, SdkVersion.V3_0);
    }

    @Test
    void a_tensor_read_late_stays_alive() {
        NpuSchedule plain = chain(100 * KIB, 100 * KIB, 100 * KIB, 100 * KIB);
        List<Epoch> epochs = new ArrayList<>(plain.epochs());
        epochs.set(2, epoch(3, EpochWork.ELEMENTWISE, 1, List.of("t2", "t0"), List.of("t3"), 0, 0, 0));

        NpuMemoryPlan plan = NpuMemoryPlanner.plan(with(plain, epochs, SdkVersion.V3_0), DISCOVERY);

        assertThat(plan.livenessPeakBytes()).isEqualTo(300 * KIB);
    }

    @Test
    void depthwise_weights_are_padded_as_the_version_does() {
        Epoch atStrideTwo = epoch(1, EpochWork.DEPTHWISE, 2, List.of("t0"), List.of("t1"), 9 * 64 + 6 * 64, 9 * 64, 0);
        Epoch atStrideOne = epoch(1, EpochWork.DEPTHWISE, 1, List.of("t0"), List.of("t1"), 9 * 64 + 6 * 64, 9 * 64, 0);

        assertThat(weights(atStrideTwo, SdkVersion.V2_1)).isEqualTo(8 * 9 * 64 + 6 * 64);
        assertThat(weights(atStrideOne, SdkVersion.V2_1)).isEqualTo(8 * 9 * 64 + 6 * 64);
        assertThat(weights(atStrideTwo, SdkVersion.V3_0)).isEqualTo(2 * 9 * 64 + 6 * 64);
        assertThat(weights(atStrideOne, SdkVersion.V3_0)).isEqualTo(9 * 64 + 6 * 64);
    }

    @Test
    void only_core_3_0_pads_many_depthwise_channels_at_stride_one() {
        Epoch wide = new Epoch(
                1,
                Epoch.Kind.HARDWARE,
                EpochWork.DEPTHWISE,
                "Conv",
                "Conv",
                List.of(),
                new EpochGeometry(3, 3, 1, 1, 1, 1, 576, 576, 8, 8, 576, 8, 8),
                List.of("t0"),
                List.of("t1"),
                9 * 576,
                9 * 576,
                0,
                false);

        assertThat(weights(wide, SdkVersion.V3_0)).isEqualTo(8 * 9 * 576);
        assertThat(weights(wide, SdkVersion.V4_0)).isEqualTo(9 * 576);
    }

    @Test
    void weights_beyond_the_flash_do_not_fit() {
        Epoch huge = epoch(1, EpochWork.FULLY_CONNECTED, 1, List.of("t0"), List.of("t1"), 200L << 20, 200L << 20, 0);

        NpuMemoryPlan plan = NpuMemoryPlanner.plan(with(chain(KIB, KIB), List.of(huge), SdkVersion.V3_0), DISCOVERY);

        assertThat(plan.fits()).isFalse();
        assertThat(plan.weightsFitOnChip()).isFalse();
        assertThat(plan.unplaced()).isEmpty();
    }

    @Test
    void a_network_without_epochs_needs_nothing() {
        NpuMemoryPlan plan = NpuMemoryPlanner.plan(with(chain(KIB, KIB), List.of(), SdkVersion.V3_0), DISCOVERY);

        assertThat(plan.buffers()).isEmpty();
        assertThat(plan.livenessPeakBytes()).isZero();
        assertThat(plan.pools()).extracting(NpuMemoryPlan.PoolUse::pool).contains("npuRAM3", "octoFlash", "hyperRAM");
    }

    private static long weights(Epoch epoch, SdkVersion sdk) {
        return NpuMemoryPlanner.plan(with(chain(KIB, KIB), List.of(epoch), sdk), DISCOVERY)
                .weightsBytes();
    }

    private static Map<String, Long> used(NpuMemoryPlan plan) {
        return plan.pools().stream()
                .filter(pool -> pool.activationBytes() > 0)
                .collect(Collectors.toMap(
                        NpuMemoryPlan.PoolUse::pool,
                        NpuMemoryPlan.PoolUse::activationBytes,
                        Long::sum,
                        LinkedHashMap::new));
    }

    /** A network whose epoch i reads tensor i-1 and writes tensor i. */
    private static NpuSchedule chain(int... bytes) {
        Map<String, NpuTensor> tensors = new LinkedHashMap<>();
        List<Epoch> epochs = new ArrayList<>();
        for (int index = 0; index < bytes.length; index++) {
            tensors.put("t" + index, new NpuTensor("t" + index, ElementType.INT8, Shape.of(1, bytes[index], 1, 1)));
            if (index > 0) {
                epochs.add(epoch(
                        index, EpochWork.POINTWISE, 1, List.of("t" + (index - 1)), List.of("t" + index), 0, 0, 0));
            }
        }
        return new NpuSchedule(
                ModelGraph.builder("chain").build(),
                SdkVersion.V3_0,
                List.of(),
                epochs,
                tensors,
                List.of("t0"),
                List.of("t" + (bytes.length - 1)));
    }

    private static NpuSchedule with(NpuSchedule schedule, List<Epoch> epochs, SdkVersion sdk) {
        return new NpuSchedule(
                schedule.graph(), sdk, List.of(), epochs, schedule.tensors(), schedule.inputs(), schedule.outputs());
    }

    private static Epoch epoch(
            int number,
            EpochWork work,
            int stride,
            List<String> reads,
            List<String> writes,
            long weightBytes,
            long weightElements,
            long scratchBytes) {
        return new Epoch(
                number,
                Epoch.Kind.HARDWARE,
                work,
                "Conv",
                "Conv",
                List.of(),
                new EpochGeometry(3, 3, stride, stride, 1, 1, 64, 64, 8, 8, 64, 8, 8),
                reads,
                writes,
                weightBytes,
                weightElements,
                scratchBytes,
                false);
    }
}
