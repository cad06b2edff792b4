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

/**
 * Nodes that only rename a tensor: Identity, Dropout at inference, a Cast to the same type, a Reshape to the same shape or
 * back to it, an addition of zeros, codes that are dequantized and quantized again alike.
 */
final class DropIdentities implements Repair {
    @Override
    public String id() {
        return "drop-identities";
    }

    @Override
    public String effect() {
        return "Nodes that pass a tensor on unchanged are removed: Identity, Dropout, casts to the same type, reshapes to"
                + " the same shape, neutral additions, products, slices and paddings.";
    }

    @Override
    public Set<String> answers() {
        return Set.of();
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        NeutralNodes neutral = new NeutralNodes(graph);
        Set<String> captured = GraphCapture.of(graph);
        Map<String, String> renamed = new HashMap<>();
        List<String> places = new ArrayList<>();
        List<Node> kept = new ArrayList<>();
        for (Node node : graph.nodes()) {
            boolean named =
                    node.outputs().stream().anyMatch(output -> graph.isOutput(output) || captured.contains(output));
            Optional<String> passed =
                    named || target.avoided().contains(node.name()) ? Optional.empty() : neutral.passedOn(node);
            if (passed.isPresent()) {
                renamed.put(node.output(0), renamed.getOrDefault(passed.get(), passed.get()));
                places.add(node.name());
            } else {
                kept.add(node.withInputs(node.inputs().stream()
                        .map(input -> renamed.getOrDefault(input, input))
                        .toList()));
            }
        }
        if (!places.isEmpty()) {
            return Optional.of(Change.of(
                    graph.toBuilder().replaceNodes(kept).build(),
                    places,
                    places.size() + (places.size() == 1 ? " node passes" : " nodes pass") + " its input on unchanged",
                    Tolerance.EXACT));
        }
        return atAnOutput(graph, neutral, captured, target);
    }

    /** A neutral node that makes an output: the node before it takes over the name. */
    private static Optional<Change> atAnOutput(
            ModelGraph graph, NeutralNodes neutral, Set<String> captured, RepairTarget target) {
        for (Node node : graph.nodes()) {
            if (!graph.isOutput(node.output(0)) || target.avoided().contains(node.name())) {
                continue;
            }
            String passed = neutral.passedOn(node).orElse("");
            boolean free = graph.producer(passed).isPresent()
                    && !graph.isOutput(passed)
                    && !captured.contains(passed)
                    && node.outputs().size() == 1;
            if (free) {
                List<Node> nodes = graph.nodes().stream()
                        .filter(other -> other != node)
                        .map(other -> renamed(other, passed, node.output(0)))
                        .toList();
                return Optional.of(Change.of(
                        graph.toBuilder().replaceNodes(nodes).build(),
                        List.of(node.name()),
                        "the node before output \"" + node.output(0) + "\" makes the same tensor",
                        Tolerance.EXACT));
            }
        }
        return Optional.empty();
    }

    private static Node renamed(Node node, String from, String to) {
        if (!node.inputs().contains(from) && !node.outputs().contains(from)) {
            return node;
        }
        return node.withInputs(node.inputs().stream()
                        .map(input -> input.equals(from) ? to : input)
                        .toList())
                .withOutputs(node.outputs().stream()
                        .map(output -> output.equals(from) ? to : output)
                        .toList());
    }
}
