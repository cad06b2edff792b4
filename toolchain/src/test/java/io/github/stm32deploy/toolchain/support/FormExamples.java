// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import static io.github.stm32deploy.toolchain.model.Attribute.ofInts;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** Smallest accepted and smallest refused graph for each rule about folding, numbers and forms. */
final class FormExamples {
    /**
     * @param accepted the NPU, or the import, takes it; a remark stays away
     * @param refused the rule decides against the NPU, or remarks
     */
    record Pair(RuleCase accepted, RuleCase refused) {}

    static final Map<String, Attribute> NONE = Map.of();
    private static final Map<String, Pair> PAIRS = new LinkedHashMap<>();

    private FormExamples() {}

    static Pair of(Rule rule) {
        return PAIRS.get(rule.id());
    }

    static void pair(String id, RuleCase accepted, RuleCase refused) {
        PAIRS.put(id, new Pair(accepted, refused));
    }

    static RuleCase unary(String operator, Map<String, Attribute> attributes, long... shape) {
        return RuleCase.of(operator, graph -> graph.node(operator, attributes, graph.int8("x", shape)));
    }

    static RuleCase conv(Map<String, Attribute> attributes, long[] weights, long... shape) {
        return RuleCase.of(
                "Conv", graph -> graph.node("Conv", attributes, graph.int8("x", shape), graph.int8Weights(weights)));
    }

    static long[] shape(long... sizes) {
        return sizes;
    }

    static RuleCase binary(String operator, long[] first, long[] second) {
        return RuleCase.of(
                operator, graph -> graph.node(operator, NONE, graph.int8("a", first), graph.int8("b", second)));
    }

    private static RuleCase sliced(long[] shape, long start, long end, long axis) {
        return RuleCase.of(
                "Slice",
                graph -> graph.node(
                        "Slice",
                        NONE,
                        graph.int8("x", shape),
                        graph.longs(start),
                        graph.longs(end),
                        graph.longs(axis)));
    }

    static RuleCase concat(long axis, long[] first, long[] second) {
        return RuleCase.of(
                "Concat",
                graph -> graph.node(
                        "Concat", Map.of("axis", Attribute.of(axis)), graph.int8("a", first), graph.int8("b", second)));
    }

    private static RuleCase resized(String operator, Map<String, Attribute> attributes) {
        return RuleCase.of(
                operator,
                graph -> graph.node(operator, attributes, graph.int8("x", 1, 8, 4, 4), "", graph.floatConstant(4)));
    }

    private static Function<RuleGraph, String> floatConv(boolean narrow) {
        return graph -> graph.node(
                "Conv",
                NONE,
                graph.floats("x", 1, 8, 4, 4),
                narrow ? graph.int8Weights(8, 8, 1, 1) : graph.floatConstant(8, 8, 1, 1));
    }

    private static String half(RuleGraph graph) {
        TensorType type = new TensorType(ElementType.FLOAT16, Shape.of(8, 8, 1, 1));
        return graph.constant(TensorData.of(type, ByteBuffer.allocate(128)));
    }

    static {
        folding();
        numbers();
        convolutions();
        products();
        pools();
        arithmetic();
        movements();
        imports();
        ImportExamples.add();
    }

