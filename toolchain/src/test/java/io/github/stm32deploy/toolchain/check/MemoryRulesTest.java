// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.boards.Npu.PoolKind;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a memory plan makes the check say. */
class MemoryRulesTest {
    private static final long KIB = 1024;

    private static Npu board(long external) {
        return new Npu(
                "NPU",
                List.of(
                        new Npu.Pool("npuRAM3", 0, 1000 * KIB, PoolKind.ON_CHIP, 1),
                        new Npu.Pool("hyperRAM", 0, external, PoolKind.EXTERNAL_RAM, 1),
                        new Npu.Pool("octoFlash", 0, 4000 * KIB, PoolKind.EXTERNAL_FLASH, 1)),
                List.of());
    }

    private static NpuMemoryPlan plan(long peak, long weights, boolean fits, Buffer... buffers) {
        return new NpuMemoryPlan(List.of(), List.of(buffers), peak, peak, 0, weights, fits);
    }

    private static Buffer buffer(String tensor, long bytes, boolean spilled) {
        return new Buffer(tensor, spilled ? "hyperRAM" : "npuRAM3", 0, bytes, 1, 2, spilled);
    }

    private static GraphSketch with(NpuMemoryPlan plan, long external) {
        return GraphSketch.plain().memory(plan, board(external));
    }

    @Test
    void activations_beyond_all_pools_are_told_to_the_byte() {
        Diagnosis exceed = with(plan(1500 * KIB, 100, false, buffer("wide", 900 * KIB, false)), 0)
                .finding("MEM-ACTIVATIONS-EXCEED");
        assertThat(exceed.severity()).isEqualTo(Severity.ERROR);
        assertThat(exceed.observed())
                .startsWith("required 1.46 MB, available 1000 KB, excess 512000 bytes, this board has no external RAM");
        assertThat(exceed.where()).contains("\"wide\" 900 KB");
    }

    @Test
    void activations_that_would_fit_but_find_no_gap_say_so() {
        Buffer homeless = new Buffer("wide", "", 0, 500 * KIB, 1, 2, false);
        NpuMemoryPlan gaps = new NpuMemoryPlan(
                List.of(new NpuMemoryPlan.PoolUse("npuRAM3", 1000 * KIB, 800 * KIB, 800 * KIB, 0, PoolKind.ON_CHIP)),
                List.of(buffer("low", 300 * KIB, false), homeless),
                900 * KIB,
                800 * KIB,
                0,
                100,
                false);
        assertThat(with(gaps, 0).finding("MEM-ACTIVATIONS-EXCEED").observed())
                .startsWith("required 1.27 MB, available 1000 KB, excess 307200 bytes; 900 KB are alive at once, but no"
                        + " gap is left for tensors \"wide\" 500 KB");
    }

    @Test
    void weights_beyond_the_flash_are_told_to_the_byte() {
        assertThat(with(plan(10, 5000 * KIB, false), 0)
                        .finding("MEM-WEIGHTS-EXCEED")
                        .observed())
                .contains("excess 1024000 bytes");
    }

    @Test
    void a_spill_names_its_tensors_and_its_price() {
        Diagnosis spill = with(
                        plan(2000 * KIB, 100, true, buffer("a", 100, false), buffer("b", 1024 * KIB, true)), 8000 * KIB)
                .finding("MEM-SPILL");
        assertThat(spill.severity()).isEqualTo(Severity.SLOW);
        assertThat(spill.where()).contains("\"b\" 1.00 MB").doesNotContain("\"a\"");
        assertThat(spill.effect()).startsWith("about 25 to 80 ms");
    }

    @Test
    void small_weights_beside_small_activations_fit_on_chip() {
        assertThat(with(plan(400 * KIB, 500 * KIB, true), 0).codes()).contains("MEM-WEIGHTS-ON-CHIP");
        assertThat(with(plan(600 * KIB, 500 * KIB, true), 0).codes()).doesNotContain("MEM-WEIGHTS-ON-CHIP");
        assertThat(with(plan(400 * KIB, 100 * KIB, true), 0).codes()).doesNotContain("MEM-WEIGHTS-ON-CHIP");
    }

    @Test
    void weights_that_grow_in_the_npus_format_are_noted() {
        assertThat(with(plan(900 * KIB, 500 * KIB, true), 0)
                        .finding("MEM-WEIGHTS-GROW")
                        .observed())
                .startsWith("500 KB in the NPU's format for 2");
        assertThat(with(plan(900 * KIB, 200, true), 0).codes()).isEmpty();
    }

    @Test
    void a_board_without_an_npu_has_nothing_to_plan() {
        assertThat(GraphSketch.plain().codes()).isEmpty();
    }
}
