// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * A float graph and all that decides its QDQ form: what a step that recovers accuracy reads and replaces.
 *
 * @param graph float graph as {@link FloatPreparation} leaves it
 * @param plan which tensors of {@code graph} get codes
 * @param parameters scale and zero point of each family of tensors, by its root
 * @param perTensor one scale for all channels of a weight
 * @param weightScales scales of weights that differ from largest value / 127, by the name of the node that has the weight
 */
record QuantizationDraft(
        ModelGraph graph,
        ActivationPlan plan,
        Map<String, QuantizationParameters> parameters,
        boolean perTensor,
        Map<String, float[]> weightScales) {
    QuantizationDraft {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
        weightScales = Collections.unmodifiableMap(new LinkedHashMap<>(weightScales));
    }

    QuantizationDraft(
            ModelGraph graph, ActivationPlan plan, Map<String, QuantizationParameters> parameters, boolean perTensor) {
        this(graph, plan, parameters, perTensor, Map.of());
    }

    QuantizationDraft withParameters(Map<String, QuantizationParameters> other) {
        return new QuantizationDraft(graph, plan, other, perTensor, weightScales);
    }

    /** With other constants; tensors and nodes are the same. */
    QuantizationDraft withGraph(ModelGraph other) {
        return new QuantizationDraft(other, plan, parameters, perTensor, weightScales);
    }

    QuantizationDraft withWeightScales(Map<String, float[]> other) {
        return new QuantizationDraft(graph, plan, parameters, perTensor, other);
    }

    /** Scale and zero point of every tensor that gets codes, in graph order. */
    Map<String, QuantizationParameters> byTensor() {
        Map<String, QuantizationParameters> all = new LinkedHashMap<>();
        plan.quantizedTensors().forEach(tensor -> all.put(tensor, parameters.get(plan.root(tensor))));
        return all;
    }

    /** What the weight codes of a node stand for, in the order of its weight tensor. */
    float[] weight(Node node) {
        TensorData weight = graph.constants().get(node.input(1));
        Optional<Integer> axis = perTensor
                ? Optional.empty()
                : OperatorRules.weightAxis(node, weight.shape().rank());
        return WeightQuantization.of(weight, axis, weightScales.get(node.name()), null, 1)
                .values(weight);
    }

    ModelGraph toQdq() {
        return new QdqInsertion(graph, plan, parameters, perTensor, weightScales).insert();
    }
}
