// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * @param graph the graph with every change that was kept
 * @param repairs every change proposed, in the order in which it was tried
 * @param total the first graph against the last, output by output as far back as it can be followed (an output that was inside
 *     before the end was cut off: from there on); empty where fewer than two changes were kept, or it was not
 *     asked for
 */
public record RepairedGraph(ModelGraph graph, List<AppliedRepair> repairs, Optional<AppliedRepair.Parity> total) {
    public RepairedGraph {
        Objects.requireNonNull(total);
        Objects.requireNonNull(graph);
        repairs = List.copyOf(repairs);
    }

    /** What all changes together moved, in words. */
    public Optional<String> totalWords() {
        return total.map(ParityTrail::words);
    }

    /** True where at least one change was kept. */
    public boolean changed() {
        return repairs.stream().anyMatch(AppliedRepair::kept);
    }
}
