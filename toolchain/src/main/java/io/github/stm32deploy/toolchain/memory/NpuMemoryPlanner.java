// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.boards.Npu.PoolKind;
import io.github.stm32deploy.toolchain.support.Epoch;
import io.github.stm32deploy.toolchain.support.EpochGeometry;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lays the tensors of a schedule into the pools of a board as ST's compiler does with its default options
 * ({@code --enable-virtual-mem-pools --Os}).
 *
 * <p>Read off the buffer tables of c_info files of Core 2.0.0, 2.1.0, 2.2.0 and 3.0.0, whose pool totals it reproduces from their
 * own buffers: a buffer that fits into one NPU RAM goes into the first of npuRAM5, 4, 3, 6 with a gap at its time; one that fits
 * into none goes to the lowest gap of the on-chip pools taken as one (a virtual pool, cpuRAM2 first); what finds no gap goes to
 * external RAM. Larger buffers are laid first, of equal ones the earlier.
 */
public final class NpuMemoryPlanner {
    private static final long PARTIAL_BYTES = 2;

    private NpuMemoryPlanner() {}

    /**
     * @param schedule with or without epochs; a network that is refused has none, and its plan no buffers
     */
    public static NpuMemoryPlan plan(NpuSchedule schedule, Npu npu) {
        List<PlacedBuffer> buffers = buffers(schedule);
        PoolSpace onChip = new PoolSpace(pools(npu, PoolKind.ON_CHIP));
        PoolSpace external = new PoolSpace(pools(npu, PoolKind.EXTERNAL_RAM));
        place(buffers, onChip, external);
        long weights = NpuWeights.bytes(schedule);
        return assemble(npu, buffers, onChip, external, weights);
    }

    /** Places buffers whose lifetimes are known: {@link #plan} without the weights. */
    static void place(List<PlacedBuffer> buffers, PoolSpace onChip, PoolSpace external) {
        List<PlacedBuffer> order = new ArrayList<>(buffers);
        order.sort(Comparator.comparing((PlacedBuffer buffer) -> onChip.fitsOnePool(buffer.bytes()) ? 0 : 1)
                .thenComparing(Comparator.comparingLong(PlacedBuffer::bytes).reversed())
                .thenComparingInt(PlacedBuffer::firstEpoch));
        for (PlacedBuffer buffer : order) {
            if (!onChip.placeInOnePool(buffer) && !onChip.placeAcross(buffer)) {
                external.placeAcross(buffer);
            }
        }
    }

    private static List<Npu.Pool> pools(Npu npu, PoolKind kind) {
        return npu.pools().stream()
                .filter(pool -> pool.kind() == kind && pool.sizeBytes() > 0)
                .toList();
    }

    private static List<PlacedBuffer> buffers(NpuSchedule schedule) {
        Map<String, int[]> lifetimes = new LinkedHashMap<>();
        int last = schedule.epochs().size();
        if (last == 0) {
            return List.of();
        }
        schedule.inputs().forEach(input -> lifetimes.put(input, new int[] {0, 0}));
        for (Epoch epoch : schedule.epochs()) {
            epoch.reads().forEach(tensor -> extend(lifetimes, tensor, epoch.number()));
            epoch.writes().forEach(tensor -> extend(lifetimes, tensor, epoch.number()));
        }
        schedule.outputs().forEach(output -> extend(lifetimes, output, last + 1));
        List<PlacedBuffer> buffers = new ArrayList<>();
        lifetimes.forEach((tensor, life) ->
                buffers.add(new PlacedBuffer(tensor, schedule.tensor(tensor).bytes(), life[0], life[1])));
        schedule.epochs().forEach(epoch -> scratch(epoch, buffers));
        buffers.removeIf(buffer -> buffer.bytes() == 0);
        return buffers;
    }

    /** Partial sums of a convolution in pieces are buffers of their own, 2 bytes an output element; other scratch is one. */
    private static void scratch(Epoch epoch, List<PlacedBuffer> buffers) {
        EpochGeometry shape = epoch.geometry();
        long sums = PARTIAL_BYTES * shape.outputChannels() * shape.outputRows() * shape.outputColumns();
        boolean pieces = sums > 0 && epoch.scratchBytes() > sums && epoch.scratchBytes() % sums == 0;
        long each = pieces ? sums : epoch.scratchBytes();
        long count = each == 0 ? 0 : epoch.scratchBytes() / each;
        for (int part = 1; part <= count; part++) {
            String name = "epoch " + epoch.number() + " scratch" + (pieces ? " " + part : "");
            buffers.add(new PlacedBuffer(name, each, epoch.number(), epoch.number()));
        }
    }

    private static void extend(Map<String, int[]> lifetimes, String tensor, int epoch) {
        int[] life = lifetimes.computeIfAbsent(tensor, name -> new int[] {epoch, epoch});
        life[0] = Math.min(life[0], epoch);
        life[1] = Math.max(life[1], epoch);
    }

    private static NpuMemoryPlan assemble(
            Npu npu, List<PlacedBuffer> placed, PoolSpace onChip, PoolSpace external, long weights) {
        long flash = npu.pools().stream()
                .filter(pool -> pool.kind() == PoolKind.EXTERNAL_FLASH)
                .mapToLong(Npu.Pool::sizeBytes)
                .sum();
        boolean fits = placed.stream().allMatch(PlacedBuffer::isPlaced) && weights <= flash;
        List<NpuMemoryPlan.PoolUse> uses = new ArrayList<>();
        long unstored = weights;
        for (Npu.Pool pool : npu.pools()) {
            long activations = onChip.used(pool) + external.used(pool);
            long stored = pool.kind() == PoolKind.EXTERNAL_FLASH ? Math.min(unstored, pool.sizeBytes()) : 0;
            unstored -= stored;
            uses.add(new NpuMemoryPlan.PoolUse(
                    pool.name(), pool.sizeBytes(), activations + stored, activations, stored, pool.kind()));
        }
        List<NpuMemoryPlan.Buffer> buffers = placed.stream()
                .sorted(Comparator.comparingInt(PlacedBuffer::firstEpoch))
                .map(PlacedBuffer::inPlan)
                .toList();
        return new NpuMemoryPlan(uses, buffers, peak(placed), onChip.used(), external.used(), weights, fits);
    }

    private static long peak(List<PlacedBuffer> buffers) {
        int last = buffers.stream().mapToInt(PlacedBuffer::lastEpoch).max().orElse(0);
        long[] alive = new long[last + 1];
        for (PlacedBuffer buffer : buffers) {
            for (int epoch = buffer.firstEpoch(); epoch <= buffer.lastEpoch(); epoch++) {
                alive[epoch] += buffer.bytes();
            }
        }
        long peak = 0;
        for (long bytes : alive) {
            peak = Math.max(peak, bytes);
        }
        return peak;
    }
}
