// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A float graph and all that decides its QDQ form: what a step that recovers accuracy reads and replaces.
 *
 * @param graph float graph as {@link FloatPreparation} leaves it
 * @param plan which tensors of {@code graph} get codes
 * @param parameters scale and zero point of each family of tensors, by its root
 * @param perTensor one scale for all channels of a weight
 */
record QuantizationDraft(
        ModelGraph graph, ActivationPlan plan, Map<String, QuantizationParameters> parameters, boolean perTensor) {
    QuantizationDraft {
        parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    }

    QuantizationDraft withParameters(Map<String, QuantizationParameters> other) {
        return new QuantizationDraft(graph, plan, other, perTensor);
    }

    /** Scale and zero point of every tensor that gets codes, in graph order. */
    Map<String, QuantizationParameters> byTensor() {
        Map<String, QuantizationParameters> all = new LinkedHashMap<>();
        plan.quantizedTensors().forEach(tensor -> all.put(tensor, parameters.get(plan.root(tensor))));
        return all;
    }

    ModelGraph toQdq() {
        return new QdqInsertion(graph, plan, parameters, perTensor).insert();
    }
}
