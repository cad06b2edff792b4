// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a repair would make of a graph.
 *
 * @param graph the changed graph; nodes and constants that nothing reads any more may be left in it, types of new tensors may
 *     be missing
 * @param nodes the places, as the user's file names them: nodes, inputs, outputs
 * @param reason what was found there and why it is changed, one sentence
 * @param comparison how to see that nothing changed
 * @param contract what changes for whoever feeds the graph or reads it: one sentence for each input and output concerned
 * @param recovered what a decoder has to know of a part that is removed
 */
public record Change(
        ModelGraph graph,
        List<String> nodes,
        String reason,
        Comparison comparison,
        List<String> contract,
        Optional<RecoveredDecoder> recovered) {
    public Change {
        Objects.requireNonNull(recovered);
        Objects.requireNonNull(graph);
        Objects.requireNonNull(reason);
        Objects.requireNonNull(comparison);
        nodes = List.copyOf(nodes);
        contract = List.copyOf(contract);
    }

    /** A change that removes nothing that a decoder has to know of. */
    public Change(ModelGraph graph, List<String> nodes, String reason, Comparison comparison, List<String> contract) {
        this(graph, nodes, reason, comparison, contract, Optional.empty());
    }

    /** A change behind the same inputs and outputs. */
    public static Change of(ModelGraph graph, List<String> nodes, String reason, Tolerance tolerance) {
        return new Change(graph, nodes, reason, Comparison.ofOutputs(tolerance), List.of());
    }

    public Change withComparison(Comparison other) {
        return new Change(graph, nodes, reason, other, contract, recovered);
    }

    /** With one more sentence on an input or output that is another one now. */
    public Change withContract(String sentence) {
        List<String> all = new ArrayList<>(contract);
        all.add(sentence);
        return new Change(graph, nodes, reason, comparison, all, recovered);
    }

    /** With what a decoder has to know of the removed part. */
    public Change withRecovered(RecoveredDecoder decoder) {
        return new Change(graph, nodes, reason, comparison, contract, Optional.of(decoder));
    }
}
