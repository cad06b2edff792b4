// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Scales that a partly quantized graph brings along: those of tensors that a QuantizeLinear reads or a DequantizeLinear
 * writes. They stay as they are, and so does what is between such nodes.
 */
final class ExistingCodes {
    private final Map<String, QuantizationParameters> parameters = new LinkedHashMap<>();
    private final Map<String, String> dequantized = new LinkedHashMap<>();
    private final Set<String> paired = new HashSet<>();
    private boolean plain = true;

    ExistingCodes(ModelGraph graph) {
        for (Node node : graph.nodes()) {
            if (node.is("QuantizeLinear")) {
                add(graph, node, node.input(0), node.output(0));
                List<Node> readers = graph.consumers(node.input(0));
                graph.consumers(node.output(0)).stream()
                        .filter(reader -> reader.is("DequantizeLinear"))
                        .findFirst()
                        .ifPresent(reader -> dequantized.putIfAbsent(node.input(0), reader.output(0)));
                if (readers.stream().allMatch(reader -> reader.is("QuantizeLinear"))
                        && !graph.isOutput(node.input(0))) {
                    paired.add(node.input(0));
                }
            } else if (node.is("DequantizeLinear")) {
                paired.add(node.output(0));
                if (!graph.isConstant(node.input(0))) {
                    add(graph, node, node.output(0), node.input(0));
                }
            } else if (OperatorRules.isQuantizationOperator(node)) {
                plain = false;
            }
        }
    }

    private void add(ModelGraph graph, Node node, String tensor, String codes) {
        TensorData scale = graph.constants().get(node.input(1));
        TensorData zero = graph.constants().get(node.input(2));
        // Without a zero point the codes are uint8.
        if (scale == null
                || scale.elements() != 1
                || zero == null
                || zero.elements() != 1
                || zero.element() != ElementType.INT8) {
            plain = false;
            return;
        }
        parameters.putIfAbsent(
                tensor, new QuantizationParameters(scale.floatAt(0), Math.toIntExact(zero.integerAt(0))));
    }

    /** True where all codes of activations are int8 with one scale, between QuantizeLinear and DequantizeLinear. */
    boolean arePlain() {
        return plain;
    }

    Optional<QuantizationParameters> parameters(String tensor) {
        return Optional.ofNullable(parameters.get(tensor));
    }

    /** What stands for a tensor with the rounding of its codes, where the graph has it. */
    Optional<String> dequantized(String tensor) {
        return Optional.ofNullable(dequantized.get(tensor));
    }

    /** True for a tensor beside which there is nothing to insert: what reads or writes it has codes already. */
    boolean isPaired(String tensor) {
        return paired.contains(tensor) || dequantized.containsKey(tensor);
    }
}
