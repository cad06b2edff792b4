// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphCapture;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Identity, Dropout at inference and Cast to the same type only rename a tensor. */
final class DropIdentities implements Repair {
    @Override
    public String id() {
        return "drop-identities";
    }

    @Override
    public String effect() {
        return "Identity, Dropout and Cast to the same type are removed.";
    }

    @Override
    public Set<String> answers() {
        return Set.of();
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Set<String> captured = GraphCapture.of(graph);
        Map<String, String> renamed = new HashMap<>();
        List<String> places = new ArrayList<>();
        List<Node> kept = new ArrayList<>();
        for (Node node : graph.nodes()) {
            boolean named = graph.isOutput(node.output(0)) || captured.contains(node.output(0));
            if (renames(graph, node) && !named && !target.avoided().contains(node.name())) {
                renamed.put(node.output(0), renamed.getOrDefault(node.input(0), node.input(0)));
                places.add(node.name());
            } else {
                kept.add(node.withInputs(node.inputs().stream()
                        .map(input -> renamed.getOrDefault(input, input))
                        .toList()));
            }
        }
        return places.isEmpty()
                ? Optional.empty()
                : Optional.of(Change.of(
                        graph.toBuilder().replaceNodes(kept).build(),
                        places,
                        places.size() + (places.size() == 1 ? " node passes" : " nodes pass")
                                + " its input on unchanged",
                        Tolerance.EXACT));
    }

    private static boolean renames(ModelGraph graph, Node node) {
        if (node.is("Dropout")) {
            // The mask, or a training switch that is on, makes it another operator.
            boolean training = node.hasInput(2)
                    && graph.constant(node.input(2))
                            .map(flag -> flag.integerAt(0) != 0)
                            .orElse(true);
            return !training && node.output(1).isEmpty();
        }
        boolean sameType = node.is("Cast")
                && graph.type(node.input(0)).isPresent()
                && graph.type(node.output(0)).isPresent()
                && graph.type(node.input(0)).get().element()
                        == graph.type(node.output(0)).get().element();
        return node.is("Identity") || sameType;
    }
}
