// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

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
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes the graph of a published network as an int8 QDQ graph: exact shapes, weights all zero and shared. Good for
 * everything that depends on shapes alone (placement, memory, time), not for running.
 *
 * <p>Feature maps are named by the tensor behind their DequantizeLinear; methods take and return such names.
 */
public final class NetworkBuilder {
    /** How windows are padded where the paper's code says "same". */
    public enum Padding {
        /** Half a window on each side, as PyTorch code writes it. */
        SYMMETRIC,
        /** TensorFlow's SAME: the smaller half first. */
        SAME
    }

    /** Where the file that was measured came from. */
    public enum Flavour {
        /** Input 1xCxHxW, exported from PyTorch. */
        ONNX(Padding.SYMMETRIC),
        /** Input 1xHxWxC of bytes, with a Transpose where the layouts meet, as the import of a TFLite file has it. */
        TFLITE(Padding.SAME),
        /** As TFLITE, and the caller gives signed bytes. */
        TFLITE_INT8(Padding.SAME);

        private final Padding padding;

        Flavour(Padding padding) {
            this.padding = padding;
        }
    }

    /** What follows a convolution in its chain. */
    public enum Activation {
        NONE,
        /** Relu and Relu6: a quantized network has the bound in its scale. */
        RELU,
        LEAKY_RELU,
        SIGMOID,
        /** x times Sigmoid of x, two operators as exporters write it. */
        SILU,
        HARD_SWISH
    }

    private static final float SCALE = 0.02f;
    private static final ByteBuffer ZEROS = ByteBuffer.allocate(32 << 20);

    private record Map3(long channels, long rows, long columns) {}

    private final ModelGraph.Builder builder;
    private static final Map<String, String> TFLITE_NAMES = Map.ofEntries(
            Map.entry("Conv", "CONV_2D"),
            Map.entry("Gemm", "FULLY_CONNECTED"),
            Map.entry("GlobalAveragePool", "MEAN"),
            Map.entry("ReduceMean", "MEAN"),
            Map.entry("AveragePool", "AVERAGE_POOL_2D"),
            Map.entry("MaxPool", "MAX_POOL_2D"),
            Map.entry("Concat", "CONCATENATION"),
            Map.entry("Slice", "STRIDED_SLICE"),
            Map.entry("Sigmoid", "LOGISTIC"),
            Map.entry("LeakyRelu", "LEAKY_RELU"),
            Map.entry("HardSwish", "HARD_SWISH"),
            Map.entry("Flatten", "RESHAPE"),
            Map.entry("Resize", "RESIZE_NEAREST_NEIGHBOR"),
            Map.entry("QuantizeLinear", "QUANTIZE"),
            Map.entry("DequantizeLinear", "DEQUANTIZE"));

    private final Flavour flavour;
    private final Padding padding;
    private final String input;
    private final Map<String, Map3> maps = new HashMap<>();
    private int count;
    private long parameters;

    /** A network with one image input that becomes int8. */
    public NetworkBuilder(String name, Flavour flavour, int channels, int rows, int columns) {
        builder = ModelGraph.builder(name).irVersion(8).opset("", 17);
        this.flavour = flavour;
        padding = flavour.padding;
        if (flavour == Flavour.ONNX) {
            builder.input("input", new TensorType(ElementType.FLOAT32, Shape.of(1, channels, rows, columns)));
            input = requantized("input");
        } else if (flavour == Flavour.TFLITE_INT8) {
            builder.input("input", new TensorType(ElementType.INT8, Shape.of(1, rows, columns, channels)));
            input = node("Transpose", -1, Map.of("perm", Attribute.ofInts(0, 3, 1, 2)), List.of(dequantized("input")));
        } else {
            // ST's models take camera bytes and make them signed in an operator of their own (QUANTIZE).
            builder.input("input", new TensorType(ElementType.UINT8, Shape.of(1, rows, columns, channels)));
            String bytes = node("DequantizeLinear", Map.of(), "input", scale(), unsignedZero());
            input = node("Transpose", -1, Map.of("perm", Attribute.ofInts(0, 3, 1, 2)), List.of(requantized(bytes)));
        }
        maps.put(input, new Map3(channels, rows, columns));
    }

    /** The feature map that the network starts from. */
    public String input() {
        return input;
    }

    public long channels(String map) {
        return maps.get(map).channels;
    }

