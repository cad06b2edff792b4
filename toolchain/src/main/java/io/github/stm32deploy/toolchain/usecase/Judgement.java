// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.macc.MaccCount;
import io.github.stm32deploy.toolchain.report.Prediction;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.NodePlacement;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.Placement;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The verdict on a model for the NPU, and the graph that its prediction belongs to. The only place that decides it:
 *
 * <ol>
 *   <li>The file compiles and the NPU does at least half of the multiply-accumulates: {@code npu}, or {@code npu+cpu}
 *       where an epoch runs on the CPU; {@code repairable} where something else stops the compiler, as an open dimension
 *       of an input or a form that its front end cannot read.
 *   <li>A known change of the file (quantize, repair, cut the tail; least change first) makes that of it:
 *       {@code repairable}.
 *   <li>The file compiles all the same: {@code npu+cpu} where the NPU does something of it, {@code cpu} where it does
 *       next to nothing.
 *   <li>It is refused: {@code unsupported}.
 * </ol>
 *
 * What would run and does not fit is {@code too-large}.
 *
 * @param schedule of the graph that would run, as the file is or after the repair; where nothing would, of the graph in
 *     which least is refused
 * @param graph that graph in words, as {@link Prediction#graph()} has it
 */
record Judgement(Verdict verdict, NpuSchedule schedule, String graph) {
    /** A network is the NPU's where the NPU does this share of its multiply-accumulates. */
    private static final double HALF = 0.5;

    /** A cast of the result on the NPU does not make a network partly the NPU's. */
    private static final double SOMETHING = 0.01;

    /** What there is to decide between. */
    interface Candidates {
        NpuSchedule asIs();

        /** Whether something beside the placement of its nodes stops the compiler at the file as it is. */
        boolean stopped();

        /** Known changes of the file, the least one first. */
        List<Repair> repairs();

        MaccCount macc(NpuSchedule schedule);

        boolean fits(NpuSchedule schedule);
    }

    /**
     * A change of the file.
     *
     * @param graph the changed graph in words
     * @param schedule what the compiler would make of it; empty where the change does not apply. Asked only when it matters.
     */
    record Repair(String graph, Supplier<Optional<NpuSchedule>> schedule) {}

    static Judgement of(Candidates candidates) {
        NpuSchedule asIs = candidates.asIs();
        boolean compiles = !asIs.refused();
        double now = compiles ? share(asIs, candidates.macc(asIs)) : 0;
        if (compiles && now >= HALF) {
            Verdict verdict = candidates.stopped() ? Verdict.REPAIRABLE : running(asIs);
            return fitting(candidates, verdict, asIs, Prediction.AS_IS);
        }
        NpuSchedule nearest = asIs;
        for (Repair repair : candidates.repairs()) {
            Optional<NpuSchedule> changed = repair.schedule().get();
            if (changed.isPresent() && changed.get().refused()) {
                nearest = refusals(changed.get()) < refusals(nearest) ? changed.get() : nearest;
            } else if (changed.isPresent() && share(changed.get(), candidates.macc(changed.get())) >= HALF) {
                return fitting(candidates, Verdict.REPAIRABLE, changed.get(), repair.graph());
            }
        }
        if (!compiles) {
            return new Judgement(Verdict.UNSUPPORTED, nearest, Prediction.AS_IS);
        }
        Verdict verdict = now >= SOMETHING ? Verdict.NPU_AND_CPU : Verdict.CPU;
        return fitting(candidates, candidates.stopped() ? Verdict.REPAIRABLE : verdict, asIs, Prediction.AS_IS);
    }

    private static long refusals(NpuSchedule schedule) {
        return schedule.placements().stream()
                .filter(node -> node.placement() != Placement.NPU && node.placement() != Placement.NONE)
                .count();
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
