// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.usecase;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A graph without its tail: the nodes that a target refuses and everything that depends on them, where nothing of that
 * multiplies with weights. What fed the tail becomes the output; the host or the firmware decodes from there.
 */
final class TailCut {
    private static final Set<String> MULTIPLYING = Set.of(
            "Conv",
            "ConvTranspose",
            "Gemm",
            "MatMul",
            "QLinearConv",
            "QLinearMatMul",
            "ConvInteger",
            "MatMulInteger",
            "FusedConv",
            "FusedMatMul",
            "QGemm",
            "LSTM",
            "GRU",
            "RNN");

    private TailCut() {}

    /**
     * @param refused nodes that must not stay
     * @return empty where nothing is refused, a refused node has multiplications behind it, or nothing would be left
     */
    static Optional<ModelGraph> cut(ModelGraph graph, Set<Node> refused) {
        Set<Node> tail = new LinkedHashSet<>();
        Set<String> written = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            if (refused.contains(node) || node.inputs().stream().anyMatch(written::contains)) {
                if (MULTIPLYING.contains(node.operator())) {
                    return Optional.empty();
                }
                tail.add(node);
                written.addAll(node.outputs());
            }
        }
        if (tail.isEmpty() || tail.size() == graph.nodes().size()) {
            return Optional.empty();
        }
        List<Node> rest =
                graph.nodes().stream().filter(node -> !tail.contains(node)).toList();
        if (rest.stream().noneMatch(node -> MULTIPLYING.contains(node.operator()))) {
            return Optional.empty();
        }
        Set<String> outputs = new LinkedHashSet<>();
        graph.outputs().forEach(output -> outputs.add(output.name()));
        tail.forEach(node -> outputs.addAll(node.inputs()));
        ModelGraph.Builder builder = graph.toBuilder().clearOutputs().replaceNodes(rest);
        boolean any = false;
        for (String output : outputs) {
            boolean stays = graph.producer(output).filter(rest::contains).isPresent();
            Optional<TensorType> type = graph.type(output).filter(known -> known.element() != ElementType.INT64);
            if (stays && type.isPresent()) {
                builder.output(output, type.get());
                any = true;
            }
        }
        return any ? Optional.of(withoutDeadNodes(builder.build())) : Optional.empty();
    }

    /** Nodes that only fed the tail with sizes compute nothing that an output needs. */
    private static ModelGraph withoutDeadNodes(ModelGraph graph) {
        Set<String> needed = new LinkedHashSet<>();
        graph.outputs().forEach(output -> needed.add(output.name()));
        List<Node> kept = new ArrayList<>();
        for (int index = graph.nodes().size() - 1; index >= 0; index--) {
            Node node = graph.nodes().get(index);
            if (node.outputs().stream().anyMatch(needed::contains)) {
                kept.add(0, node);
                needed.addAll(node.inputs());
            }
        }
        return graph.toBuilder().replaceNodes(kept).build();
    }
}
