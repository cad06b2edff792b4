// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.function.Function;

/**
 * A graph and the node of it that a rule is asked about.
 *
 * @param operator type of the node in the graph; the last one is meant where there are several
 */
record RuleCase(ModelGraph graph, String operator) {
    /** Writes a graph with {@code real} as its last tensor. */
    static RuleCase of(String operator, Function<RuleGraph, String> writer) {
        RuleGraph graph = new RuleGraph();
        return new RuleCase(graph.int8Output(writer.apply(graph)), operator);
    }

    /** As {@link #of} with a float output. */
    static RuleCase floats(String operator, Function<RuleGraph, String> writer) {
        RuleGraph graph = new RuleGraph();
        return new RuleCase(graph.floatOutput(writer.apply(graph)), operator);
    }

    Node node() {
        return graph.nodes().stream()
                .filter(node -> node.operator().equals(operator))
                .reduce((first, second) -> second)
                .orElseThrow(() -> new AssertionError("no " + operator + " in the example"));
    }

    NodeContext context(SdkVersion sdk) {
        return new NodeContext(LoweredGraph.of(graph, false), node(), sdk);
    }

    Rules.Decision decision(SdkVersion sdk) {
        return Rules.decide(context(sdk));
    }

    NodePlacement placement(SdkVersion sdk) {
        return NpuScheduler.schedule(graph, sdk).placements().stream()
                .filter(placement -> placement.node().name().equals(node().name()))
                .findFirst()
                .orElseThrow();
    }
}
