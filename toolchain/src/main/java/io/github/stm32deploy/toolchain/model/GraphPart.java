// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** The part of a graph that some of its tensors depend on. */
public final class GraphPart {
    private GraphPart() {}

    /** The graph without nodes and constants that no output depends on. Inputs stay, read or not. */
    public static ModelGraph live(ModelGraph graph) {
        return reaching(graph, graph.outputs().stream().map(GraphValue::name).toList(), graph.toBuilder());
    }

    /**
     * The graph up to {@code tensors}, which become its only outputs.
     *
     * @param tensors written by nodes of the graph; a type that is not known is {@code UNKNOWN}
     */
    public static ModelGraph upTo(ModelGraph graph, Collection<String> tensors) {
        ModelGraph.Builder builder = graph.toBuilder().clearOutputs();
        for (String tensor : new LinkedHashSet<>(tensors)) {
            builder.output(tensor, graph.type(tensor).orElse(new TensorType(ElementType.UNKNOWN, Shape.scalar())));
        }
        return reaching(graph, tensors, builder);
    }

    private static ModelGraph reaching(ModelGraph graph, Collection<String> tensors, ModelGraph.Builder builder) {
        Set<String> needed = new HashSet<>(tensors);
        List<Node> kept = new ArrayList<>();
        for (int index = graph.nodes().size() - 1; index >= 0; index--) {
            Node node = graph.nodes().get(index);
            if (node.outputs().stream().anyMatch(needed::contains)) {
                kept.add(node);
                needed.addAll(node.inputs());
                needed.addAll(GraphCapture.of(node));
            }
        }
        Collections.reverse(kept);
        builder.replaceNodes(kept);
        graph.constants().keySet().stream()
                .filter(constant -> !needed.contains(constant))
                .forEach(builder::removeConstant);
        Set<String> present = new HashSet<>(needed);
        graph.inputs().forEach(input -> present.add(input.name()));
        kept.forEach(node -> present.addAll(node.outputs()));
        return builder.retainTypes(present).build();
    }
}