    private static void folding() {
        RuleCase moved = unary("Transpose", Map.of("perm", ofInts(0, 3, 2, 1)), 1, 8, 4, 2);
        pair(
                "FOLD-CONSTANT",
                RuleCase.of(
                        "Exp",
                        graph -> graph.node(
                                "Add",
                                NONE,
                                graph.int8("x", 1, 8),
                                graph.node("Exp", NONE, graph.floatConstant(1, 8)))),
                unary("Log", NONE, 1, 8));
        pair("FOLD-VIEW", unary("Transpose", Map.of("perm", ofInts(0, 2, 1)), 1, 1, 8), moved);
        pair(
                "FOLD-QUANTIZATION",
                RuleCase.of("DequantizeLinear", graph -> graph.stored(graph.node("Relu", NONE, graph.int8("x", 1, 8)))),
                RuleCase.floats(
                        "DequantizeLinear",
                        graph -> graph.tflite("DEQUANTIZE")
                                .dequantize(graph.quantizedInput("x", 1, 8), ElementType.INT8)));
        pair(
                "FOLD-IO",
                RuleCase.floats("QuantizeLinear", graph -> graph.stored(graph.floats("x", 1, 8))),
                RuleCase.floats(
                        "QuantizeLinear", graph -> graph.tflite("QUANTIZE").stored(graph.floats("x", 1, 8))));
        pair(
                "OP-QUANTIZELINEAR",
                RuleCase.of("QuantizeLinear", graph -> graph.int8("x", 1, 8)),
                RuleCase.floats(
                        "QuantizeLinear", graph -> graph.tflite("QUANTIZE").stored(graph.floats("x", 1, 8))));
        pair(
                "OP-DEQUANTIZELINEAR",
                RuleCase.floats("DequantizeLinear", graph -> graph.int8("x", 1, 8)),
                RuleCase.floats(
                        "DequantizeLinear",
                        graph -> graph.tflite("DEQUANTIZE")
                                .dequantize(graph.quantizedInput("x", 1, 8), ElementType.INT8)));
        pair(
                "OP-UNLISTED",
                unary("Relu", NONE, 1, 8),
                RuleCase.floats(
                        "edgetpu-custom-op",
                        graph -> graph.nodes("tflite", "edgetpu-custom-op", NONE, 1, graph.floats("x", 1, 8))
                                .get(0)));
    }

    private static void numbers() {
        RuleCase whole = conv(NONE, shape(8, 8, 1, 1), 1, 8, 4, 4);
        pair("NUM-FLOAT", whole, RuleCase.floats("Conv", floatConv(false)));
        pair("NUM-WEIGHT-ONLY", whole, RuleCase.floats("Conv", floatConv(true)));
        pair(
                "NUM-INT16",
                whole,
                RuleCase.of(
                        "Relu",
                        graph -> graph.dequantize(
                                graph.quantize(
                                        graph.node("Relu", NONE, graph.quantized("x", ElementType.INT16, 1, 8)),
                                        ElementType.INT16),
                                ElementType.INT16)));
        pair("NUM-UNSIGNED", whole, RuleCase.of("Relu", graph -> {
            String x = graph.quantized("x", ElementType.UINT8, 1, 8);
            String y = graph.quantize(graph.node("Neg", NONE, x), ElementType.UINT8);
            return graph.node("Relu", NONE, graph.dequantize(y, ElementType.UINT8));
        }));
        pair("NUM-FLOAT16", whole, RuleCase.floats("Conv", graph -> {
            String x = graph.floats("x", 1, 8, 4, 4);
            String weights = graph.tflite("DEQUANTIZE").node("Cast", Map.of("to", Attribute.of(1)), half(graph));
            return graph.tflite("CONV_2D").node("Conv", NONE, x, weights);
        }));
        pair(
                "NUM-PLAIN",
                RuleCase.of(
                        "Add",
                        graph -> graph.node(
                                "Mul",
                                NONE,
                                graph.int8("x", 1, 8),
                                graph.node("Add", NONE, graph.floatConstant(1), graph.floatConstant(1)))),
                RuleCase.floats("Add", graph -> {
                    String index = graph.input("i", ElementType.INT64, 1, 8);
                    return graph.node("Add", NONE, index, index);
                }));
        pair(
                "NUM-BOOL",
                whole,
                RuleCase.floats(
                        "Greater",
                        graph -> graph.node("Greater", NONE, graph.int8("x", 1, 8), graph.floatConstant(1))));
    }

