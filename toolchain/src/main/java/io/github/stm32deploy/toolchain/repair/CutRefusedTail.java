// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Nodes at the end that no other repair makes acceptable are cut off, with everything behind them. The application does their
 * work on what the network hands over.
 */
final class CutRefusedTail implements Repair {
    @Override
    public String id() {
        return "cut-refused-tail";
    }

    @Override
    public String effect() {
        return "Nodes at the end that the compiler refuses are cut off where nothing behind them computes with weights; the"
                + " application does their work.";
    }

    @Override
    public Set<String> answers() {
        return Set.of();
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Set<Node> refused = TailCut.refused(graph, target.sdk());
        refused.removeIf(node -> target.avoided().contains(node.name()));
        Optional<TailCut> found = TailCut.of(graph, refused).filter(TailCut::leavesWork);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        TailCut cut = found.get();
        ModelGraph after = cut.ending(cut.heads());
        Set<String> operators = new LinkedHashSet<>();
        cut.tail().forEach(node -> operators.add(node.operator()));
        List<String> contract = new ArrayList<>();
        for (String lost : cut.lost()) {
            contract.add("output " + lost + " is gone: the application computes it from "
                    + String.join(", ", cut.heads()) + " (" + String.join(", ", operators) + ")");
        }
        List<String> places =
                refused.stream().filter(cut.tail()::contains).map(Node::name).toList();
        return Optional.of(new Change(
                after,
                places,
                "not accepted by the compiler, and the end of the graph depends on "
                        + (places.size() == 1 ? "it" : "them"),
                Comparison.ofOutputs(Tolerance.EXACT).withTensors(TailCut.unchanged(after)),
                contract));
    }
}
