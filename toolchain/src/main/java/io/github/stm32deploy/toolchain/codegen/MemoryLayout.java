// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.memory.ActivationBuffer;
import io.github.stm32deploy.toolchain.memory.ActivationPlan;
import io.github.stm32deploy.toolchain.memory.ActivationPlanner;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/** Addresses of all buffers and scratch areas of a list of steps. */
final class MemoryLayout {
    private static final int ALIGNMENT = 16;

    private final ActivationPlan plan;
    private final Map<Integer, Integer> placementOf;
    private final int[] scratchOf;

    private MemoryLayout(ActivationPlan plan, Map<Integer, Integer> placementOf, int[] scratchOf) {
        this.plan = plan;
        this.placementOf = placementOf;
        this.scratchOf = scratchOf;
    }

    ActivationPlan plan() {
        return plan;
    }

    long offset(Buffer buffer) {
        return plan.placements().get(placementOf.get(buffer.id())).offset();
    }

    /** Offset of a step's scratch, 0 where it needs none. */
    long scratchOffset(int step) {
        return scratchOf[step] < 0 ? 0 : plan.placements().get(scratchOf[step]).offset();
    }

    static MemoryLayout of(List<Step> steps, List<Buffer> inputs, List<Buffer> outputs, boolean separate) {
        int last = Math.max(0, steps.size() - 1);
        Map<Integer, Integer> lastUse = new HashMap<>();
        for (int step = 0; step < steps.size(); step++) {
            lastUse.put(steps.get(step).output().id(), step);
            for (Buffer input : steps.get(step).inputs()) {
                lastUse.put(input.id(), step);
            }
        }
        Set<Integer> kept = new HashSet<>();
        for (Buffer output : outputs) {
            lastUse.put(output.id(), last);
            kept.add(output.id());
        }
        List<ActivationBuffer> requests = new ArrayList<>();
        Map<Integer, Integer> placementOf = new HashMap<>();
        for (Buffer input : inputs) {
            if (placementOf.putIfAbsent(input.id(), requests.size()) == null) {
                int end = separate ? last : lastUse.getOrDefault(input.id(), 0);
                requests.add(new ActivationBuffer(input.name(), input.bytes(), 0, end));
            }
        }
        int[] scratchOf = new int[steps.size()];
        Set<Integer> replaced = new HashSet<>();
        for (int index = 0; index < steps.size(); index++) {
            Step step = steps.get(index);
            OptionalInt replaces = OptionalInt.empty();
            if (!separate && step.inPlaceInput().isPresent()) {
                Buffer input = step.inputs().get(step.inPlaceInput().getAsInt());
                boolean dies = lastUse.get(input.id()) == index && !kept.contains(input.id());
                if (dies && input.bytes() == step.output().bytes() && replaced.add(input.id())) {
                    replaces = OptionalInt.of(placementOf.get(input.id()));
                }
            }
            placementOf.put(step.output().id(), requests.size());
            requests.add(new ActivationBuffer(
                    step.output().name(),
                    step.output().bytes(),
                    separate ? 0 : index,
                    separate ? last : lastUse.get(step.output().id()),
                    replaces));
            scratchOf[index] = -1;
            if (step.scratchBytes() > 0) {
                scratchOf[index] = requests.size();
                requests.add(new ActivationBuffer(
                        step.identity().name() + "/scratch",
                        step.scratchBytes(),
                        separate ? 0 : index,
                        separate ? last : index));
            }
        }
        return new MemoryLayout(new ActivationPlanner(ALIGNMENT).plan(requests), placementOf, scratchOf);
    }
}
