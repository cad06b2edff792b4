// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.boards.Npu.PoolKind;
import io.github.stm32deploy.toolchain.diagnose.Severity;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan.Buffer;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Rules about RAM and flash, from the predicted placement. */
final class MemoryRules implements ModelRule {
    private static final long KIB = 1024;
    private static final long MIB = KIB * KIB;

    /** Weights below this are read in less than a millisecond; where they lie does not matter. */
    private static final long WEIGHTS_WORTH_A_WORD = 400 * KIB;

    private static final int NAMED = 3;

    @Override
    public void judge(Evidence evidence, Findings findings) {
        if (evidence.memory().isEmpty() || evidence.npu().isEmpty()) {
            return;
        }
        NpuMemoryPlan plan = evidence.memory().get();
        Npu npu = evidence.npu().get();
        long flash = size(npu, PoolKind.EXTERNAL_FLASH);
        long onChip = size(npu, PoolKind.ON_CHIP);
        long external = size(npu, PoolKind.EXTERNAL_RAM);
        if (!plan.fits()) {
            if (plan.weightsBytes() > flash) {
                weightsExceed(evidence, findings, plan, flash);
            } else {
                activationsExceed(evidence, findings, plan, onChip, external);
            }
            return;
        }
        spills(evidence, findings, plan, onChip);
        weightsOnChip(evidence, findings, plan, onChip);
        weightsGrow(evidence, findings, plan);
    }

    private static long size(Npu npu, PoolKind kind) {
        return npu.pools().stream()
                .filter(pool -> pool.kind() == kind)
                .mapToLong(Npu.Pool::sizeBytes)
                .sum();
    }

    private static void weightsExceed(Evidence evidence, Findings findings, NpuMemoryPlan plan, long flash) {
        findings.add(findings.start(Severity.ERROR, "MEM-WEIGHTS-EXCEED", "the weights do not fit into flash")
                .observed(fitting(plan.weightsBytes(), flash) + basis(evidence))
                .rule("weights lie in the external flash that the board leaves to the network")
                .effect("\"Build Error\", or a device that cannot be programmed")
                .fix("quantize to int8 where the model is float (a quarter of the bytes), or take a smaller variant"));
    }

    private static void activationsExceed(
            Evidence evidence, Findings findings, NpuMemoryPlan plan, long onChip, long external) {
        long available = onChip + external;
        // The sum would do, but what is placed leaves no gap: said, or the figures seem to contradict the answer.
        boolean gaps = plan.livenessPeakBytes() <= available;
        findings.add(findings.start(Severity.ERROR, "MEM-ACTIVATIONS-EXCEED", "the activations do not fit into RAM")
                .where(evidence.fileName() + ", " + tensors(largest(plan.buffers())))
                .observed(fitting(gaps ? plan.requiredRamBytes() : plan.livenessPeakBytes(), available)
                        + (gaps
                                ? "; " + size(plan.livenessPeakBytes()) + " are alive at once, but no gap is left for "
                                        + tensors(largest(plan.unplaced()))
                                : "")
                        + (external == 0 ? ", this board has no external RAM" : "")
                        + basis(evidence))
                .rule("all tensors alive in one epoch lie in the pools of the board")
                .effect("the NPU compiler stops: \"total bytes left unallocated\" (E103)")
                .fix("a smaller input: half the width and height need a quarter of the RAM"));
    }

    private static void spills(Evidence evidence, Findings findings, NpuMemoryPlan plan, long onChip) {
        List<Buffer> spilled = plan.spills();
        if (spilled.isEmpty()) {
            return;
        }
        long bytes = spilled.stream().mapToLong(Buffer::bytes).sum();
        findings.add(findings.start(Severity.SLOW, "MEM-SPILL", "activations leave the chip")
                .where(evidence.fileName() + ", " + tensors(largest(spilled)))
                .observed(spilled.size() + " tensors of " + size(bytes)
                        + " in external RAM; the largest sum alive at once is " + size(plan.livenessPeakBytes())
                        + ", on chip are " + size(onChip) + basis(evidence))
                .rule("external RAM gives 25 to 80 MB/s against 3 to 6 GB/s on chip")
                .effect(String.format(
                        Locale.ROOT,
                        "about %.0f to %.0f ms for writing and reading them once; the report shows no software epoch for it",
                        25.0 * bytes / MIB,
                        80.0 * bytes / MIB))
                .fix("a smaller input; the tensors above decide it")
                .source("derived from pairs of the ST model zoo, with and without external RAM"));
    }

    private static void weightsOnChip(Evidence evidence, Findings findings, NpuMemoryPlan plan, long onChip) {
        boolean allOnChip = plan.spills().isEmpty();
        boolean int8 = new QuantizedGraph(evidence.graph()).hasQuantization();
        if (allOnChip
                && int8
                && plan.weightsBytes() >= WEIGHTS_WORTH_A_WORD
                && plan.weightsBytes() + plan.internalRamBytes() <= onChip) {
            findings.add(findings.start(Severity.NOTE, "MEM-WEIGHTS-ON-CHIP", "the weights would fit on chip as well")
                    .observed(size(plan.weightsBytes()) + " weights + " + size(plan.internalRamBytes())
                            + " activations of " + size(onChip) + basis(evidence))
                    .rule("weights are read from flash in every run, at about 0.4 GB/s")
                    .effect("layers that wait for weights would be faster, and the flash is free for other use")
                    .fix("compile with a profile without external memory (n6-noextmem) and load the weights at start"));
        }
    }

    private static void weightsGrow(Evidence evidence, Findings findings, NpuMemoryPlan plan) {
        long stored = evidence.graph().constants().values().stream()
                .filter(constant -> constant.element() != ElementType.INT64)
                .mapToLong(TensorData::elements)
                .sum();
        if (plan.weightsBytes() > WEIGHTS_WORTH_A_WORD && plan.weightsBytes() > 2 * stored) {
            findings.add(
                    findings.start(Severity.NOTE, "MEM-WEIGHTS-GROW", "weights take more flash than the file suggests")
                            .observed(size(plan.weightsBytes()) + " in the NPU's format for " + stored + " parameters"
                                    + basis(evidence))
                            .rule(
                                    "depthwise layers are stored as the convolution units need them, padded, with scales a channel")
                            .effect("the flash budget counts the NPU's format, not the file"));
        }
    }

    private static String basis(Evidence evidence) {
        boolean quantized = new QuantizedGraph(evidence.graph()).hasQuantization();
        return quantized ? " (predicted)" : " (predicted, after quantize)";
    }

    private static List<Buffer> largest(List<Buffer> buffers) {
        return buffers.stream()
                .sorted(Comparator.comparingLong(Buffer::bytes).reversed())
                .limit(NAMED)
                .toList();
    }

    private static String tensors(List<Buffer> buffers) {
        return "tensors "
                + String.join(
                        ", ",
                        buffers.stream()
                                .map(buffer -> '"' + buffer.tensor() + "\" " + size(buffer.bytes()))
                                .toList());
    }

    private static String fitting(long required, long available) {
        return "required " + size(required) + ", available " + size(available) + ", excess " + (required - available)
                + " bytes";
    }

    /** As ST's reports write sizes: 1 KB = 1024 bytes. */
    static String size(long bytes) {
        if (bytes < KIB) {
            return bytes + " B";
        }
        if (bytes < MIB) {
            return String.format(Locale.ROOT, "%.0f KB", (double) bytes / KIB);
        }
        return String.format(Locale.ROOT, "%.2f MB", (double) bytes / MIB);
    }
}
