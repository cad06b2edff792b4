// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.GraphPart;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The graph ends at tensors that the user names: they become outputs, and outputs that are computed from them go. It is no
 * member of {@link Repairs}, because it does nothing without names.
 */
public final class CutAt implements Repair {
    public static final String ID = "cut-at";

    private final List<String> tensors;

    /**
     * @param tensors names as in the file: of tensors that nodes write, or of nodes with one output
     */
    public CutAt(List<String> tensors) {
        this.tensors = List.copyOf(tensors);
    }

    @Override
    public String id() {
        return ID;
    }

    @Override
    public String effect() {
        return "Tensors that the user names become outputs, and what is computed from them goes.";
    }

    @Override
    public Set<String> answers() {
        return Set.of();
    }

    @Override
    public boolean onRequest() {
        return true;
    }

    /** The tensor that a name stands for; empty where nothing in the graph computes it. */
    public static Optional<String> tensor(ModelGraph graph, String name) {
        if (graph.producer(name).isPresent()) {
            return Optional.of(name);
        }
        return graph.nodes().stream()
                .filter(node -> node.name().equals(name) && node.outputs().size() == 1)
                .map(node -> node.output(0))
                .findFirst();
    }

    @Override
    public Optional<Change> propose(ModelGraph graph, RepairTarget target) {
        Set<String> ends = new LinkedHashSet<>();
        for (String name : tensors) {
            tensor(graph, name).ifPresent(ends::add);
        }
        ends.removeIf(end -> target.avoided().contains(end));
        Set<String> behind = behind(graph, ends);
        List<String> lost = graph.outputs().stream()
                .map(GraphValue::name)
                .filter(output -> behind.contains(output) && !ends.contains(output))
                .toList();
        List<String> added = ends.stream().filter(end -> !graph.isOutput(end)).toList();
        if (ends.isEmpty() || lost.isEmpty() && added.isEmpty()) {
            return Optional.empty();
        }
        Set<String> outputs = new LinkedHashSet<>(ends);
        graph.outputs().stream()
                .map(GraphValue::name)
                .filter(output -> !behind.contains(output))
                .forEach(outputs::add);
        ModelGraph after = GraphPart.upTo(graph, outputs);
        List<String> contract = new ArrayList<>();
        lost.forEach(output -> contract.add(
                "output " + output + " is gone: the application computes it from " + String.join(", ", ends)));
        added.forEach(output -> contract.add("output " + output
                + graph.type(output)
                        .map(type -> " [" + type.shape() + "] " + type.element())
                        .orElse("")
                + " is new"));
        return Optional.of(new Change(
                after,
                List.copyOf(ends),
                "the graph ends where it was asked to",
                Comparison.ofOutputs(Tolerance.EXACT).withTensors(TailCut.unchanged(after)),
                contract));
    }

    /** Tensors that are computed from {@code ends}, these not included unless from each other. */
    private static Set<String> behind(ModelGraph graph, Set<String> ends) {
        Set<String> behind = new HashSet<>();
        for (Node node : graph.nodes()) {
            if (node.inputs().stream().anyMatch(input -> ends.contains(input) || behind.contains(input))) {
                behind.addAll(node.outputs());
            }
        }
        return behind;
    }
}