    public long rows(String map) {
        return maps.get(map).rows;
    }

    public long columns(String map) {
        return maps.get(map).columns;
    }

    /**
     * Trainable parameters as PyTorch counts them: weights, biases, scale and offset of each batch normalization (which the
     * graph has folded into the convolution).
     */
    public long parameters() {
        return parameters;
    }

    /** A convolution with batch normalization, square window, padded to "same". */
    public String conv(String map, long outputs, int kernel, int stride, Activation activation) {
        return conv(map, outputs, kernel, stride, 1, 1, true, activation);
    }

    /** A 1x1 convolution with batch normalization. */
    public String pointwise(String map, long outputs, Activation activation) {
        return conv(map, outputs, 1, 1, activation);
    }

    /** A convolution of each channel by itself, with batch normalization. */
    public String depthwise(String map, int kernel, int stride, Activation activation) {
        return conv(map, channels(map), kernel, stride, 1, channels(map), true, activation);
    }

    /** A convolution with bias and without batch normalization. */
    public String biased(String map, long outputs, int kernel, int stride, Activation activation) {
        return conv(map, outputs, kernel, stride, 1, 1, false, activation);
    }

    public String conv(
            String map,
            long outputs,
            int kernel,
            int stride,
            int dilation,
            long groups,
            boolean normalized,
            Activation activation) {
        int reach = dilation * (kernel - 1) + 1;
        long[] pads = pads(map, reach, stride);
        return windowed(map, outputs, kernel, stride, dilation, groups, normalized, pads, activation);
    }

    /** A convolution without any padding. */
    public String valid(String map, long outputs, int kernel, int stride, boolean normalized, Activation activation) {
        return windowed(map, outputs, kernel, stride, 1, 1, normalized, new long[4], activation);
    }

