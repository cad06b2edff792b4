// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Writes a graph of an operator set above 21 in 21. Sets 22 to 26 added operators, element types of old ones, and two
 * attributes (ONNX operator changelog); what uses none of these means the same in 21.
 */
final class OpsetDowngrade {
    /** The newest set that a published STM32N6 model has. */
    static final int NEWEST = 21;

    /** The newest set whose changes are known here. */
    private static final int KNOWN = 26;

    private static final Set<String> NEWER_OPERATORS =
            Set.of("Attention", "RMSNormalization", "RotaryEmbedding", "Swish", "TensorScatter", "BitCast", "CumProd");

    private OpsetDowngrade() {}

    /** Empty where the set is old enough, or where something in the graph needs a newer one. */
    static Optional<ModelGraph> of(ModelGraph graph) {
        boolean applies = graph.opset() > NEWEST && graph.opset() <= KNOWN && isOld(graph);
        return applies
                ? Optional.of(graph.toBuilder()
                        .replaceNodes(graph.nodes().stream()
                                .map(OpsetDowngrade::lowered)
                                .toList())
                        .opset("", NEWEST)
                        .build())
                : Optional.empty();
    }

    /** Domains of the operators of a graph and of the graphs inside it. */
    static Set<String> domains(ModelGraph graph) {
        Set<String> domains = new LinkedHashSet<>();
        for (Node node : graph.nodes()) {
            domains.add(node.domain());
            inner(node).forEach(body -> domains.addAll(domains(body)));
        }
        return domains;
    }

    private static List<ModelGraph> inner(Node node) {
        return node.attributes().values().stream()
                .filter(Attribute.GraphValue.class::isInstance)
                .map(body -> ((Attribute.GraphValue) body).value())
                .toList();
    }

    private static boolean isOld(ModelGraph graph) {
        return graph.nodes().stream()
                .allMatch(node -> !(node.domain().isEmpty() && NEWER_OPERATORS.contains(node.operator()))
                        && inner(node).isEmpty());
    }

    /** round_mode of casts to 8-bit exponents (24) and precision of QuantizeLinear (23) at their defaults say nothing. */
    private static Node lowered(Node node) {
        Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
        boolean changed = node.is("Cast") && attributes.remove("round_mode") != null
                || node.is("CastLike") && attributes.remove("round_mode") != null
                || node.is("QuantizeLinear") && attributes.remove("precision") != null;
        return changed
                ? new Node(
                        node.name(),
                        node.operator(),
                        node.domain(),
                        node.inputs(),
                        node.outputs(),
                        attributes,
                        node.origin())
                : node;
    }
}
