// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.macc.MaccCount;
import io.github.stm32deploy.toolchain.report.Prediction;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.NodePlacement;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.Placement;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The verdict on a model for the NPU, and the graph that its prediction belongs to. The only place that decides it:
 *
 * <ol>
 *   <li>The file compiles and the NPU does at least half of the multiply-accumulates: {@code npu}, or {@code npu+cpu}
 *       where an epoch runs on the CPU.
 *   <li>The file compiles and the NPU does less, or the file is refused; quantized to int8 it would compile and the NPU
 *       would do at least half: {@code repairable}.
 *   <li>The same of the graph without its tail (what comes after the last multiplication and is refused, as
 *       NonMaxSuppression): {@code repairable}.
 *   <li>The file compiles all the same: {@code npu+cpu} where the NPU does something, {@code cpu} where it does nothing.
 *   <li>It is refused: {@code unsupported}.
 * </ol>
 *
 * What would run and does not fit is {@code too-large}.
 *
 * @param schedule of the graph that would run, as the file is or after the repair; of the file where nothing would
 * @param graph that graph in words, as {@link Prediction#graph()} has it
 */
record Judgement(Verdict verdict, NpuSchedule schedule, String graph) {
    /** A network is the NPU's where the NPU does this share of its multiply-accumulates. */
    private static final double HALF = 0.5;

    /** The graphs that may run. */
    interface Candidates {
        NpuSchedule asIs();

        NpuSchedule quantized();

        /** Without what is refused after the last multiplication; empty where nothing of that kind is there. */
        Optional<NpuSchedule> withoutTail();

        MaccCount macc(NpuSchedule schedule);

        boolean fits(NpuSchedule schedule);
    }

    static Judgement of(Candidates candidates) {
        NpuSchedule asIs = candidates.asIs();
        boolean compiles = !asIs.refused();
        double now = compiles ? share(asIs, candidates.macc(asIs)) : 0;
        if (compiles && now >= HALF) {
            return fitting(candidates, running(asIs), asIs, Prediction.AS_IS);
        }
        Predicate<NpuSchedule> better =
                changed -> !changed.refused() && share(changed, candidates.macc(changed)) >= HALF;
        NpuSchedule quantized = candidates.quantized();
        if (better.test(quantized)) {
            return fitting(candidates, Verdict.REPAIRABLE, quantized, Prediction.AFTER_QUANTIZE);
        }
        Optional<NpuSchedule> without = candidates.withoutTail().filter(better);
        if (without.isPresent()) {
            return fitting(candidates, Verdict.REPAIRABLE, without.get(), Prediction.AFTER_CUT_AND_QUANTIZE);
        }
        if (!compiles) {
            return new Judgement(Verdict.UNSUPPORTED, asIs, Prediction.AS_IS);
        }
        return fitting(candidates, now > 0 ? Verdict.NPU_AND_CPU : Verdict.CPU, asIs, Prediction.AS_IS);
    }

    private static Judgement fitting(Candidates candidates, Verdict verdict, NpuSchedule schedule, String graph) {
        boolean fits = schedule.epochs().isEmpty() || candidates.fits(schedule);
        return new Judgement(fits ? verdict : Verdict.TOO_LARGE, schedule, graph);
    }

    private static Verdict running(NpuSchedule schedule) {
        return schedule.count(Epoch.Kind.SOFTWARE) > 0 ? Verdict.NPU_AND_CPU : Verdict.NPU;
    }

    /** Share of the placed multiply-accumulates that the NPU does; of the nodes where nothing is multiplied. */
    static double share(NpuSchedule schedule, MaccCount macc) {
        double npu = 0;
        double all = 0;
        double npuNodes = 0;
        double allNodes = 0;
        for (NodePlacement node : schedule.placements()) {
            boolean onNpu = node.placement() == Placement.NPU || node.placement() == Placement.HYBRID;
            if (onNpu || node.placement() == Placement.CPU || node.placement() == Placement.OPTION) {
                long own = macc.of(node.node().name());
                all += own;
                allNodes++;
                npu += onNpu ? own : 0;
                npuNodes += onNpu ? 1 : 0;
            }
        }
        if (all > 0) {
            return npu / all;
        }
        return allNodes > 0 ? npuNodes / allNodes : 0;
    }
}
