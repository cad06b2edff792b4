// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Builds graphs for tests: node names are operator_output, weights are seeded noise. */
final class SmallGraph {
    static final GraphExecutorFactory EXECUTORS = OnnxRuntimeExecutor.factory();

    private final ModelGraph.Builder builder;
    private final Random random = new Random(7);

    SmallGraph(int opset) {
        builder = ModelGraph.builder("small").irVersion(7).opset("", opset);
    }

    SmallGraph input(String name, long... shape) {
        builder.input(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)));
        return this;
    }

    SmallGraph output(String name, long... shape) {
        builder.output(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)));
        return this;
    }

    SmallGraph noise(String name, long... shape) {
        float[] values = new float[Math.toIntExact(Shape.of(shape).elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = (float) random.nextGaussian();
        }
        builder.constant(name, TensorData.ofFloats(Shape.of(shape), values));
        return this;
    }

    SmallGraph constant(String name, TensorData value) {
        builder.constant(name, value);
        return this;
    }

    SmallGraph longs(String name, long... values) {
        return constant(name, TensorData.ofLongs(Shape.of(values.length), values));
    }

    SmallGraph scalar(String name, float value) {
        return constant(name, TensorData.ofFloats(Shape.scalar(), value));
    }

    SmallGraph node(String operator, List<String> inputs, String output) {
        return node(operator, inputs, List.of(output), Map.of());
    }

    SmallGraph node(String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return node(operator, inputs, List.of(output), attributes);
    }

    SmallGraph node(String operator, List<String> inputs, List<String> outputs, Map<String, Attribute> attributes) {
        String name = operator + "_" + outputs.get(0);
        builder.node(new Node(name, operator, "", inputs, outputs, attributes, new Origin(operator, name, 0)));
        return this;
    }

    ModelGraph build() {
        return builder.build();
    }

    static CalibrationSource noiseFor(ModelGraph graph) {
        return new RandomCalibration(graph.inputs(), 4, 11, -1, 1);
    }

    static QuantizedModel quantize(ModelGraph graph) {
        return new Quantizer(EXECUTORS).quantize(QuantizeRequest.of(graph, noiseFor(graph)));
    }

    static Map<String, TensorData> run(ModelGraph graph, Map<String, TensorData> inputs) {
        try (GraphExecutor executor = EXECUTORS.open(graph, List.of())) {
            return executor.run(inputs);
        }
    }
}