    private static void convolutions() {
        RuleCase small = conv(Map.of("kernel_shape", ofInts(3, 3)), shape(16, 16, 3, 3), 1, 16, 8, 8);
        pair(
                "OP-CONV-WEIGHTS-COMPUTED",
                small,
                RuleCase.of(
                        "Conv",
                        graph -> graph.node("Conv", NONE, graph.int8("x", 1, 8, 4, 4), graph.int8("w", 8, 8, 1, 1))));
        Map<String, Attribute> depthwise = Map.of("group", Attribute.of(8), "kernel_shape", ofInts(7, 7));
        pair("OP-CONV-GLOBAL-DEPTHWISE", small, conv(depthwise, shape(8, 1, 7, 7), 1, 8, 7, 7));
        RuleCase large = conv(Map.of("kernel_shape", ofInts(7, 7)), shape(8, 3, 7, 7), 1, 3, 16, 16);
        pair("OP-CONV-DECOMPOSED", small, large);
        pair("OP-CONV-LARGE-STALL", small, large);
        Map<String, Attribute> row = Map.of("group", Attribute.of(8), "kernel_shape", ofInts(3), "strides", ofInts(2));
        pair("OP-CONV-DEPTHWISE-STALL", small, conv(row, shape(8, 1, 3), 1, 8, 16));
        pair("OP-CONV-AFTER-RESHAPED-RELU", small, RuleCase.of("Conv", graph -> {
            String relu = graph.node("Relu", NONE, graph.int8("x", 1, 8, 16));
            String map = graph.node("Reshape", NONE, graph.stored(relu), graph.longs(1, 8, 4, 4));
            return graph.node("Conv", NONE, graph.stored(map), graph.int8Weights(8, 8, 1, 1));
        }));
        pair("OP-CONV-LINE-WIDTH", small, conv(NONE, shape(8, 8, 1, 1), 1, 8, 1, 2049));
        pair(
                "OP-CONV-STRIDE",
                small,
                conv(Map.of("strides", ofInts(2, 2), "kernel_shape", ofInts(1, 1)), shape(8, 8, 1, 1), 1, 8, 4, 4));
        pair(
                "OP-CONV-DILATION",
                small,
                conv(Map.of("dilations", ofInts(4, 4), "kernel_shape", ofInts(3, 3)), shape(8, 8, 3, 3), 1, 8, 16, 16));
        pair(
                "OP-CONV-PADDING",
                small,
                conv(Map.of("pads", ofInts(3, 3, 3, 3), "kernel_shape", ofInts(3, 3)), shape(8, 8, 3, 3), 1, 8, 4, 4));
        pair("OP-CONV-CHANNELS-PRIME", small, conv(NONE, shape(17, 8, 1, 1), 1, 8, 4, 4));
        pair(
                "OP-CONV-POINTWISE-CHANNELS",
                conv(NONE, shape(16, 72, 1, 1), 1, 72, 4, 4),
                conv(NONE, shape(18, 72, 1, 1), 1, 72, 4, 4));
        pair(
                "OP-CONV-CHANNELS-512",
                conv(NONE, shape(512, 8, 1, 1), 1, 8, 1, 1),
                conv(NONE, shape(520, 8, 1, 1), 1, 8, 1, 1));
    }

    private static void products() {
        RuleCase product = RuleCase.of(
                "MatMul", graph -> graph.node("MatMul", NONE, graph.int8("x", 1, 8), graph.int8Weights(8, 4)));
        pair("OP-MATMUL-ACTIVATIONS", product, binary("MatMul", shape(1, 4, 8), shape(1, 8, 4)));
        pair(
                "OP-GEMM-COMPUTED-BIAS",
                RuleCase.of(
                        "Gemm",
                        graph -> graph.node(
                                "Gemm", NONE, graph.int8("x", 1, 8), graph.int8Weights(8, 4), graph.floatConstant(4))),
                RuleCase.of(
                        "Gemm",
                        graph -> graph.node(
                                "Gemm", NONE, graph.int8("x", 1, 8), graph.int8Weights(8, 4), graph.int8("c", 1, 4))));
        RuleCase transposed = RuleCase.of(
                "ConvTranspose",
                graph -> graph.node("ConvTranspose", NONE, graph.int8("x", 1, 8, 4, 4), graph.int8Weights(8, 8, 2, 2)));
        pair(
                "OP-CONVTRANSPOSE-RANK",
                transposed,
                RuleCase.of(
                        "ConvTranspose",
                        graph -> graph.node(
                                "ConvTranspose", NONE, graph.int8("x", 1, 8, 4), graph.int8Weights(8, 8, 2))));
        pair(
                "OP-CONVTRANSPOSE-WIDTH",
                transposed,
                RuleCase.of(
                        "ConvTranspose",
                        graph -> graph.node(
                                "ConvTranspose", NONE, graph.int8("x", 1, 8, 1, 4), graph.int8Weights(8, 8, 1, 2))));
    }

