// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.memory;

import java.util.List;

/**
 * Where each activation buffer lies in one arena. Obtained from a static plan, not measured.
 *
 * @param placements in the order of the requests
 * @param peakBytes size of the arena
 * @param lowerBoundBytes no plan can need less: the largest sum of buffers alive in one step
 * @param liveBytesPerStep sum of the buffers alive in each step, storage that is worked on in place counted once
 */
public record ActivationPlan(
        List<Placement> placements, long peakBytes, long lowerBoundBytes, List<Long> liveBytesPerStep) {

    public ActivationPlan {
        placements = List.copyOf(placements);
        liveBytesPerStep = List.copyOf(liveBytesPerStep);
    }

    /**
     * @param offset bytes from the start of the arena
     * @param inPlace true where it took over the storage of another buffer
     */
    public record Placement(String name, long bytes, long offset, int firstStep, int lastStep, boolean inPlace) {}
}
