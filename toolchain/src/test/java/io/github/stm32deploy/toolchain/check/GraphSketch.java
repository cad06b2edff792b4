// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.NpuScheduler;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Draws small graphs for tests of rules; every method adds a node and answers the name of its result. */
final class GraphSketch {
    private ModelGraph.Builder builder =
            ModelGraph.builder("sketch").irVersion(8).opset("", 17);
    private String format = "onnx";
    private String file = "model.onnx";
    private SdkVersion sdk = SdkVersion.newest();
    private Optional<NpuMemoryPlan> memory = Optional.empty();
    private Optional<Npu> npu = Optional.empty();
    private int count;

    GraphSketch file(String name) {
        file = name;
        return this;
    }

    GraphSketch tflite() {
        format = "tflite";
        file = "model.tflite";
        return this;
    }

    GraphSketch sdk(SdkVersion version) {
        sdk = version;
        return this;
    }

    GraphSketch versions(int ir, int opset) {
        builder.irVersion(ir).opset("", opset);
        return this;
    }

    GraphSketch opset(String domain, int version) {
        builder.opset(domain, version);
        return this;
    }

    GraphSketch memory(NpuMemoryPlan plan, Npu board) {
        memory = Optional.of(plan);
        npu = Optional.of(board);
        return this;
    }

    String input(String name, long... shape) {
        return input(name, ElementType.FLOAT32, shape);
    }

    String input(String name, ElementType element, long... shape) {
        builder.input(name, new TensorType(element, Shape.of(shape)));
        return name;
    }

    void output(String name) {
        output(name, ElementType.FLOAT32, -1);
    }

    void output(String name, ElementType element, long... shape) {
        builder.output(name, new TensorType(element, Shape.of(shape)));
    }

    String floats(long... shape) {
        return constant(ElementType.FLOAT32, shape);
    }

    String constant(ElementType element, long... shape) {
        String name = "c" + count++;
        TensorType type = new TensorType(element, Shape.of(shape));
        builder.constant(name, TensorData.of(type, ByteBuffer.allocate(Math.toIntExact(type.bytes()))));
        return name;
    }

    String longs(long... values) {
        String name = "c" + count++;
        builder.constant(name, TensorData.ofLongs(Shape.of(values.length), values));
        return name;
    }

    String scale(float... values) {
        String name = "c" + count++;
        builder.constant(
                name, TensorData.ofFloats(values.length == 1 ? Shape.scalar() : Shape.of(values.length), values));
        return name;
    }

    GraphSketch listedAsInput(String constant) {
        builder.overridable(constant);
        return this;
    }

    GraphSketch widened(String constant) {
        builder.widened(constant);
        return this;
    }

    String node(String operator, List<String> inputs) {
        return node(operator, inputs, Map.of());
    }

    String node(String operator, List<String> inputs, Map<String, Attribute> attributes) {
        return node(operator, "", operator, inputs, attributes);
    }

    String node(String operator, String domain, String inFile, List<String> inputs, Map<String, Attribute> attributes) {
        String result = operator + "_" + count++;
        builder.node(new Node(
                "node_" + result,
                operator,
                domain,
                inputs,
                List.of(result),
                attributes,
                new Origin(inFile, "node_" + result, count)));
        return result;
    }

    String relu(String tensor) {
        return node("Relu", List.of(tensor));
    }

    /** QuantizeLinear and DequantizeLinear: the tensor is stored in {@code element} with {@code scale}. */
    String stored(String tensor, ElementType element, float scale) {
        return dequantized(quantized(tensor, element, scale), element, scale);
    }

    String stored(String tensor) {
        return stored(tensor, ElementType.INT8, 0.05f);
    }

    String quantized(String tensor, ElementType element, float scale) {
        return node("QuantizeLinear", List.of(tensor, scale(scale), constant(element)));
    }

    String dequantized(String tensor, ElementType element, float scale) {
        return node("DequantizeLinear", List.of(tensor, scale(scale), constant(element)));
    }

    /** Integer weights of this shape with one scale a channel. */
    String weights(ElementType element, long... shape) {
        float[] scales = new float[(int) shape[0]];
        java.util.Arrays.fill(scales, 0.01f);
        return node(
                "DequantizeLinear", List.of(constant(element, shape), scale(scales)), Map.of("axis", Attribute.of(0)));
    }

    String conv(String tensor, String weights) {
        return conv(tensor, weights, 1, 1);
    }

    String conv(String tensor, String weights, int groups, int stride) {
        return node(
                "Conv",
                List.of(tensor, weights),
                Map.of("group", Attribute.of(groups), "strides", Attribute.ofInts(stride, stride)));
    }

    Evidence evidence() {
        ModelGraph graph = ShapeInference.infer(builder.build());
        NpuSchedule schedule = NpuScheduler.schedule(graph, sdk);
        return new Evidence(Path.of("models", file), format, graph, schedule, memory, sdk, npu);
    }

    List<Diagnosis> findings() {
        return ModelFindings.of(evidence());
    }

    /** The diagnosis with this code. */
    Diagnosis finding(String code) {
        List<Diagnosis> all = findings();
        return all.stream()
                .filter(diagnosis -> diagnosis.code().equals(code))
                .findFirst()
                .orElseThrow(() -> new AssertionError(code + " is not among " + codes(all)));
    }

    List<String> codes() {
        return codes(findings());
    }

    private static List<String> codes(List<Diagnosis> diagnoses) {
        return diagnoses.stream().map(Diagnosis::code).toList();
    }

    /** An int8 network of one convolution over an image, as good as can be: nothing is to be said about it. */
    static GraphSketch plain() {
        GraphSketch sketch = new GraphSketch();
        String image = sketch.stored(sketch.input("image", 1, 3, 32, 32));
        String map = sketch.conv(image, sketch.weights(ElementType.INT8, 8, 3, 3, 3));
        sketch.output(sketch.stored(sketch.relu(map)));
        return sketch;
    }
}