    private static void pools() {
        pair(
                "OP-AVERAGEPOOL-WINDOW",
                unary("AveragePool", Map.of("kernel_shape", ofInts(3, 3)), 1, 8, 8, 8),
                unary("AveragePool", Map.of("kernel_shape", ofInts(4, 3)), 1, 8, 8, 8));
        pair(
                "OP-MAXPOOL-WINDOW",
                unary("MaxPool", Map.of("kernel_shape", ofInts(2, 2), "strides", ofInts(15, 15)), 1, 8, 32, 32),
                unary("MaxPool", Map.of("kernel_shape", ofInts(2, 2), "strides", ofInts(16, 16)), 1, 8, 32, 32));
        pair(
                "OP-MAXPOOL-LINE-WIDTH",
                unary("MaxPool", Map.of("kernel_shape", ofInts(2, 2)), 1, 8, 2, 256),
                unary("MaxPool", Map.of("kernel_shape", ofInts(2, 2)), 1, 8, 2, 257));
        pair(
                "OP-GLOBALPOOL-WINDOW",
                unary("GlobalAveragePool", NONE, 1, 8, 8, 8),
                unary("GlobalAveragePool", NONE, 1, 8, 7, 7));
        pair(
                "OP-REDUCE-AXES",
                unary("ReduceMean", Map.of("axes", ofInts(2, 3)), 1, 8, 8, 8),
                unary("ReduceMean", Map.of("axes", ofInts(1)), 1, 8, 8, 8));
        Map<String, Attribute> nearest = Map.of(
                "coordinate_transformation_mode", Attribute.of("asymmetric"), "nearest_mode", Attribute.of("floor"));
        RuleCase tflite = RuleCase.of("Made", graph -> {
            String x = graph.int8("x", 1, 8, 4, 4);
            String y = graph.tflite("RESIZE_NEAREST_NEIGHBOR").node("Made", NONE, x);
            graph.untagged();
            return y;
        });
        pair("OP-RESIZE-LINEAR", tflite, resized("Resize", Map.of("mode", Attribute.of("linear"))));
        pair("OP-RESIZE-NEAREST-OLD", tflite, resized("Resize", nearest));
        pair("OP-RESIZE-NEAREST", tflite, resized("Resize", nearest));
    }

