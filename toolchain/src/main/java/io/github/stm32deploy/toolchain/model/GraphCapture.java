// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** What the graphs inside If, Loop and Scan read of the graph around them, without listing it among their node's inputs. */
public final class GraphCapture {
    private GraphCapture() {}

    /** Tensors of the surrounding graph that the graphs inside {@code node} read; empty for a node without graphs. */
    public static Set<String> of(Node node) {
        Set<String> read = new LinkedHashSet<>();
        for (Attribute attribute : node.attributes().values()) {
            if (attribute instanceof Attribute.GraphValue inner) {
                read.addAll(free(inner.value()));
            }
        }
        return read;
    }

    /** The same of all nodes of a graph. */
    public static Set<String> of(ModelGraph graph) {
        Set<String> read = new LinkedHashSet<>();
        graph.nodes().forEach(node -> read.addAll(of(node)));
        return read;
    }

    private static Set<String> free(ModelGraph graph) {
        Set<String> own = new HashSet<>(graph.constants().keySet());
        graph.inputs().forEach(input -> own.add(input.name()));
        graph.nodes().forEach(node -> own.addAll(node.outputs()));
        Set<String> read = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            read.addAll(node.inputs());
            read.addAll(of(node));
        }
        graph.outputs().forEach(output -> read.add(output.name()));
        read.removeAll(own);
        read.remove("");
        return read;
    }
}
