// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.parity.ExecutionParity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where only a part of a tensor's range matters: before a Sigmoid, and where the caller knows it of an output. The bound
 * goes upstream through operators that move or join values, as long as nobody else reads the tensor.
 */
final class UsefulRanges {
    private final ModelGraph graph;
    private final ActivationPlan plan;
    private final Map<String, ValueRange> bounds = new LinkedHashMap<>();
    /** Tensors whose range was stated, not only bounded. */
    private final Map<String, ValueRange> stated = new LinkedHashMap<>();

    UsefulRanges(ModelGraph graph, ActivationPlan plan, Map<String, ValueRange> outputRanges) {
        this.graph = graph;
        this.plan = plan;
        for (GraphValue output : graph.outputs()) {
            ValueRange range = outputRanges.get(output.name());
            if (range != null && graph.consumers(output.name()).isEmpty()) {
                spread(output.name(), range, true);
                // The columns of a head that has been multiplied fill the same range.
                spread(output.name() + ChannelEqualization.SUFFIX, range, true);
            }
        }
        for (Node node : graph.nodes()) {
            if (node.is("Sigmoid") && plan.runsOnCodes(node)) {
                spreadToSource(node.input(0), ValueRange.SIGMOID_LOGITS, false);
            }
        }
    }

    private void spreadToSource(String tensor, ValueRange range, boolean exact) {
        if (graph.consumers(tensor).size() == 1 && !graph.isOutput(tensor)) {
            spread(tensor, range, exact);
        }
    }

    private void spread(String tensor, ValueRange range, boolean exact) {
        if (!plan.isQuantized(tensor)) {
            return;
        }
        bounds.put(tensor, range);
        if (exact) {
            stated.put(tensor, range);
        }
        Node producer = graph.producer(tensor).orElse(null);
        if (producer == null || !plan.runsOnCodes(producer)) {
            return;
        }
        boolean joins = producer.is("Concat");
        List<String> sources = joins
                ? producer.inputs()
                : OperatorRules.movesValues(producer) ? producer.inputs().subList(0, 1) : List.of();
        sources.forEach(source -> spreadToSource(source, range, exact));
    }

    /** The range to use for a family whose values were {@code measured} at its root. */
    ValueRange applied(String root, ValueRange measured) {
        ValueRange exact = stated.get(root);
        ValueRange bound = bounds.get(root);
        return exact != null ? exact : bound != null ? measured.within(bound) : measured;
    }

    /** The bounds that are in force, for the comparison with the float graph. */
    Map<String, ExecutionParity.Limits> limits() {
        Map<String, ExecutionParity.Limits> limits = new LinkedHashMap<>();
        bounds.forEach((tensor, range) -> {
            if (bounds.containsKey(plan.root(tensor))) {
                limits.put(tensor, new ExecutionParity.Limits(range.lowest(), range.highest()));
            }
        });
        graph.outputs().stream()
                .map(GraphValue::name)
                .filter(output -> limits.containsKey(output + ChannelEqualization.SUFFIX))
                .forEach(output -> limits.putIfAbsent(output, limits.get(output + ChannelEqualization.SUFFIX)));
        return limits;
    }
}
