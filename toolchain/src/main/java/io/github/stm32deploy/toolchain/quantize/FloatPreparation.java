// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Brings a float graph into the form that is quantized: binary32, weights as constants, operator set 13 or newer. */
final class FloatPreparation {
    private FloatPreparation() {}

    /**
     * @param excluded names of nodes that stay float and therefore stay as they are
     */
    static ModelGraph prepare(ModelGraph graph, GraphExecutorFactory executors, Set<String> excluded) {
        ModelGraph upgraded = OpsetUpgrade.toPerChannelQuantization(graph);
        return NormalizationFolding.fold(foldConstants(upgraded, executors), excluded);
    }

    /** The same graph with half-precision tensors in binary32; halves are exact in it. */
    static ModelGraph widenHalves(ModelGraph graph) {
        boolean halves = graph.constants().values().stream().anyMatch(constant -> isHalf(constant.element()))
                || graph.types().values().stream().anyMatch(type -> isHalf(type.element()))
                || graph.nodes().stream().anyMatch(FloatPreparation::castsToHalf);
        if (!halves) {
            return graph;
        }
        ModelGraph.Builder wide = ModelGraph.builder(graph.name()).irVersion(graph.irVersion());
        graph.opsets().forEach(wide::opset);
        graph.inputs().forEach(input -> wide.input(input.name(), widened(input.type())));
        graph.outputs().forEach(output -> wide.output(output.name(), widened(output.type())));
        graph.types().forEach((tensor, type) -> wide.type(tensor, widened(type)));
        graph.constants().forEach((tensor, constant) -> wide.constant(tensor, widened(constant)));
        for (Node node : graph.nodes()) {
            Node changed = castsToHalf(node) ? node.withAttribute("to", Attribute.of(1)) : node;
            for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
                if (attribute.getValue() instanceof Attribute.TensorValue tensor
                        && isHalf(tensor.value().element())) {
                    changed = changed.withAttribute(
                            attribute.getKey(), new Attribute.TensorValue(widened(tensor.value())));
                }
            }
            wide.node(changed);
        }
        return wide.build();
    }

    private static boolean isHalf(ElementType element) {
        return element == ElementType.FLOAT16 || element == ElementType.BFLOAT16;
    }

    /** Cast to TensorProto.FLOAT16 (10) or BFLOAT16 (16). */
    private static boolean castsToHalf(Node node) {
        long target = node.is("Cast") ? node.intAttribute("to", 0) : 0;
        return target == 10 || target == 16;
    }

    private static TensorType widened(TensorType type) {
        return isHalf(type.element()) ? new TensorType(ElementType.FLOAT32, type.shape()) : type;
    }

    private static TensorData widened(TensorData constant) {
        return isHalf(constant.element()) ? TensorData.ofFloats(constant.shape(), constant.toFloats()) : constant;
    }

    /** Replaces nodes that read constants only (shape arithmetic, weights stored dequantized or transposed) by their values. */
    static ModelGraph foldConstants(ModelGraph graph, GraphExecutorFactory executors) {
        Set<String> computable = new LinkedHashSet<>();
        List<Node> foldable = new ArrayList<>();
        List<Node> kept = new ArrayList<>();
        for (Node node : graph.nodes()) {
            boolean constantInputs = !node.inputs().isEmpty()
                    && node.inputs().stream()
                            .allMatch(
                                    input -> input.isEmpty() || graph.isConstant(input) || computable.contains(input));
            boolean plain = !node.operator().startsWith("Random")
                    && node.attributes().values().stream().noneMatch(Attribute.GraphValue.class::isInstance);
            boolean output = node.outputs().stream().anyMatch(graph::isOutput);
            if (constantInputs && plain && !output) {
                foldable.add(node);
                computable.addAll(node.outputs());
            } else {
                kept.add(node);
            }
        }
        Set<String> needed = new LinkedHashSet<>();
        kept.forEach(node -> node.inputs().stream().filter(computable::contains).forEach(needed::add));
        if (needed.isEmpty()) {
            return graph;
        }
        ModelGraph.Builder part = ModelGraph.builder(graph.name()).irVersion(graph.irVersion());
        graph.opsets().forEach(part::opset);
        part.replaceNodes(foldable);
        Map<String, TensorData> used = new LinkedHashMap<>();
        foldable.forEach(node ->
                node.inputs().forEach(input -> graph.constant(input).ifPresent(constant -> used.put(input, constant))));
        used.forEach(part::constant);
        graph.types().forEach((tensor, type) -> {
            if (computable.contains(tensor)) {
                part.type(tensor, type);
            }
        });
        ModelGraph.Builder folded = graph.toBuilder().replaceNodes(kept);
        try (GraphExecutor executor = executors.open(part.build(), List.copyOf(needed))) {
            Map<String, TensorData> values = executor.run(Map.of());
            needed.forEach(tensor -> folded.constant(tensor, values.get(tensor)));
        }
        return withoutUnusedConstants(folded.build());
    }

    static ModelGraph withoutUnusedConstants(ModelGraph graph) {
        boolean captures = graph.nodes().stream()
                .anyMatch(node -> node.attributes().values().stream().anyMatch(Attribute.GraphValue.class::isInstance));
        if (captures) {
            // A subgraph reads tensors of this graph by name without listing them.
            return graph;
        }
        ModelGraph.Builder builder = graph.toBuilder();
        for (String constant : graph.constants().keySet()) {
            if (graph.consumers(constant).isEmpty() && !graph.isOutput(constant)) {
                builder.removeConstant(constant);
            }
        }
        return builder.build();
    }
}
