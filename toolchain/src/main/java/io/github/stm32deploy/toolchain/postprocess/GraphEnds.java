// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Inputs and outputs of a graph with the quantization that the neighbouring QuantizeLinear or DequantizeLinear states. */
final class GraphEnds {
    /** They move values and do not change them. */
    static final Set<String> MOVES = Set.of("Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity");

    static final Set<String> QUANTIZERS = Set.of("QuantizeLinear", "DequantizeLinear", "Cast");

    private static final Set<String> SOFTMAX = Set.of("Softmax", "LogSoftmax");

    private GraphEnds() {}

    static List<ModelOutput> outputs(ModelGraph graph) {
        List<ModelOutput> outputs = new ArrayList<>();
        for (GraphValue output : graph.outputs()) {
            Optional<Quantization> quantization = output.type().element().isFloatingPoint()
                    ? Optional.empty()
                    : producer(graph, output.name()).flatMap(node -> quantization(graph, node, "QuantizeLinear"));
            outputs.add(new ModelOutput(
                    output.name(),
                    output.type(),
                    quantization,
                    OutputEnding.of(graph, output.name()),
                    reach(graph, output)));
        }
        return outputs;
    }

    private static Optional<Float> reach(ModelGraph graph, GraphValue output) {
        Optional<Node> last = producer(graph, output.name());
        ElementType codes = last.filter(node -> node.is("DequantizeLinear"))
                .flatMap(node -> graph.type(node.input(0)))
                .map(type -> type.element())
                .orElse(output.type().element());
        int highest = codes == ElementType.INT8 ? Byte.MAX_VALUE : codes == ElementType.UINT8 ? 255 : 0;
        return highest == 0
                ? Optional.empty()
                : last.flatMap(node -> quantization(graph, node, node.operator()))
                        .map(codec -> codec.scale() * (highest - codec.zeroPoint()));
    }

    /** Empty where the graph has another number of inputs than one, or it cannot be an image. */
    static Optional<ImageInput> image(ModelGraph graph) {
        if (graph.inputs().size() != 1) {
            return Optional.empty();
        }
        GraphValue input = graph.inputs().get(0);
        Optional<Quantization> quantization =
                consumer(graph, input.name()).flatMap(node -> quantization(graph, node, "DequantizeLinear"));
        return ImageInput.of(input.type(), quantization);
    }

    /** Says so where the only output is what a Softmax over all of its values gives. */
    static Optional<String> softmaxLast(ModelGraph graph) {
        if (graph.outputs().size() != 1) {
            return Optional.empty();
        }
        Optional<Node> node = producer(graph, graph.outputs().get(0).name());
        while (node.isPresent()
                && (MOVES.contains(node.get().operator())
                        || QUANTIZERS.contains(node.get().operator()))) {
            node = graph.producer(node.get().input(0));
        }
        return node.filter(last -> SOFTMAX.contains(last.operator()))
                .map(last -> "because the last operator is " + last.operator());
    }

    private static Optional<Node> producer(ModelGraph graph, String tensor) {
        Optional<Node> node = graph.producer(tensor);
        while (node.isPresent() && MOVES.contains(node.get().operator())) {
            node = graph.producer(node.get().input(0));
        }
        return node;
    }

    private static Optional<Node> consumer(ModelGraph graph, String tensor) {
        Optional<Node> node = graph.consumers(tensor).stream().findFirst();
        while (node.isPresent() && MOVES.contains(node.get().operator())) {
            node = graph.consumers(node.get().output(0)).stream().findFirst();
        }
        return node;
    }

    private static Optional<Quantization> quantization(ModelGraph graph, Node node, String operator) {
        if (!node.is(operator) || !node.hasInput(1)) {
            return Optional.empty();
        }
        return graph.constant(node.input(1))
                .filter(scale -> scale.elements() == 1)
                .map(scale -> new Quantization(
                        scale.floatAt(0),
                        node.hasInput(2)
                                ? (int) graph.constant(node.input(2))
                                        .map(zero -> zero.integerAt(0))
                                        .orElse(0L)
                                        .longValue()
                                : 0));
    }
}
