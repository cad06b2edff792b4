// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.quantize.QuantizeRequest;
import io.github.stm32deploy.toolchain.quantize.Quantizer;
import io.github.stm32deploy.toolchain.quantize.RandomCalibration;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Builds small graphs for repairs (node names are operator_output, weights seeded noise) and repairs them. */
final class RepairBench {
    static final GraphExecutorFactory EXECUTORS = (graph, extra) -> OnnxRuntimeExecutor.open(
            graph, OnnxRuntimeExecutor.Options.reference().withExtraOutputs(extra));

    static final RepairTarget TARGET = RepairTarget.of(SdkVersion.newest(), EXECUTORS);

    private final ModelGraph.Builder builder;
    private final Random random = new Random(7);

    RepairBench(int opset) {
        builder = ModelGraph.builder("small").irVersion(8).opset("", opset);
    }

    RepairBench input(String name, long... shape) {
        return input(name, ElementType.FLOAT32, shape);
    }

    RepairBench input(String name, ElementType type, long... shape) {
        builder.input(name, new TensorType(type, Shape.of(shape)));
        return this;
    }

    RepairBench output(String name, long... shape) {
        return output(name, ElementType.FLOAT32, shape);
    }

    RepairBench output(String name, ElementType type, long... shape) {
        builder.output(name, new TensorType(type, Shape.of(shape)));
        return this;
    }

    /** A constant of seeded Gaussian noise. */
    RepairBench noise(String name, long... shape) {
        float[] values = new float[Math.toIntExact(Shape.of(shape).elements())];
        for (int index = 0; index < values.length; index++) {
            values[index] = (float) random.nextGaussian();
        }
        return constant(name, TensorData.ofFloats(Shape.of(shape), values));
    }

    RepairBench constant(String name, TensorData value) {
        builder.constant(name, value);
        return this;
    }

    RepairBench longs(String name, long... values) {
        return constant(name, TensorData.ofLongs(Shape.of(values.length), values));
    }

    RepairBench scalar(String name, float value) {
        return constant(name, TensorData.ofFloats(Shape.scalar(), value));
    }

    RepairBench node(String operator, List<String> inputs, String output) {
        return node(operator, inputs, List.of(output), Map.of());
    }

    RepairBench node(String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return node(operator, inputs, List.of(output), attributes);
    }

    RepairBench node(String operator, List<String> inputs, List<String> outputs, Map<String, Attribute> attributes) {
        return node(operator, "", inputs, outputs, attributes);
    }

    RepairBench node(
            String operator,
            String domain,
            List<String> inputs,
            List<String> outputs,
            Map<String, Attribute> attributes) {
        String name = operator + "_" + outputs.get(0);
        builder.node(new Node(name, operator, domain, inputs, outputs, attributes, new Origin(operator, name, 0)));
        return this;
    }

    RepairBench opset(String domain, int version) {
        builder.opset(domain, version);
        return this;
    }

    /** Types inferred. */
    ModelGraph build() {
        return ShapeInference.infer(builder.build());
    }

    /** The graph in int8 QDQ form, ranges from seeded noise. */
    static ModelGraph quantized(ModelGraph graph) {
        return ShapeInference.infer(new Quantizer(EXECUTORS)
                .quantize(QuantizeRequest.of(graph, new RandomCalibration(graph.inputs(), 4, 1, -1, 1)))
                .graph());
    }

    /** Repairs with proof. */
    static RepairedGraph repair(ModelGraph graph, Repair... repairs) {
        return new GraphRepairs(List.of(repairs), TARGET).repair(graph);
    }

    /** Repairs with proof, and asserts that all that was tried was kept, and something was. */
    static ModelGraph kept(ModelGraph graph, Repair... repairs) {
        RepairedGraph repaired = repair(graph, repairs);
        assertThat(repaired.repairs())
                .isNotEmpty()
                .allSatisfy(one -> assertThat(one.kept())
                        .as(one.id() + ": " + one.outcome())
                        .isTrue());
        return repaired.graph();
    }

    /** Operators of a graph in order. */
    static List<String> operators(ModelGraph graph) {
        return graph.nodes().stream().map(Node::operator).toList();
    }
}