    private static void arithmetic() {
        RuleCase same = binary("Add", shape(1, 8, 4, 4), shape(1, 8, 4, 4));
        pair("OP-BROADCAST", same, binary("Add", shape(1, 8, 1, 4), shape(1, 8, 4, 1)));
        pair("OP-BROADCAST-SIZE", same, binary("Add", shape(1, 8, 32, 32), shape(1, 1, 32, 32)));
        pair(
                "OP-ARITHMETIC-RANK",
                binary("Mul", shape(1, 8, 4, 4), shape(1, 8, 4, 4)),
                binary("Mul", shape(1, 8, 4, 4, 1), shape(1, 8, 4, 4, 1)));
        pair(
                "OP-SUB-CONSTANT-FIRST",
                RuleCase.of("Sub", graph -> graph.node("Sub", NONE, graph.int8("x", 1, 8), graph.floatConstant(1, 8))),
                RuleCase.of("Sub", graph -> graph.node("Sub", NONE, graph.floatConstant(1, 8), graph.int8("x", 1, 8))));
        pair(
                "OP-DIV-OPERAND",
                RuleCase.of("Div", graph -> graph.node("Div", NONE, graph.int8("x", 1, 8), graph.floatConstant(1, 8))),
                binary("Div", shape(1, 8), shape(1, 8)));
        pair(
                "OP-ABS-OFFSET",
                unary("Abs", NONE, 1, 8),
                RuleCase.of("Abs", graph -> graph.node("Abs", NONE, graph.shifted("x", 3, 1, 8))));
        pair(
                "OP-PRELU-SLOPE",
                RuleCase.of(
                        "PRelu",
                        graph -> graph.node("PRelu", NONE, graph.int8("x", 1, 8, 4, 4), graph.int8Weights(8, 1, 1))),
                RuleCase.of(
                        "PRelu",
                        graph -> graph.node("PRelu", NONE, graph.int8("x", 1, 8, 4, 4), graph.floatConstant(8, 1, 1))));
        pair("OP-BATCHNORM-ALONE", normalized(true), normalized(false));
        RuleCase known = RuleCase.of(
                "Softmax",
                graph -> graph.node(
                        "Add", NONE, graph.int8("x", 1, 8), graph.node("Softmax", NONE, graph.floatConstant(1, 8))));
        pair("OP-SOFTMAX-OPTION", known, unary("Softmax", NONE, 1, 8));
        pair("OP-GELU-OPTION", unary("Relu", NONE, 1, 8), unary("Gelu", NONE, 1, 8));
        pair("OP-SWISH-OPTION", unary("HardSwish", NONE, 1, 8), unary("Swish", NONE, 1, 8));
        pair(
                "OP-CLIP-BOUNDS",
                RuleCase.of(
                        "Clip",
                        graph -> graph.node(
                                "Clip", NONE, graph.int8("x", 1, 8), graph.floatConstant(), graph.floatConstant())),
                RuleCase.of(
                        "Clip",
                        graph -> graph.node(
                                "Clip", NONE, graph.int8("x", 1, 8), graph.int8Weights(), graph.int8Weights())));
    }

    private static RuleCase normalized(boolean convolved) {
        return RuleCase.of("BatchNormalization", graph -> {
            String x = graph.int8("x", 1, 8, 4, 4);
            String y = convolved ? graph.stored(graph.node("Conv", NONE, x, graph.int8Weights(8, 8, 1, 1))) : x;
            String eight = graph.floatConstant(8);
            return graph.node("BatchNormalization", NONE, y, eight, eight, eight, eight);
        });
    }

    private static void movements() {
        pair(
                "OP-CONCAT-AXIS",
                concat(1, shape(1, 8, 4, 4), shape(1, 8, 4, 4)),
                concat(1, shape(1, 64, 4, 4), shape(1, 1, 4, 4)));
        pair("OP-SPLIT-AXIS", split(1), split(2));
        pair("OP-SLICE-AXIS", sliced(shape(1, 8, 4, 4), 0, 4, 1), sliced(shape(1, 16, 65), 0, 64, 2));
        pair(
                "OP-TRANSPOSE-ORDER",
                unary("Transpose", Map.of("perm", ofInts(0, 2, 3, 1)), 1, 8, 4, 4),
                unary("Transpose", Map.of("perm", ofInts(0, 3, 2, 1)), 1, 8, 4, 4));
        RuleCase deep = unary("DepthToSpace", Map.of("blocksize", Attribute.of(2)), 1, 8, 4, 4);
        Map<String, Attribute> crd = Map.of("blocksize", Attribute.of(2), "mode", Attribute.of("CRD"));
        RuleCase tuned = RuleCase.of(
                "ConvTranspose",
                graph -> graph.node("ConvTranspose", NONE, graph.int8("x", 1, 8, 4, 4), graph.int8Weights(8, 8, 2, 2)));
        pair("OP-DEPTHTOSPACE-STREAMS", tuned, deep);
        pair("OP-DEPTHTOSPACE-MODE", tuned, unary("DepthToSpace", crd, 1, 8, 4, 4));
        pair("OP-SPACETODEPTH-QUANTIZATION", blocks(0), blocks(3));
        pair(
                "OP-PAD-MODE",
                RuleCase.of("Pad", graph -> padded(graph, NONE, shape(1, 8, 4, 4), 8)),
                RuleCase.of(
                        "Pad", graph -> padded(graph, Map.of("mode", Attribute.of("reflect")), shape(1, 8, 4, 4), 8)));
        pair(
                "OP-CAST-STREAMS",
                unary("Relu", NONE, 1, 8),
                RuleCase.floats(
                        "Cast",
                        graph -> graph.node(
                                "Cast", Map.of("to", Attribute.of(1)), graph.input("x", ElementType.UINT8, 1, 8))));
    }

