// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Shape arithmetic of a graph whose sizes are fixed (Shape, Gather, Concat… that ends in a Reshape, a Resize or a Tile) and
 * other nodes that read constants only are computed once. What a DequantizeLinear makes of a stored weight stays as it is.
 */
final class FoldConstants implements Repair {
    @Override
    public String id() {
        return "fold-constants";
    }

    @Override
    public String effect() {
        return "Nodes whose results are the same at every run are replaced by their values.";
    }

    @Override
    public Set<String> answers() {
        return Set.of("OP-TILE-REPEATS", "ONNX-EXPAND-COMPUTED", "INPUT-LAYOUT-UNKNOWN", "QUANT-BOOL-TENSORS");
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        ConstantFolding.Folded known = ConstantFolding.known(graph);
        Set<String> places = new LinkedHashSet<>(known.nodes());
        ModelGraph changed = known.graph();
        if (target.executes()) {
            // Types of what hangs on the new constants are not known yet.
            ModelGraph typed = known.nodes().isEmpty() ? changed : ShapeInference.infer(changed);
            ConstantFolding.Folded run = ConstantFolding.run(typed, target.executors());
            places.addAll(run.nodes());
            changed = run.graph();
        }
        if (places.isEmpty()) {
            return Optional.empty();
        }
        List<String> nodes = new ArrayList<>(places);
        return Optional.of(Change.of(
                changed,
                nodes,
                nodes.size() + (nodes.size() == 1 ? " node computes" : " nodes compute") + " the same at every run",
                Tolerance.EXACT));
    }
}
