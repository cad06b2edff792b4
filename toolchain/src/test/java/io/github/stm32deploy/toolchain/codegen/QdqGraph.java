// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes small QDQ graphs for tests, with seeded weights. */
final class QdqGraph {
    private final ModelGraph.Builder builder;
    private final Random random = new Random(11);
    private final List<String> outputs = new ArrayList<>();
    private final List<ElementType> outputTypes = new ArrayList<>();
    private int count;

    QdqGraph(int opset) {
        builder = ModelGraph.builder("test").opset("", opset);
    }

    QdqGraph() {
        this(13);
    }

    /** A float input behind Q and DQ, as a converter writes it. */
    String input(String name, float scale, int zeroPoint, long... shape) {
        builder.input(name, new TensorType(ElementType.FLOAT32, Shape.of(shape)));
        return requantized(name, scale, zeroPoint);
    }

    /** An int8 or uint8 input behind DQ. */
    String byteInput(String name, ElementType element, float scale, int zeroPoint, long... shape) {
        builder.input(name, new TensorType(element, Shape.of(shape)));
        return dequantized(name, element, scale, zeroPoint);
    }

    String rawInput(String name, ElementType element, long... shape) {
        builder.input(name, new TensorType(element, Shape.of(shape)));
        return name;
    }

    String node(String operator, Map<String, Attribute> attributes, String... inputs) {
        return nodes(operator, attributes, 1, inputs).get(0);
    }

    List<String> nodes(String operator, Map<String, Attribute> attributes, int outputCount, String... inputs) {
        int index = count++;
        List<String> results = new ArrayList<>();
        for (int output = 0; output < outputCount; output++) {
            results.add("t" + index + "_" + output);
        }
        String name = operator + "_" + index;
        builder.node(
                new Node(name, operator, "", List.of(inputs), results, attributes, new Origin(operator, name, index)));
        return results;
    }

    private String constant(TensorData data) {
        String name = "c" + count++;
        builder.constant(name, data);
        return name;
    }

    String floats(Shape shape, float... values) {
        return constant(TensorData.ofFloats(shape, values));
    }

    String longs(long... values) {
        return constant(TensorData.ofLongs(Shape.of(values.length), values));
    }

    String longScalar(long value) {
        return constant(TensorData.ofLongs(Shape.scalar(), value));
    }

    private String zero(ElementType element, int zeroPoint) {
        return constant(TensorData.ofBytes(element, Shape.scalar(), (byte) zeroPoint));
    }

    String quantized(String tensor, ElementType element, float scale, int zeroPoint) {
        return node("QuantizeLinear", Map.of(), tensor, floats(Shape.scalar(), scale), zero(element, zeroPoint));
    }

    String dequantized(String tensor, ElementType element, float scale, int zeroPoint) {
        return node("DequantizeLinear", Map.of(), tensor, floats(Shape.scalar(), scale), zero(element, zeroPoint));
    }

    /** Q and DQ of int8 behind a float tensor. */
    String requantized(String tensor, float scale, int zeroPoint) {
        return dequantized(quantized(tensor, ElementType.INT8, scale, zeroPoint), ElementType.INT8, scale, zeroPoint);
    }

    /** Random int8 weights behind DQ, one scale for each index of {@code axis}. */
    String weights(int axis, long... shape) {
        Shape sizes = Shape.of(shape);
        byte[] values = new byte[(int) sizes.elements()];
        for (int index = 0; index < values.length; index++) {
            values[index] = (byte) (random.nextInt(255) - 127);
        }
        int channels = (int) shape[axis];
        float[] scales = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            scales[channel] = 0.002f + 0.004f * random.nextFloat();
        }
        String data = constant(TensorData.ofBytes(ElementType.INT8, sizes, values));
        String scale = constant(TensorData.ofFloats(Shape.of(channels), scales));
        String zeros = constant(TensorData.ofBytes(ElementType.INT8, Shape.of(channels), new byte[channels]));
        return node("DequantizeLinear", Map.of("axis", Attribute.of((long) axis)), data, scale, zeros);
    }

    /** Random weights of 4 bits behind DQ, one scale. */
    String narrowWeights(float scale, long... shape) {
        byte[] pairs = new byte[((int) Shape.of(shape).elements() + 1) / 2];
        random.nextBytes(pairs);
        String data = constant(TensorData.ofBytes(ElementType.INT4, Shape.of(shape), pairs));
        String zero = constant(TensorData.ofBytes(ElementType.INT4, Shape.scalar(), (byte) 0));
        return node("DequantizeLinear", Map.of(), data, floats(Shape.scalar(), scale), zero);
    }

    /** Random int32 bias behind DQ. */
    String bias(int channels, float scale) {
        int[] values = new int[channels];
        for (int channel = 0; channel < channels; channel++) {
            values[channel] = random.nextInt(4001) - 2000;
        }
        String data = constant(TensorData.ofInts(Shape.of(channels), values));
        float[] scales = new float[channels];
        java.util.Arrays.fill(scales, scale);
        String zeros = constant(TensorData.ofInts(Shape.of(channels), new int[channels]));
        return node(
                "DequantizeLinear", Map.of("axis", Attribute.of(0L)), data, floats(Shape.of(channels), scales), zeros);
    }

    /** Random int8 constant behind DQ, one scale. */
    String operand(float scale, int zeroPoint, long... shape) {
        byte[] values = new byte[(int) Shape.of(shape).elements()];
        random.nextBytes(values);
        String data = constant(TensorData.ofBytes(ElementType.INT8, Shape.of(shape), values));
        return dequantized(data, ElementType.INT8, scale, zeroPoint);
    }

    QdqGraph output(String tensor) {
        outputs.add(tensor);
        outputTypes.add(ElementType.FLOAT32);
        return this;
    }

    QdqGraph byteOutput(String tensor, ElementType element) {
        outputs.add(tensor);
        outputTypes.add(element);
        return this;
    }

    ModelGraph build() {
        ModelGraph typed = ShapeInference.infer(builder.build());
        ModelGraph.Builder complete = typed.toBuilder();
        for (int index = 0; index < outputs.size(); index++) {
            Shape shape = typed.type(outputs.get(index)).orElseThrow().shape();
            complete.output(outputs.get(index), new TensorType(outputTypes.get(index), shape));
        }
        return complete.build();
    }

    static Map<String, Attribute> ints(String name, long... values) {
        return Map.of(name, Attribute.ofInts(values));
    }
}
