// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.google.flatbuffers.Table;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tensorflow.lite.schema.BuiltinOptions;
import org.tensorflow.lite.schema.CallOnceOptions;
import org.tensorflow.lite.schema.CallOptions;
import org.tensorflow.lite.schema.IfOptions;
import org.tensorflow.lite.schema.WhileOptions;

/** The further graphs of a file, imported where an operator of control flow refers to them. */
final class TfliteBodies {
    private static final int MAX_DEPTH = 32;
    private static final long MAX_NODES = 200_000;

    private final List<TfliteSubgraph> subgraphs;
    /** Nodes of each body, those of the bodies inside it included. */
    private final Map<ModelGraph, Long> sizes = new IdentityHashMap<>();

    private final Map<Integer, ModelGraph> imported = new HashMap<>();
    private final Set<Integer> open = new HashSet<>(Set.of(0));

    TfliteBodies(List<TfliteSubgraph> subgraphs) {
        this.subgraphs = subgraphs;
    }

    /**
     * Graphs that {@code operator} runs, by the name that ONNX gives such an attribute where it has one.
     *
     * @throws IllegalArgumentException where there is no such graph, or a graph runs itself
     */
    Map<String, Attribute> of(TfliteOperator operator) {
        Map<String, Integer> called = new LinkedHashMap<>();
        switch (operator.name()) {
            case "IF" -> {
                IfOptions options = required(operator, new IfOptions(), BuiltinOptions.IfOptions);
                called.put("then_branch", options.thenSubgraphIndex());
                called.put("else_branch", options.elseSubgraphIndex());
            }
            case "WHILE" -> {
                WhileOptions options = required(operator, new WhileOptions(), BuiltinOptions.WhileOptions);
                called.put("cond", options.condSubgraphIndex());
                called.put("body", options.bodySubgraphIndex());
            }
            case "CALL_ONCE" -> {
                CallOnceOptions options = required(operator, new CallOnceOptions(), BuiltinOptions.CallOnceOptions);
                called.put("body", options.initSubgraphIndex());
            }
            case "CALL" -> {
                CallOptions options = required(operator, new CallOptions(), BuiltinOptions.CallOptions);
                called.put("body", (int) options.subgraph());
            }
            default -> {
                return Map.of();
            }
        }
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        called.forEach((name, index) -> attributes.put(name, new Attribute.GraphValue(graph(index, operator))));
        return attributes;
    }

    private static <T extends Table> T required(TfliteOperator operator, T empty, byte type) {
        T options = operator.optionsOrNull(empty, type);
        if (options == null) {
            throw new IllegalArgumentException(
                    "operator " + operator.index() + " (" + operator.name() + ") does not say which graph it runs");
        }
        return options;
    }

    private ModelGraph graph(int index, TfliteOperator operator) {
        if (index < 0 || index >= subgraphs.size()) {
            throw new IllegalArgumentException("operator " + operator.index() + " (" + operator.name() + ") runs graph "
                    + index + " of " + subgraphs.size());
        }
        ModelGraph known = imported.get(index);
        if (known != null) {
            return known;
        }
        if (!open.add(index)) {
            throw new TfliteReader.StructureException(
                    "READ-GRAPH-CYCLE",
                    "the graph runs in a circle",
                    "graph " + index + " (\"" + subgraphs.get(index).name() + "\") runs itself through operator "
                            + operator.index() + " (" + operator.name() + ")");
        }
        if (open.size() > MAX_DEPTH) {
            throw new IllegalArgumentException("bodies of control flow are nested more than " + MAX_DEPTH + " deep");
        }
        return imported(index);
    }

    private ModelGraph imported(int index) {
        open.add(index);
        ModelGraph graph = new TfliteImport(subgraphs.get(index), this).graph();
        open.remove(index);
        // A body that two operators share is written twice: bodies of bodies would double with each level.
        long size = graph.nodes().size();
        for (Node node : graph.nodes()) {
            for (Attribute attribute : node.attributes().values()) {
                if (attribute instanceof Attribute.GraphValue body) {
                    size += sizes.getOrDefault(body.value(), 0L);
                }
            }
        }
        if (size > MAX_NODES) {
            throw new IllegalArgumentException("bodies of control flow unfold to more than " + MAX_NODES + " nodes");
        }
        sizes.put(graph, size);
        imported.put(index, graph);
        return graph;
    }

    /** All graphs but the main one, in the order of the file. */
    List<ModelGraph> all() {
        return java.util.stream.IntStream.range(1, subgraphs.size())
                .mapToObj(index -> imported.containsKey(index) ? imported.get(index) : imported(index))
                .toList();
    }
}
