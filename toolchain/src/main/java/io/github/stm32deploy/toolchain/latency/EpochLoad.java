// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.latency;

import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochGeometry;
import io.github.stm32deploy.toolchain.support.EpochWork;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one epoch asks of the hardware: all that its time is computed from.
 *
 * @param inputElements elements of all activations that it reads
 * @param largestInput elements of the largest of them
 * @param outputElements elements of all activations that it writes
 * @param products multiplications, 0 where there are none
 * @param weightBytes bytes of weights that it fetches from flash
 * @param spilledBytes bytes of activations that it reads from and writes to external RAM
 * @param partialSumBytes bytes of partial sums of a convolution in pieces, the same way
 * @param floating true where it computes in float
 * @param interpolating true where it resizes by interpolation, not by repeating the nearest element
 */
public record EpochLoad(
        int number,
        Epoch.Kind kind,
        EpochWork work,
        EpochGeometry geometry,
        long inputElements,
        long largestInput,
        long outputElements,
        long products,
        long weightBytes,
        long spilledBytes,
        long partialSumBytes,
        boolean floating,
        boolean interpolating) {

    /** Names of {@link NpuMemoryPlan.Buffer} for working memory. */
    private static final Pattern SCRATCH = Pattern.compile("(epoch \\d+) scratch.*");

    /** The loads of all epochs of a schedule, in order. */
    public static List<EpochLoad> of(NpuSchedule schedule, NpuMemoryPlan plan) {
        Set<String> spilled = new HashSet<>();
        Map<String, Long> spilledScratch = new HashMap<>();
        plan.spills().forEach(buffer -> {
            spilled.add(buffer.tensor());
            Matcher scratch = SCRATCH.matcher(buffer.tensor());
            if (scratch.matches()) {
                spilledScratch.merge(scratch.group(1), buffer.bytes(), Long::sum);
            }
        });
        List<EpochLoad> loads = new ArrayList<>();
        long partialSums = 0;
        for (Epoch epoch : schedule.epochs()) {
            // Each piece of a large convolution writes its partial sums; the last one reads them all.
            long outside = spilledScratch.getOrDefault("epoch " + epoch.number(), 0L);
            boolean last = !epoch.writes().isEmpty();
            long moved = last ? outside : Math.max(0, outside - partialSums);
            partialSums = last ? 0 : outside;
            loads.add(of(epoch, schedule, spilled, moved));
        }
        return loads;
    }

    /** @param scratch bytes of partial sums that are written to external RAM, or read by the epoch that adds them up */
    private static EpochLoad of(Epoch epoch, NpuSchedule schedule, Set<String> spilled, long scratch) {
        long inputs = 0;
        long largest = 0;
        long outputs = 0;
        long external = 0;
        for (String tensor : epoch.reads()) {
            long elements = schedule.tensor(tensor).elements();
            inputs += elements;
            largest = Math.max(largest, elements);
            external += spilled.contains(tensor) ? schedule.tensor(tensor).bytes() : 0;
        }
        for (String tensor : epoch.writes()) {
            outputs += schedule.tensor(tensor).elements();
            external += spilled.contains(tensor) ? schedule.tensor(tensor).bytes() : 0;
        }
        return new EpochLoad(
                epoch.number(),
                epoch.kind(),
                epoch.work(),
                epoch.geometry(),
                inputs,
                largest,
                outputs,
                multiplies(epoch.work()) ? epoch.geometry().products() : 0,
                epoch.weightBytes(),
                external,
                scratch,
                epoch.floating(),
                epoch.nodes().stream()
                        .map(node -> node.stringAttribute("mode", "nearest"))
                        .anyMatch(mode -> mode.equals("linear") || mode.equals("cubic")));
    }

    /**
     * Elements that pass through the chain behind the leading operator: a pool behind a convolution writes fewer than it
     * takes.
     */
    long chainElements() {
        return Math.max(outputElements, geometry.outputChannels() * geometry.outputRows() * geometry.outputColumns());
    }

    /** True where it touches external RAM. */
    boolean spills() {
        return spilledBytes + partialSumBytes > 0;
    }

    static boolean multiplies(EpochWork work) {
        return switch (work) {
            case CONVOLUTION, POINTWISE, DEPTHWISE, TRANSPOSED_CONVOLUTION, FULLY_CONNECTED, MATRIX_PRODUCT -> true;
            default -> false;
        };
    }
}
