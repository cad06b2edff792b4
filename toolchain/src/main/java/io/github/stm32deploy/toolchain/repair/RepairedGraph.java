// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.List;
import java.util.Objects;

/**
 * @param graph the graph with every change that was kept
 * @param repairs every change proposed, in the order in which it was tried
 */
public record RepairedGraph(ModelGraph graph, List<AppliedRepair> repairs) {
    public RepairedGraph {
        Objects.requireNonNull(graph);
        repairs = List.copyOf(repairs);
    }

    /** True where at least one change was kept. */
    public boolean changed() {
        return repairs.stream().anyMatch(AppliedRepair::kept);
    }
}