    private String windowed(
            String map,
            long outputs,
            int kernel,
            int stride,
            int dilation,
            long groups,
            boolean normalized,
            long[] pads,
            Activation activation) {
        Map3 in = maps.get(map);
        Shape weights = Shape.of(outputs, in.channels / groups, kernel, kernel);
        parameters += weights.elements() + (normalized ? 2 * outputs : outputs);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(kernel, kernel));
        attributes.put("strides", Attribute.ofInts(stride, stride));
        attributes.put("dilations", Attribute.ofInts(dilation, dilation));
        attributes.put("pads", Attribute.ofInts(pads));
        attributes.put("group", Attribute.of(groups));
        String sum = node("Conv", attributes, map, weights(weights, 0), bias(outputs));
        int reach = dilation * (kernel - 1) + 1;
        Map3 out = new Map3(
                outputs,
                (in.rows + pads[0] + pads[2] - reach) / stride + 1,
                (in.columns + pads[1] + pads[3] - reach) / stride + 1);
        return activated(sum, activation, out);
    }

    private long[] pads(String map, int reach, int stride) {
        Map3 in = maps.get(map);
        long[] rows = pads(in.rows, reach, stride);
        long[] columns = pads(in.columns, reach, stride);
        return new long[] {rows[0], columns[0], rows[1], columns[1]};
    }

    private long[] pads(long size, int reach, int stride) {
        if (padding == Padding.SYMMETRIC) {
            return new long[] {reach / 2, reach / 2};
        }
        long outputs = (size + stride - 1) / stride;
        long total = Math.max(0, (outputs - 1) * stride + reach - size);
        return new long[] {total / 2, total - total / 2};
    }

    private String activated(String value, Activation activation, Map3 map) {
        String result = switch (activation) {
            case NONE -> value;
            case RELU -> node("Relu", Map.of(), value);
            case LEAKY_RELU -> node("LeakyRelu", Map.of("alpha", Attribute.of(0.1f)), value);
            case SIGMOID -> node("Sigmoid", Map.of(), requantized(value));
            case SILU -> {
                String sum = requantized(value);
                yield node("Mul", Map.of(), sum, requantized(node("Sigmoid", Map.of(), sum)));
            }
            case HARD_SWISH -> node("HardSwish", Map.of(), requantized(value));
        };
        return named(requantized(result), map);
    }

    private String named(String tensor, Map3 map) {
        maps.put(tensor, map);
        return tensor;
    }

    /** An activation as an operator of its own. */
    public String activation(String map, Activation activation) {
        return activated(map, activation, maps.get(map));
    }

    public String add(String left, String right, Activation activation) {
        return activated(node("Add", Map.of(), left, right), activation, maps.get(left));
    }

    public String mul(String left, String right) {
        return named(requantized(node("Mul", Map.of(), left, right)), maps.get(left));
    }

    /** Feature maps of one size behind each other by channel. */
    public String concat(String... parts) {
        Map3 first = maps.get(parts[0]);
        long channels = Arrays.stream(parts).mapToLong(this::channels).sum();
        return named(
                requantized(node("Concat", Map.of("axis", Attribute.of(1)), parts)),
                new Map3(channels, first.rows, first.columns));
    }

    /** Channels {@code from} (inclusive) to {@code to} (exclusive). */
    public String channels(String map, long from, long to) {
        Map3 in = maps.get(map);
        String part = node("Slice", Map.of(), map, longs(from), longs(to), longs(1));
        return named(requantized(part), new Map3(to - from, in.rows, in.columns));
    }

    /** Largest of each window, padded to "same". */
    public String maxPool(String map, int kernel, int stride) {
        return pool("MaxPool", map, kernel, stride, pads(map, kernel, stride), false);
    }

    /** Largest of each window, unpadded; {@code ceiling} keeps the last incomplete window. */
    public String maxPoolValid(String map, int kernel, int stride, boolean ceiling) {
        return pool("MaxPool", map, kernel, stride, new long[4], ceiling);
    }

    public String averagePoolValid(String map, int kernel, int stride) {
        return pool("AveragePool", map, kernel, stride, new long[4], false);
    }

    private String pool(String operator, String map, int kernel, int stride, long[] pads, boolean ceiling) {
        Map3 in = maps.get(map);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("kernel_shape", Attribute.ofInts(kernel, kernel));
        attributes.put("strides", Attribute.ofInts(stride, stride));
        attributes.put("pads", Attribute.ofInts(pads));
        attributes.put("ceil_mode", Attribute.of(ceiling ? 1 : 0));
        long slack = ceiling ? stride - 1 : 0;
        return named(
                requantized(node(operator, attributes, map)),
                new Map3(
                        in.channels,
                        (in.rows + pads[0] + pads[2] - kernel + slack) / stride + 1,
                        (in.columns + pads[1] + pads[3] - kernel + slack) / stride + 1));
    }

    public String globalAverage(String map) {
        return named(requantized(node("GlobalAveragePool", Map.of(), map)), new Map3(channels(map), 1, 1));
    }

    /**
     * The mean of each map as Keras exports it: a ReduceMean that drops the axes, which quantizers of ONNX leave in float,
     * and a Reshape.
     */
    public String reducedMean(String map) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("axes", Attribute.ofInts(2, 3));
        attributes.put("keepdims", Attribute.of(0));
        String mean = node("ReduceMean", attributes, map);
        return named(
                requantized(node("Reshape", Map.of(), mean, longs(1, channels(map), 1, 1))),
                new Map3(channels(map), 1, 1));
    }

    /** Nearest neighbour, {@code asymmetric} and {@code floor}. */
    public String nearest(String map, int factor) {
        return resize(map, factor, "nearest");
    }

    public String bilinear(String map, int factor) {
        return resize(map, factor, "linear");
    }

    private String resize(String map, int factor, String mode) {
        Map3 in = maps.get(map);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("mode", Attribute.of(mode));
        attributes.put(
                "coordinate_transformation_mode", Attribute.of(mode.equals("nearest") ? "asymmetric" : "half_pixel"));
        attributes.put("nearest_mode", Attribute.of("floor"));
        String scales = constant(TensorData.ofFloats(Shape.of(4), 1, 1, factor, factor));
        return named(
                requantized(node("Resize", attributes, map, "", scales)),
                new Map3(in.channels, in.rows * factor, in.columns * factor));
    }

    /** Bilinear to a given size (a pooled branch brought back). */
    public String bilinearTo(String map, long rows, long columns) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("mode", Attribute.of("linear"));
        attributes.put("coordinate_transformation_mode", Attribute.of("half_pixel"));
        String sizes = constant(TensorData.ofLongs(Shape.of(4), 1, channels(map), rows, columns));
        return named(
                requantized(node("Resize", attributes, map, "", "", sizes)), new Map3(channels(map), rows, columns));
    }

    /** Flattened and multiplied by constant weights, with bias. */
    public String dense(String map, long outputs, Activation activation) {
        Map3 in = maps.get(map);
        long inputs = in.channels * in.rows * in.columns;
        parameters += inputs * outputs + outputs;
        String flat = requantized(node("Flatten", Map.of("axis", Attribute.of(1)), map));
        String product = node(
                "Gemm", Map.of("transB", Attribute.of(1)), flat, weights(Shape.of(outputs, inputs), 0), bias(outputs));
        return activated(product, activation, new Map3(outputs, 1, 1));
    }

    /** Softmax over the last axis of a flat tensor. */
    public String softmax(String vector) {
        return named(requantized(node("Softmax", Map.of("axis", Attribute.of(-1)), vector)), maps.get(vector));
    }

    /** Channels last, then {@code 1 x anything x width}: how detection heads bring their predictions in rows. */
    public String predictionRows(String map, long width) {
        Map3 in = maps.get(map);
        String last = requantized(node("Transpose", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)), map));
        return named(
                requantized(node("Reshape", Map.of(), last, longs(1, -1, width))),
                new Map3(in.channels * in.rows * in.columns / width, width, 1));
    }

    /** Rows of predictions of several heads, one after another. */
    public String joinedRows(List<String> parts) {
        long rows = parts.stream().mapToLong(this::channels).sum();
        return named(
                requantized(node("Concat", Map.of("axis", Attribute.of(1)), parts.toArray(String[]::new))),
                new Map3(rows, rows(parts.get(0)), 1));
    }

    /** Graph output of the int8 tensor behind {@code map}. */
    public NetworkBuilder output(String map) {
        builder.output(map, new TensorType(ElementType.FLOAT32, Shape.of()));
        return this;
    }

    /** The graph with all shapes inferred. */
    public ModelGraph build() {
        return ShapeInference.infer(builder.build());
    }

    private String node(String operator, Map<String, Attribute> attributes, String... inputs) {
        return node(operator, count, attributes, List.of(inputs));
    }

    private String node(String operator, int origin, Map<String, Attribute> attributes, List<String> inputs) {
        String name = operator + "_" + count++;
        String named = flavour == Flavour.TFLITE
                ? TFLITE_NAMES.getOrDefault(operator, operator.toUpperCase(Locale.ROOT))
                : operator;
        builder.node(new Node(
                name, operator, "", inputs, List.of(name + "_out"), attributes, new Origin(named, name, origin)));
        return name + "_out";
    }

    private String constant(TensorData data) {
        String name = "constant_" + count++;
        builder.constant(name, data);
        return name;
    }

    private String longs(long... values) {
        return constant(TensorData.ofLongs(Shape.of(values.length), values));
    }

    private String dequantized(String tensor) {
        return node("DequantizeLinear", Map.of(), tensor, scale(), zero());
    }

    private String requantized(String tensor) {
        return dequantized(node("QuantizeLinear", Map.of(), tensor, scale(), zero()));
    }

    private String scale() {
        return constant(TensorData.ofFloats(Shape.scalar(), SCALE));
    }

    private String zero() {
        return constant(TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0));
    }

    private String unsignedZero() {
        return constant(TensorData.ofBytes(ElementType.UINT8, Shape.scalar(), (byte) 0));
    }

    private String weights(Shape shape, int axis) {
        long channels = shape.size(axis);
        return node(
                "DequantizeLinear",
                Map.of("axis", Attribute.of((long) axis)),
                constant(zeros(ElementType.INT8, shape)),
                constant(scales(channels)),
                constant(zeros(ElementType.INT8, Shape.of(channels))));
    }

    private String bias(long channels) {
        return node(
                "DequantizeLinear",
                Map.of("axis", Attribute.of(0L)),
                constant(zeros(ElementType.INT32, Shape.of(channels))),
                constant(scales(channels)),
                constant(zeros(ElementType.INT32, Shape.of(channels))));
    }

    private static TensorData scales(long channels) {
        float[] values = new float[(int) channels];
        Arrays.fill(values, SCALE);
        return TensorData.ofFloats(Shape.of(channels), values);
    }

    private static TensorData zeros(ElementType element, Shape shape) {
        TensorType type = new TensorType(element, shape);
        ByteBuffer window = ZEROS.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        window.limit(Math.toIntExact(type.bytes()));
        return TensorData.of(type, window);
    }
}
