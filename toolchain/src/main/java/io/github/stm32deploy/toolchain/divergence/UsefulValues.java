// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.divergence;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.parity.ExecutionParity.Limits;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which values of a tensor make a difference to whoever reads it. A quantizer clips what lies beyond on purpose: it buys finer
 * steps for the rest, and a comparison that counted it would call the layer wrong.
 */
final class UsefulValues {
    /** Beyond this a sigmoid is 0 or 1 to within a tenth of the quantum 1/256. */
    private static final Limits LOGITS = new Limits(-8, 8);

    /** They move or join values, and neither change nor combine them. */
    private static final Set<String> MOVES = Set.of(
            "Transpose",
            "Reshape",
            "Flatten",
            "Squeeze",
            "Unsqueeze",
            "Identity",
            "Concat",
            "QuantizeLinear",
            "DequantizeLinear");

    private final ModelGraph graph;
    private final Map<String, Limits> outputs;

    /** @param outputs of the graph, by name, for those that the reader of the outputs bounds */
    UsefulValues(ModelGraph graph, Map<String, Limits> outputs) {
        this.graph = graph;
        this.outputs = Map.copyOf(outputs);
    }

    /** {@link Limits#NONE} where all values matter, or the tensor has several readers. */
    Limits of(String tensor) {
        String reached = tensor;
        while (true) {
            List<Node> readers = graph.consumers(reached);
            if (graph.isOutput(reached)) {
                return readers.isEmpty() ? outputs.getOrDefault(reached, Limits.NONE) : Limits.NONE;
            }
            if (readers.size() != 1) {
                return Limits.NONE;
            }
            Node reader = readers.get(0);
            if (reader.is("Sigmoid")) {
                return LOGITS;
            }
            if (!MOVES.contains(reader.operator())) {
                return Limits.NONE;
            }
            reached = reader.output(0);
        }
    }
}
