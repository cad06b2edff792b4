// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A QDQ graph with its 8-bit convolutions as QLinearConv: the same operator in ONNX, but ONNX Runtime adds integers instead of
 * float32 numbers, so that no sum next to a tie depends on the order of additions.
 */
final class IntegerConvolutions {
    private final ModelGraph graph;
    private final Map<String, List<Node>> replacements = new HashMap<>();
    private final Set<String> dropped = new HashSet<>();
    private final Map<String, TensorData> bounds = new HashMap<>();

    private IntegerConvolutions(ModelGraph graph) {
        this.graph = graph;
    }

    static ModelGraph of(ModelGraph graph) {
        IntegerConvolutions made = new IntegerConvolutions(graph);
        graph.nodes().stream().filter(node -> node.is("Conv")).forEach(made::replace);
        List<Node> nodes = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (!made.dropped.contains(node.name())) {
                nodes.addAll(made.replacements.getOrDefault(node.name(), List.of(node)));
            }
        }
        ModelGraph.Builder builder = graph.toBuilder().replaceNodes(nodes);
        made.bounds.forEach(builder::constant);
        return builder.build();
    }

    private void replace(Node conv) {
        Optional<Node> image = dequantize(conv.input(0));
        Optional<Node> weights = dequantize(conv.input(1));
        Optional<Node> bias = conv.hasInput(2) ? dequantize(conv.input(2)) : Optional.empty();
        Optional<Node> last = only(conv.output(0));
        Optional<Node> activation = last.filter(node -> node.is("Relu") || node.is("Clip"));
        Optional<Node> quantize = activation.isPresent() ? only(activation.get().output(0)) : last;
        if (image.isEmpty()
                || weights.isEmpty()
                || bias.isPresent() != conv.hasInput(2)
                || quantize.filter(node -> node.is("QuantizeLinear")).isEmpty()) {
            return;
        }
        TensorData zero = graph.constant(quantize.get().input(2)).orElseThrow();
        if (zero.element() != ElementType.INT8 && zero.element() != ElementType.UINT8) {
            return;
        }
        String output = quantize.get().output(0);
        String sum = activation.isPresent() ? output + "/sum" : output;
        List<String> inputs = new ArrayList<>(image.get().inputs());
        inputs.addAll(weights.get().inputs());
        inputs.addAll(quantize.get().inputs().subList(1, 3));
        bias.ifPresent(node -> inputs.add(node.input(0)));
        List<Node> made = new ArrayList<>();
        made.add(new Node(conv.name(), "QLinearConv", "", inputs, List.of(sum), conv.attributes(), conv.origin()));
        activation.ifPresent(node -> {
            List<String> limits = List.of(sum, bound(node, 1, quantize.get()), bound(node, 2, quantize.get()));
            made.add(new Node(node.name(), "Clip", "", limits, List.of(output), Map.of(), node.origin()));
            dropped.add(node.name());
        });
        dropped.add(quantize.get().name());
        replacements.put(conv.name(), made);
    }

    /** Code of a limit of a Relu or Clip, as a constant of the graph. */
    private String bound(Node activation, int position, Node quantize) {
        TensorData zero = graph.constant(quantize.input(2)).orElseThrow();
        float scale = graph.constant(quantize.input(1)).orElseThrow().floatAt(0);
        int least = zero.element() == ElementType.INT8 ? -128 : 0;
        double limit = activation.is("Clip")
                ? graph.constant(activation.input(position)).orElseThrow().floatAt(0)
                : position == 1 ? 0 : Double.POSITIVE_INFINITY;
        double code = Math.rint((float) limit / scale) + zero.integerAt(0);
        byte stored = (byte) Math.min(least + 255, Math.max(least, code));
        String name = quantize.output(0) + "/bound" + position;
        TensorType type = new TensorType(zero.element(), Shape.scalar());
        bounds.put(name, TensorData.of(type, ByteBuffer.wrap(new byte[] {stored})));
        return name;
    }

    private Optional<Node> dequantize(String tensor) {
        return graph.producer(tensor).filter(node -> node.is("DequantizeLinear"));
    }

    private Optional<Node> only(String tensor) {
        List<Node> readers = graph.consumers(tensor);
        return readers.size() == 1 && !graph.isOutput(tensor) ? Optional.of(readers.get(0)) : Optional.empty();
    }
}
