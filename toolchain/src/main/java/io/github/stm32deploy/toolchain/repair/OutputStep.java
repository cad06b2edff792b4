// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Optional;
import java.util.Set;

/** Size of one quantum of a tensor. */
final class OutputStep {
    private static final Set<String> MOVING =
            Set.of("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity", "Slice", "Concat", "Split");

    private OutputStep() {}

    /** 1 for integers, the scale for what a DequantizeLinear gives (the largest where it has several), 0 for other floats. */
    static double of(ModelGraph graph, String tensor) {
        boolean integer = graph.type(tensor)
                .map(TensorType::element)
                .filter(element -> !element.isFloatingPoint())
                .isPresent();
        if (integer) {
            return 1;
        }
        String source = tensor;
        for (Optional<Node> node = graph.producer(source); node.isPresent(); node = graph.producer(source)) {
            if (node.get().operator().equals("DequantizeLinear")) {
                return graph.constant(node.get().input(1))
                        .map(OutputStep::largest)
                        .orElse(0.0);
            }
            if (!MOVING.contains(node.get().operator())) {
                return 0;
            }
            source = node.get().input(0);
        }
        return 0;
    }

    private static double largest(TensorData scales) {
        double largest = 0;
        for (float scale : scales.toFloats()) {
            largest = Math.max(largest, scale);
        }
        return largest;
    }
}
