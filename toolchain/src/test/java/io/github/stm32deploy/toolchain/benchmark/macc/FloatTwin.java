// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.macc;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.HashMap;
import java.util.Map;

/**
 * The float ONNX network behind a quantized TFLite file whose input has channels first: same operators, no conversions, no
 * changes of layout. For counting only; its weights are zeros.
 */
final class FloatTwin {
    private final ModelGraph graph;
    private final Map<String, String> names = new HashMap<>();
    private final ModelGraph.Builder builder;

    private FloatTwin(ModelGraph graph) {
        this.graph = graph;
        this.builder = ModelGraph.builder(graph.name());
    }

    static ModelGraph of(ModelGraph graph) {
        return new FloatTwin(graph).build();
    }

    private ModelGraph build() {
        graph.opsets().forEach(builder::opset);
        for (GraphValue input : graph.inputs()) {
            builder.input(
                    input.name(),
                    new TensorType(ElementType.FLOAT32, input.type().shape()));
        }
        for (Node node : graph.nodes()) {
            boolean conversion = node.is("QuantizeLinear") || node.is("DequantizeLinear");
            if (conversion && graph.isConstant(node.input(0))) {
                Shape shape = graph.type(node.output(0)).orElseThrow().shape();
                builder.constant(node.output(0), TensorData.ofFloats(shape, new float[(int) shape.elements()]));
            } else if (conversion || node.is("Transpose")) {
                names.put(node.output(0), name(node.input(0)));
            } else {
                copy(node);
            }
        }
        for (GraphValue output : graph.outputs()) {
            builder.output(name(output.name()), new TensorType(ElementType.FLOAT32, Shape.of(-1, -1, -1, -1)));
        }
        return builder.build();
    }

    private void copy(Node node) {
        node.inputs().stream()
                .filter(graph::isConstant)
                .forEach(input -> builder.constant(input, graph.constants().get(input)));
        builder.node(new Node(
                node.name(),
                node.operator(),
                node.domain(),
                node.inputs().stream().map(this::name).toList(),
                node.outputs(),
                node.attributes(),
                new Origin(node.operator(), node.name(), node.origin().index())));
    }

    private String name(String tensor) {
        return names.getOrDefault(tensor, tensor);
    }
}
