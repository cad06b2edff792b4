// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.macc.MaccCount;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.report.Prediction;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochGeometry;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.NodePlacement;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.Placement;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which verdict a network gets, from placements made by hand. */
class JudgementTest {
    private static final NpuSchedule ALL_ON_NPU = schedule("conv npu 900", "add npu 100");
    private static final NpuSchedule ALL_ON_CPU = schedule("conv cpu 900", "add cpu 100");
    private static final NpuSchedule REFUSED = schedule("conv npu 900", "nms refused 0");

    /** What the compiler would make of a file and of its repaired forms. */
    private record Case(
            NpuSchedule asIs,
            NpuSchedule quantized,
            Optional<NpuSchedule> withoutTail,
            boolean fitting,
            boolean stopped)
            implements Judgement.Candidates {
        Case(NpuSchedule asIs, NpuSchedule quantized, Optional<NpuSchedule> withoutTail, boolean fitting) {
            this(asIs, quantized, withoutTail, fitting, false);
        }

        @Override
        public List<Judgement.Repair> repairs() {
            return List.of(
                    new Judgement.Repair("after quantize", () -> Optional.of(quantized)),
                    new Judgement.Repair("after cutting the tail and quantize", () -> withoutTail));
        }

        @Override
        public MaccCount macc(NpuSchedule schedule) {
            Map<String, Long> shares = new LinkedHashMap<>();
            schedule.placements().forEach(node -> shares.put(node.node().name(), Long.parseLong(node.reason())));
            return new MaccCount(0, shares);
        }

        @Override
        public boolean fits(NpuSchedule schedule) {
            return fitting;
        }

        Judgement judged() {
            return Judgement.of(this);
        }
    }

    private static Case file(NpuSchedule asIs) {
        return new Case(asIs, asIs, Optional.empty(), true);
    }

    /** Each node as {@code name placement macc}; a node on NPU or CPU is an epoch of its own. */
    private static NpuSchedule schedule(String... nodes) {
        List<NodePlacement> placements = new ArrayList<>();
        List<Epoch> epochs = new ArrayList<>();
        for (String text : nodes) {
            String[] parts = text.split(" ");
            Node node = new Node(
                    parts[0], "Conv", "", List.of(), List.of(parts[0]), Map.of(), new Origin("Conv", parts[0], 0));
            Placement placement = Placement.valueOf(parts[1].toUpperCase(Locale.ROOT));
            placements.add(new NodePlacement(node, placement, "RULE", parts[2]));
            if (placement == Placement.NPU || placement == Placement.CPU) {
                epochs.add(epoch(epochs.size() + 1, node, placement == Placement.NPU));
            }
        }
        return new NpuSchedule(
                ModelGraph.builder("sample").build(),
                SdkVersion.V4_0,
                placements,
                epochs,
                Map.of(),
                List.of(),
                List.of());
    }

    private static Epoch epoch(int number, Node node, boolean hardware) {
        return new Epoch(
                number,
                hardware ? Epoch.Kind.HARDWARE : Epoch.Kind.SOFTWARE,
                EpochWork.OTHER,
                "Conv",
                "Conv",
                List.of(node),
                new EpochGeometry(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
                List.of(),
                List.of(),
                0,
                0,
                0,
                !hardware);
    }

    @Test
    void npu_where_every_epoch_is_the_npu_s() {
        Judgement judged = file(ALL_ON_NPU).judged();
        assertThat(judged.verdict()).isEqualTo(Verdict.NPU);
        assertThat(judged.graph()).isEqualTo(Prediction.AS_IS);
    }

    @Test
    void npu_and_cpu_where_an_epoch_is_software() {
        assertThat(file(schedule("conv npu 900", "softmax cpu 15")).judged().verdict())
                .isEqualTo(Verdict.NPU_AND_CPU);
    }

    @Test
    void repairable_where_quantization_brings_a_float_network_to_the_npu() {
        Judgement judged = new Case(ALL_ON_CPU, ALL_ON_NPU, Optional.empty(), true).judged();
        assertThat(judged.verdict()).isEqualTo(Verdict.REPAIRABLE);
        assertThat(judged.graph()).isEqualTo("after quantize");
        assertThat(judged.schedule()).isSameAs(ALL_ON_NPU);
    }

    @Test
    void repairable_where_a_refused_file_compiles_after_quantization() {
        assertThat(new Case(REFUSED, ALL_ON_NPU, Optional.empty(), true)
                        .judged()
                        .verdict())
                .isEqualTo(Verdict.REPAIRABLE);
    }

    @Test
    void repairable_where_only_the_tail_is_refused() {
        Judgement judged = new Case(REFUSED, REFUSED, Optional.of(ALL_ON_NPU), true).judged();
        assertThat(judged.verdict()).isEqualTo(Verdict.REPAIRABLE);
        assertThat(judged.graph()).isEqualTo("after cutting the tail and quantize");
        assertThat(judged.schedule()).isSameAs(ALL_ON_NPU);
    }

    @Test
    void unsupported_where_no_change_helps() {
        assertThat(file(REFUSED).judged().verdict()).isEqualTo(Verdict.UNSUPPORTED);
        assertThat(new Case(REFUSED, REFUSED, Optional.of(REFUSED), true)
                        .judged()
                        .verdict())
                .isEqualTo(Verdict.UNSUPPORTED);
    }

    @Test
    void cpu_where_quantization_changes_nothing() {
        assertThat(file(ALL_ON_CPU).judged().verdict()).isEqualTo(Verdict.CPU);
        assertThat(file(schedule("svm cpu 900", "cast npu 3")).judged().verdict())
                .isEqualTo(Verdict.CPU);
    }

    @Test
    void a_network_that_is_mostly_the_cpu_s_is_still_shared() {
        assertThat(file(schedule("conv npu 100", "lstm cpu 900")).judged().verdict())
                .isEqualTo(Verdict.NPU_AND_CPU);
    }

    @Test
    void a_layer_left_in_float_does_not_make_an_int8_network_repairable() {
        Judgement judged =
                new Case(schedule("conv npu 900", "conv2 cpu 50"), ALL_ON_NPU, Optional.empty(), true).judged();
        assertThat(judged.verdict()).isEqualTo(Verdict.NPU_AND_CPU);
        assertThat(judged.graph()).isEqualTo(Prediction.AS_IS);
    }

    @Test
    void what_stops_the_compiler_for_another_reason_has_to_be_fixed_first() {
        assertThat(new Case(ALL_ON_NPU, ALL_ON_NPU, Optional.empty(), true, true)
                        .judged()
                        .verdict())
                .isEqualTo(Verdict.REPAIRABLE);
    }

    @Test
    void too_large_where_it_would_run_and_does_not_fit() {
        assertThat(new Case(ALL_ON_NPU, ALL_ON_NPU, Optional.empty(), false)
                        .judged()
                        .verdict())
                .isEqualTo(Verdict.TOO_LARGE);
        assertThat(new Case(ALL_ON_CPU, ALL_ON_NPU, Optional.empty(), false)
                        .judged()
                        .verdict())
                .isEqualTo(Verdict.TOO_LARGE);
        assertThat(new Case(REFUSED, REFUSED, Optional.empty(), false).judged().verdict())
                .isEqualTo(Verdict.UNSUPPORTED);
    }
}
