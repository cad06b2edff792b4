// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.postprocess.ModelOutput.Ending;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Looks for the last operator that calculates the values of an output, through what moves, cuts, joins or quantizes them. */
final class OutputEnding {
    private static final Set<String> CUTS = Set.of("Slice", "Split", "Pad");
    private static final Set<String> PRODUCTS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");
    /** Joints of joints of the heads of a detector: more is no head. */
    private static final int DEEPEST = 40;

    private OutputEnding() {}

    static Ending of(ModelGraph graph, String output) {
        return of(graph, output, DEEPEST);
    }

    private static Ending of(ModelGraph graph, String tensor, int left) {
        Optional<Node> node = graph.producer(tensor);
        if (node.isEmpty() || left == 0) {
            return Ending.UNKNOWN;
        }
        String operator = node.get().operator();
        if (GraphEnds.MOVES.contains(operator) || GraphEnds.QUANTIZERS.contains(operator) || CUTS.contains(operator)) {
            return of(graph, node.get().input(0), left - 1);
        }
        if (PRODUCTS.contains(operator)) {
            return Ending.LINEAR;
        }
        return switch (operator) {
            case "Softmax" -> Ending.SOFTMAX;
            case "Sigmoid" -> Ending.SIGMOID;
            case "Concat" -> ofAll(graph, node.get().inputs(), left - 1);
            case "Add" -> ofSum(graph, node.get(), left - 1);
            default -> Ending.CALCULATED;
        };
    }

    private static Ending ofAll(ModelGraph graph, List<String> inputs, int left) {
        List<Ending> endings =
                inputs.stream().map(input -> of(graph, input, left)).distinct().toList();
        return endings.size() == 1 ? endings.get(0) : Ending.CALCULATED;
    }

    /** A constant added to a product is its bias. */
    private static Ending ofSum(ModelGraph graph, Node sum, int left) {
        boolean first = graph.isConstant(sum.input(0));
        boolean second = graph.isConstant(sum.input(1));
        boolean bias = first != second && of(graph, sum.input(first ? 1 : 0), left) == Ending.LINEAR;
        return bias ? Ending.LINEAR : Ending.CALCULATED;
    }
}