    static String padded(RuleGraph graph, Map<String, Attribute> attributes, long[] shape, int pads) {
        return graph.node("Pad", attributes, graph.int8("x", shape), graph.longs(new long[pads]));
    }

    private static RuleCase split(long axis) {
        return RuleCase.of(
                "Split",
                graph -> graph.nodes("", "Split", Map.of("axis", Attribute.of(axis)), 2, graph.int8("x", 1, 8, 16))
                        .get(0));
    }

    private static RuleCase blocks(int zeroPoint) {
        return RuleCase.of("Made", graph -> {
            String x = graph.shifted("x", zeroPoint, 1, 8, 4, 4);
            String y = graph.tflite("SPACE_TO_DEPTH").node("Made", NONE, x);
            graph.untagged();
            return y;
        });
    }

    private static void imports() {
        pair(
                "OP-PAD-RANK",
                RuleCase.of("Pad", graph -> padded(graph, NONE, shape(1, 8, 4, 4), 8)),
                RuleCase.of("Pad", graph -> padded(graph, NONE, shape(1, 8, 4), 6)));
        pair(
                "OP-PAD-EMPTY-VALUE",
                RuleCase.of("Pad", graph -> padded(graph, NONE, shape(1, 8, 4, 4), 8)),
                RuleCase.of(
                        "Pad",
                        graph -> graph.node("Pad", NONE, graph.int8("x", 1, 8, 4, 4), graph.longs(new long[8]), "")));
        pair(
                "OP-TILE-REPEATS",
                RuleCase.of(
                        "Tile",
                        graph -> graph.node(
                                "Add",
                                NONE,
                                graph.int8("x", 1, 8),
                                graph.node("Tile", NONE, graph.floatConstant(1, 4), graph.longs(1, 2)))),
                RuleCase.of(
                        "Tile",
                        graph -> graph.node(
                                "Tile", NONE, graph.int8("x", 1, 8), graph.input("repeats", ElementType.INT64, 2))));
        pair(
                "OP-SCATTERND",
                unary("Relu", NONE, 1, 8),
                RuleCase.of(
                        "ScatterND",
                        graph ->
                                graph.node("ScatterND", NONE, graph.int8("x", 8), graph.longs(0), graph.int8("u", 1))));
        pair("OP-SLICE-BATCH", sliced(shape(1, 8, 4, 4), 0, 4, 1), sliced(shape(2, 8, 4, 4), 0, 1, 0));
        pair("OP-SLICE-OPEN-END", sliced(shape(1, 8, 4, 4), 0, 4, 1), sliced(shape(1, 8, 4, 4), 4, Long.MAX_VALUE, 1));
        pair(
                "OP-TRANSPOSE-BATCH",
                unary("Transpose", Map.of("perm", ofInts(0, 2, 3, 1)), 1, 8, 4, 4),
                unary("Transpose", Map.of("perm", ofInts(1, 0, 2, 3)), 1, 8, 4, 4));
        pair("OP-RESHAPE-ALLOWZERO", reshaped(0), reshaped(1));
        pair("OP-DIMENSION-SIZE", unary("Relu", NONE, 1, 65535), unary("Relu", NONE, 1, 65536));
        pair("OP-RANK", unary("Relu", NONE, 1, 8, 4, 4), unary("Relu", NONE, 1, 8, 4, 4, 1));
    }

    private static RuleCase reshaped(long allowZero) {
        return RuleCase.of(
                "Reshape",
                graph -> graph.node(
                        "Reshape",
                        Map.of("allowzero", Attribute.of(allowZero)),
                        graph.int8("x", 1, 8),
                        graph.longs(8)));
    }
}
