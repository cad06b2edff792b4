// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/** Writes the smallest graphs that rules accept and refuse. */
final class RuleGraph {
    private final ModelGraph.Builder builder;
    private Framework framework = Framework.ONNX;
    private String origin = "";
    private int count;

    RuleGraph(int opset) {
        builder = ModelGraph.builder("example").opset("", opset);
    }

    RuleGraph() {
        this(17);
    }

    /** Nodes that follow come from a TFLite operator. */
    RuleGraph tflite(String operator) {
        framework = Framework.TFLITE;
        origin = operator;
        return this;
    }

    /** Nodes that follow come from an ONNX file again. */
    RuleGraph untagged() {
        framework = Framework.ONNX;
        return this;
    }

    String floats(String name, long... shape) {
        builder.input(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)));
        return name;
    }

    /** A stored integer input, seen as real numbers. */
    String quantized(String name, ElementType element, long... shape) {
        builder.input(name, new TensorType(element, Shape.of(shape)));
        return dequantize(name, element);
    }

    String int8(String name, long... shape) {
        return quantized(name, ElementType.INT8, shape);
    }

    /** An input that no node reads yet. */
    String input(String name, ElementType element, long... shape) {
        builder.input(name, new TensorType(element, Shape.of(shape)));
        return name;
    }

    /** A stored int8 input, not dequantized. */
    String quantizedInput(String name, long... shape) {
        return input(name, ElementType.INT8, shape);
    }

    /** As {@link #int8} with a zero point. */
    String shifted(String name, int zeroPoint, long... shape) {
        String zero = constant(TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) zeroPoint));
        return node("DequantizeLinear", Map.of(), input(name, ElementType.INT8, shape), scale(), zero);
    }

    String node(String operator, Map<String, Attribute> attributes, String... inputs) {
        return nodes("", operator, attributes, 1, inputs).get(0);
    }

    List<String> nodes(
            String domain, String operator, Map<String, Attribute> attributes, int outputCount, String... inputs) {
        int index = count++;
        List<String> outputs = new java.util.ArrayList<>();
        for (int output = 0; output < outputCount; output++) {
            outputs.add("t" + index + "_" + output);
        }
        Origin from = new Origin(framework == Framework.TFLITE ? origin : operator, operator + index, index);
        builder.node(new Node(operator + index, operator, domain, List.of(inputs), outputs, attributes, from));
        return outputs;
    }

    String constant(TensorData data) {
        String name = "c" + count++;
        builder.constant(name, data);
        return name;
    }

    String floatConstant(long... shape) {
        int elements = (int) Shape.of(shape).elements();
        return constant(TensorData.ofFloats(Shape.of(shape), new float[elements]));
    }

    String longs(long... values) {
        return constant(TensorData.ofLongs(Shape.of(values.length), values));
    }

    /** Constant weights stored in {@code element}, seen as real numbers. */
    String weights(ElementType element, long... shape) {
        TensorType type = new TensorType(element, Shape.of(shape));
        String stored = constant(TensorData.of(type, ByteBuffer.allocate((int) type.bytes())));
        return dequantize(stored, element);
    }

    String int8Weights(long... shape) {
        return weights(ElementType.INT8, shape);
    }

    String quantize(String real, ElementType element) {
        return node("QuantizeLinear", Map.of(), real, scale(), zero(element));
    }

    String dequantize(String stored, ElementType element) {
        return node("DequantizeLinear", Map.of(), stored, scale(), zero(element));
    }

    /** The real tensor behind QuantizeLinear and DequantizeLinear. */
    String stored(String real) {
        return dequantize(quantize(real, ElementType.INT8), ElementType.INT8);
    }

    private String scale() {
        return constant(TensorData.ofFloats(Shape.scalar(), 0.5f));
    }

    private String zero(ElementType element) {
        TensorType type = new TensorType(element, Shape.scalar());
        return constant(TensorData.of(type, ByteBuffer.allocate((int) type.bytes())));
    }

    RuleGraph output(String tensor) {
        builder.output(tensor, new TensorType(ElementType.FLOAT32, Shape.of(-1)));
        return this;
    }

    ModelGraph build() {
        return ShapeInference.infer(builder.build());
    }

    /** A graph with {@code real} as its int8 output. */
    ModelGraph int8Output(String real) {
        String stored = quantize(real, ElementType.INT8);
        builder.output(stored, new TensorType(ElementType.INT8, Shape.of(-1)));
        return build();
    }

    ModelGraph floatOutput(String real) {
        builder.output(real, new TensorType(ElementType.FLOAT32, Shape.of(-1)));
        return build();
    }
}
