// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** One small graph for each operator and form of it: generated C against ONNX Runtime. */
class OperatorKernelsTest {
    @TempDir
    Path folder;

    /** A case: builds a graph and says which kernels the network must consist of. */
    private static Arguments of(String name, String kernels, Consumer<QdqGraph> body) {
        return of(13, name, kernels, body);
    }

    private static Arguments of(int opset, String name, String kernels, Consumer<QdqGraph> body) {
        QdqGraph graph = new QdqGraph(opset);
        body.accept(graph);
        return Arguments.of(name, kernels.isEmpty() ? List.of() : List.of(kernels.split(" ")), graph.build());
    }

    private static Map<String, Attribute> attributes(Object... pairs) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        for (int index = 0; index < pairs.length; index += 2) {
            Object value = pairs[index + 1];
            Attribute attribute = value instanceof long[] list
                    ? Attribute.ofInts(list)
                    : value instanceof Integer number
                            ? Attribute.of((long) number)
                            : value instanceof Float real ? Attribute.of((float) real) : Attribute.of((String) value);
            attributes.put((String) pairs[index], attribute);
        }
        return attributes;
    }

    private static long[] l(long... values) {
        return values;
    }

    private static final String CONV = "n6_conv2d_s8";
    private static final String TRANSPOSE = "n6_transpose_8";
    private static final String LOOKUP = "n6_lookup_8";
    private static final String BINARY = "n6_binary_s8";

    static Stream<Arguments> convolutions() {
        return Stream.of(
                of("conv 3x3 s2 NHWC edges", CONV, g -> {
                    String x = g.input("x", 0.05f, 3, 1, 9, 8, 5);
                    String nchw = g.node("Transpose", QdqGraph.ints("perm", 0, 3, 1, 2), x);
                    String y = g.node(
                            "Conv",
                            attributes("kernel_shape", l(3, 3), "strides", l(2, 2), "pads", l(1, 0, 1, 1)),
                            nchw,
                            g.weights(0, 7, 5, 3, 3),
                            g.bias(7, 0.0002f));
                    String nhwc = g.node("Transpose", QdqGraph.ints("perm", 0, 2, 3, 1), y);
                    g.output(g.requantized(nhwc, 0.09f, -7));
                }),
                of("conv 1x1 with Relu, NCHW edges", TRANSPOSE + " " + CONV + " " + TRANSPOSE, g -> {
                    String x = g.input("x", 0.05f, -128, 1, 6, 5, 7);
                    String y = g.node("Conv", Map.of(), x, g.weights(0, 9, 6, 1, 1));
                    g.output(g.requantized(g.node("Relu", Map.of(), y), 0.05f, -128));
                }),
                of("conv with Clip 0..6 inside", CONV, g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 0, 1, 6, 6, 4));
                    String y = g.node("Conv", Map.of(), x, g.weights(0, 8, 4, 3, 3));
                    String six =
                            g.node("Clip", Map.of(), y, g.floats(Shape.scalar(), 0), g.floats(Shape.scalar(), 2.5f));
                    g.output(back(g, g.requantized(six, 0.04f, -100)));
                }),
                of("conv with groups and dilation", CONV, g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 4, 1, 11, 10, 6));
                    String y = g.node(
                            "Conv",
                            attributes("group", 2, "dilations", l(2, 2), "pads", l(2, 2, 2, 2)),
                            x,
                            g.weights(0, 4, 3, 3, 3));
                    g.output(back(g, g.requantized(y, 0.08f, 1)));
                }),
                of("depthwise with multiplier", "n6_depthwise_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 4, 1, 8, 9, 5));
                    String y = g.node(
                            "Conv",
                            attributes("group", 5, "auto_pad", "SAME_UPPER", "strides", l(2, 2)),
                            x,
                            g.weights(0, 10, 1, 3, 3),
                            g.bias(10, 0.0001f));
                    g.output(back(g, g.requantized(y, 0.03f, 11)));
                }),
                of("conv of one dimension", CONV, g -> {
                    String x = g.node("Transpose", QdqGraph.ints("perm", 0, 2, 1), g.input("x", 0.05f, 4, 1, 20, 3));
                    String y = g.node("Conv", attributes("pads", l(2, 2)), x, g.weights(0, 6, 3, 5));
                    String z = g.requantized(y, 0.06f, 4);
                    g.output(g.node("Transpose", QdqGraph.ints("perm", 0, 2, 1), z));
                }),
                of("transposed conv 2x2 s2", "n6_conv_transpose_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, -9, 1, 4, 5, 6));
                    String y = g.node(
                            "ConvTranspose",
                            attributes("strides", l(2, 2)),
                            x,
                            g.weights(1, 6, 4, 2, 2),
                            g.bias(4, 0.0002f));
                    g.output(back(g, g.requantized(y, 0.05f, 2)));
                }),
                of("transposed conv 3x3 s2 with pads", "n6_conv_transpose_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, -9, 1, 4, 5, 6));
                    String y = g.node(
                            "ConvTranspose",
                            attributes("strides", l(2, 2), "pads", l(1, 1, 1, 1), "output_padding", l(1, 1)),
                            x,
                            g.weights(1, 6, 4, 3, 3));
                    g.output(back(g, g.requantized(y, 0.05f, 2)));
                }),
                of("padding joins the convolution", CONV, g -> {
                    String x = g.input("x", 0.05f, 5, 1, 8, 8, 4);
                    String padded =
                            g.requantized(g.node("Pad", Map.of(), x, g.longs(0, 0, 0, 0, 0, 1, 1, 0)), 0.05f, 5);
                    String y =
                            g.node("Conv", attributes("strides", l(2, 2)), nhwc(g, padded), g.weights(0, 3, 4, 3, 3));
                    g.output(back(g, g.requantized(y, 0.05f, 0)));
                }),
                of("padding with another value stays", "n6_pad_8 " + CONV, g -> {
                    String x = g.input("x", 0.05f, 5, 1, 8, 8, 4);
                    String padded = g.requantized(
                            g.node("Pad", Map.of(), x, g.longs(0, 1, 1, 0, 0, 1, 1, 0), g.floats(Shape.scalar(), 1f)),
                            0.05f,
                            5);
                    String y = g.node("Conv", Map.of(), nhwc(g, padded), g.weights(0, 3, 4, 3, 3));
                    g.output(back(g, g.requantized(y, 0.06f, 0)));
                }),
                of("bias in an Add", CONV, g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 5, 1, 8, 8, 4));
                    String y = g.node("Conv", Map.of(), x, g.weights(0, 3, 4, 3, 3));
                    String z = g.node("Add", Map.of(), y, g.floats(Shape.of(3, 1, 1), 0.5f, -0.25f, 1f));
                    g.output(back(g, g.requantized(z, 0.06f, 0)));
                }),
                of("gemm behind flatten of an image", "n6_conv2d_s8 n6_fully_connected_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 5, 1, 4, 5, 3));
                    String y = g.requantized(g.node("Conv", Map.of(), x, g.weights(0, 6, 3, 1, 1)), 0.04f, 2);
                    String flat = g.node("Flatten", Map.of(), y);
                    String z =
                            g.node("Gemm", attributes("transB", 1), flat, g.weights(0, 10, 120), g.bias(10, 0.0001f));
                    g.output(g.requantized(z, 0.07f, 3));
                }),
                of("matmul with rows and bias", "n6_fully_connected_s8", g -> {
                    String x = g.input("x", 0.05f, 5, 1, 6, 20);
                    String y = g.node("MatMul", Map.of(), x, g.weights(1, 20, 7));
                    String z = g.node("Add", Map.of(), y, g.floats(Shape.of(7), 1, 2, 3, -1, -2, -3, 0));
                    g.output(g.requantized(g.node("Relu", Map.of(), z), 0.07f, -128));
                }));
    }

    private static String nhwc(QdqGraph g, String tensor) {
        return g.node("Transpose", QdqGraph.ints("perm", 0, 3, 1, 2), tensor);
    }

    private static String back(QdqGraph g, String tensor) {
        return g.node("Transpose", QdqGraph.ints("perm", 0, 2, 3, 1), tensor);
    }

    private static Arguments unary(
            String operator, float scale, int zeroPoint, float outScale, int outZero, Object... a) {
        return of(14, operator, LOOKUP, g -> {
            String x = g.input("x", scale, zeroPoint, 1, 8, 8, 4);
            g.output(g.requantized(g.node(operator, attributes(a), x), outScale, outZero));
        });
    }

    static Stream<Arguments> functions() {
        return Stream.of(
                unary("Relu", 0.05f, 3, 0.04f, -128),
                unary("LeakyRelu", 0.05f, 3, 0.04f, -20, "alpha", 0.1f),
                unary("Sigmoid", 0.06f, 3, 1 / 256f, -128),
                unary("Tanh", 0.03f, -3, 1 / 128f, 0),
                unary("Exp", 0.02f, 100, 0.01f, -128),
                unary("HardSwish", 0.05f, 3, 0.04f, -110),
                unary("HardSigmoid", 0.05f, 3, 1 / 255f, -128),
                unary("Elu", 0.05f, 3, 0.04f, -90),
                unary("Sqrt", 0.05f, -128, 0.02f, -128),
                unary("Neg", 0.05f, 3, 0.05f, 3),
                unary("Abs", 0.05f, 3, 0.05f, -128),
                unary("Softplus", 0.05f, 3, 0.05f, -128),
                of("chain of functions and a constant", LOOKUP, g -> {
                    String x = g.input("x", 0.05f, 7, 1, 40);
                    String y = g.node("Mul", Map.of(), x, g.floats(Shape.of(1), 0.7f));
                    String z = g.node("Sigmoid", Map.of(), g.node("Add", Map.of(), y, g.floats(Shape.scalar(), 0.2f)));
                    g.output(g.requantized(z, 1 / 256f, -128));
                }),
                of("two tables become one", LOOKUP, g -> {
                    String x = g.byteInput("x", ElementType.UINT8, 0.05f, 100, 1, 40);
                    String y = g.requantized(x, 0.06f, 0);
                    String z = g.requantized(g.node("Tanh", Map.of(), y), 0.01f, 0);
                    g.byteOutput(g.quantized(z, ElementType.UINT8, 0.009f, 128), ElementType.UINT8);
                }),
                of("add", BINARY, g -> {
                    String x = g.input("x", 0.05f, 7, 1, 6, 6, 8);
                    String y = g.input("y", 0.02f, -4, 1, 6, 6, 8);
                    g.output(g.requantized(g.node("Add", Map.of(), x, y), 0.06f, 1));
                }),
                of("add with Relu", BINARY, g -> {
                    String x = g.input("x", 0.05f, 7, 1, 6, 6, 8);
                    String y = g.input("y", 0.02f, -4, 1, 6, 6, 8);
                    String z = g.node("Relu", Map.of(), g.node("Add", Map.of(), x, y));
                    g.output(g.requantized(z, 0.06f, -100));
                }),
                of("sub broadcast over pixels", BINARY, g -> {
                    String x = g.input("x", 0.05f, 7, 1, 6, 5, 8);
                    String y = g.input("y", 0.02f, -4, 1, 1, 1, 8);
                    g.output(g.requantized(g.node("Sub", Map.of(), x, y), 0.06f, 1));
                }),
                of("mul broadcast over channels, lower rank", BINARY, g -> {
                    String x = g.input("x", 0.05f, 7, 5, 1);
                    String y = g.input("y", 0.02f, -4, 1, 6, 5, 8);
                    g.output(g.requantized(g.node("Mul", Map.of(), x, y), 0.06f, 1));
                }),
                of("mul of two layouts", TRANSPOSE + " " + BINARY, g -> {
                    String x =
                            g.node("Transpose", QdqGraph.ints("perm", 0, 3, 1, 2), g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    String y = g.input("y", 0.02f, -4, 1, 8, 6, 5);
                    String z = g.requantized(g.node("Mul", Map.of(), x, y), 0.06f, 1);
                    g.output(g.node("Transpose", QdqGraph.ints("perm", 0, 2, 3, 1), z));
                }),
                of("sub from a constant a channel", BINARY, g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    String z = g.requantized(g.node("Sub", Map.of(), g.operand(0.03f, 9, 8, 1, 1), x), 0.06f, 1);
                    g.output(back(g, z));
                }),
                of("mul with a full constant in another layout", BINARY, g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    String z = g.requantized(g.node("Mul", Map.of(), x, g.operand(0.03f, 9, 1, 8, 6, 5)), 0.06f, 1);
                    g.output(back(g, z));
                }),
                of("a tensor times itself", BINARY, g -> {
                    String x = g.input("x", 0.05f, 7, 1, 50);
                    g.output(g.requantized(g.node("Mul", Map.of(), x, x), 0.1f, -100));
                }),
                of("prelu", "n6_prelu_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    String z = g.requantized(g.node("PRelu", Map.of(), x, g.operand(0.004f, 9, 8, 1, 1)), 0.06f, 1);
                    g.output(back(g, z));
                }),
                of("softmax of rows", "n6_softmax_s8", g -> {
                    String x = g.input("x", 0.07f, 7, 1, 6, 12);
                    g.output(g.requantized(g.node("Softmax", attributes("axis", -1), x), 1 / 256f, -128));
                }),
                of("softmax over channels of an image", "n6_softmax_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.07f, 7, 1, 6, 5, 4));
                    String z = g.requantized(g.node("Softmax", attributes("axis", 1), x), 1 / 256f, -128);
                    g.output(back(g, z));
                }),
                of(12, "softmax before opset 13 joins axes", "n6_softmax_s8", g -> {
                    String x = g.input("x", 0.07f, 7, 1, 3, 4);
                    g.output(g.requantized(g.node("Softmax", attributes("axis", 1), x), 1 / 256f, -128));
                }));
    }

    static Stream<Arguments> pools() {
        return Stream.of(
                of("max pool 2x2", "n6_max_pool_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 8, 6, 5));
                    String y = g.node("MaxPool", attributes("kernel_shape", l(2, 2), "strides", l(2, 2)), x);
                    g.output(back(g, g.requantized(y, 0.05f, 7)));
                }),
                of("max pool 3x3 with padding, ceil, another scale", "n6_max_pool_s8 " + LOOKUP, g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 8, 7, 5));
                    String y = g.node(
                            "MaxPool",
                            attributes(
                                    "kernel_shape", l(3, 3), "strides", l(2, 2), "pads", l(1, 1, 0, 0), "ceil_mode", 1),
                            x);
                    g.output(back(g, g.requantized(y, 0.06f, 0)));
                }),
                of("average pool, padding not counted", "n6_average_pool_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 8, 7, 5));
                    String y = g.node(
                            "AveragePool",
                            attributes("kernel_shape", l(3, 3), "strides", l(2, 2), "pads", l(1, 1, 1, 1)),
                            x);
                    g.output(back(g, g.requantized(y, 0.03f, 2)));
                }),
                of("average pool, padding counted", "n6_average_pool_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 8, 7, 5));
                    String y = g.node(
                            "AveragePool",
                            attributes("kernel_shape", l(3, 3), "pads", l(1, 1, 1, 1), "count_include_pad", 1),
                            x);
                    g.output(back(g, g.requantized(y, 0.03f, 2)));
                }),
                of("global average", "n6_average_pool_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 7, 6, 9));
                    String y = g.requantized(g.node("GlobalAveragePool", Map.of(), x), 0.01f, 2);
                    g.output(g.node("Flatten", Map.of(), y));
                }),
                of("mean over H and W, NHWC, axes dropped", "n6_average_pool_s8", g -> {
                    String x = g.input("x", 0.05f, 7, 1, 7, 6, 9);
                    g.output(g.requantized(
                            g.node("ReduceMean", attributes("axes", l(1, 2), "keepdims", 0), x), 0.01f, 2));
                }),
                of("mean over the last axis", TRANSPOSE + " n6_average_pool_s8", g -> {
                    String x = g.input("x", 0.05f, 7, 1, 7, 6, 9);
                    g.output(
                            g.requantized(g.node("ReduceMean", attributes("axes", l(-1), "keepdims", 1), x), 0.01f, 2));
                }),
                of("global maximum", "n6_max_pool_s8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 7, 6, 9));
                    g.output(g.requantized(g.node("GlobalMaxPool", Map.of(), x), 0.05f, 7));
                }),
                resize("nearest", "asymmetric", "floor", 2, 2),
                resize("nearest", "half_pixel", "round_prefer_floor", 2, 3),
                resize("nearest", "align_corners", "round_prefer_ceil", 2, 2),
                resize("linear", "half_pixel", "floor", 2, 2),
                resize("linear", "align_corners", "floor", 2, 2),
                resize("linear", "asymmetric", "floor", 3, 2),
                resize("linear", "pytorch_half_pixel", "floor", 2, 2));
    }

    private static Arguments resize(String mode, String coordinates, String rounding, int h, int w) {
        String kernel = mode.equals("nearest") ? "n6_resize_nearest_8" : "n6_resize_bilinear_s8";
        return of("resize " + mode + " " + coordinates, kernel, g -> {
            String x = nhwc(g, g.input("x", 0.05f, 7, 1, 5, 4, 3));
            String y = g.node(
                    "Resize",
                    attributes("mode", mode, "coordinate_transformation_mode", coordinates, "nearest_mode", rounding),
                    x,
                    "",
                    g.floats(Shape.of(4), 1, 1, h, w));
            g.output(back(g, g.requantized(y, mode.equals("nearest") ? 0.05f : 0.04f, 7)));
        });
    }

    static Stream<Arguments> movements() {
        return Stream.of(
                of("concat of channels, one rescaled", "n6_copy_blocks_lookup_8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    String y = nhwc(g, g.input("y", 0.03f, 7, 1, 6, 5, 3));
                    String z = g.requantized(g.node("Concat", attributes("axis", 1), x, y), 0.05f, 7);
                    g.output(back(g, z));
                }),
                of("concat of two layouts", TRANSPOSE + " n6_copy_blocks", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    String y = g.input("y", 0.05f, 7, 1, 3, 6, 5);
                    String z = g.requantized(g.node("Concat", attributes("axis", 1), x, y), 0.05f, 7);
                    g.output(back(g, z));
                }),
                of("split in three", "n6_copy_blocks n6_copy_blocks n6_copy_blocks", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    List<String> parts = g.nodes("Split", attributes("axis", 1), 3, x, g.longs(2, 1, 5));
                    parts.forEach(part -> g.output(back(g, g.requantized(part, 0.05f, 7))));
                }),
                of("slice of one axis", "n6_copy_blocks", g -> {
                    String x = g.input("x", 0.05f, 7, 1, 6, 5, 8);
                    g.output(
                            g.requantized(g.node("Slice", Map.of(), x, g.longs(1), g.longs(-1), g.longs(2)), 0.05f, 7));
                }),
                of("slice with steps, backwards too", "n6_slice_8", g -> {
                    String x = g.input("x", 0.05f, 7, 1, 6, 5, 8);
                    g.output(g.requantized(
                            g.node(
                                    "Slice",
                                    Map.of(),
                                    x,
                                    g.longs(-1, 1),
                                    g.longs(-100, 8),
                                    g.longs(1, 3),
                                    g.longs(-2, 3)),
                            0.05f,
                            7));
                }),
                of("pad of channels", "n6_pad_8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    String y = g.node("Pad", Map.of(), x, g.longs(0, 0, 0, 0, 0, 4, 0, 0));
                    g.output(back(g, g.requantized(y, 0.05f, 7)));
                }),
                of("reshape that keeps channels last", "", g -> {
                    // Channels stay together, so no byte moves and the network would be empty but for the table.
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    String flat = g.node("Reshape", Map.of(), x, g.longs(1, 8, 30));
                    String y = g.requantized(g.node("Tanh", Map.of(), flat), 0.01f, 0);
                    g.output(g.node("Transpose", QdqGraph.ints("perm", 0, 2, 1), y));
                }),
                of("channel shuffle", "n6_transpose_8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 6, 5, 8));
                    String apart = g.node("Reshape", Map.of(), x, g.longs(1, 2, 4, 6, 5));
                    String shuffled = g.node("Transpose", QdqGraph.ints("perm", 0, 2, 1, 3, 4), apart);
                    String joined = g.node("Reshape", Map.of(), shuffled, g.longs(1, 8, 6, 5));
                    g.output(back(g, g.requantized(joined, 0.05f, 7)));
                }),
                of("depth to space", "n6_transpose_8", g -> {
                    String x = nhwc(g, g.input("x", 0.05f, 7, 1, 3, 4, 12));
                    String y = g.node("DepthToSpace", attributes("blocksize", 2), x);
                    g.output(back(g, g.requantized(y, 0.05f, 7)));
                }),
                of("transposition that only moves a unit axis", LOOKUP, g -> {
                    String x = g.input("x", 0.05f, 7, 1, 6, 5, 1);
                    String y = g.node("Transpose", QdqGraph.ints("perm", 0, 3, 1, 2), x);
                    g.output(g.requantized(y, 0.06f, 7));
                }),
                of("integer tensors are moved without Q and DQ", "n6_transpose_8", g -> {
                    String x = g.rawInput("x", ElementType.INT8, 1, 6, 5, 4);
                    g.byteOutput(g.node("Transpose", QdqGraph.ints("perm", 0, 3, 1, 2), x), ElementType.INT8);
                    String q = g.quantized(g.dequantized(x, ElementType.INT8, 0.1f, 0), ElementType.INT8, 0.1f, 0);
                    g.byteOutput(q, ElementType.INT8);
                }),
                of("uint8 at both edges", LOOKUP + " " + CONV + " " + LOOKUP, g -> {
                    String x = g.byteInput("x", ElementType.UINT8, 0.02f, 127, 1, 6, 6, 3);
                    String y = g.node("Conv", Map.of(), nhwc(g, x), g.weights(0, 4, 3, 3, 3));
                    g.byteOutput(g.quantized(back(g, y), ElementType.UINT8, 0.03f, 140), ElementType.UINT8);
                }),
                of("uint8 activations inside", CONV + " " + CONV, g -> {
                    g.rawInput("x", ElementType.FLOAT32, 1, 6, 6, 3);
                    String x = g.dequantized(
                            g.quantized("x", ElementType.UINT8, 0.02f, 127), ElementType.UINT8, 0.02f, 127);
                    String y = g.node("Conv", Map.of(), nhwc(g, x), g.weights(0, 4, 3, 3, 3));
                    String q =
                            g.dequantized(g.quantized(y, ElementType.UINT8, 0.03f, 140), ElementType.UINT8, 0.03f, 140);
                    String z = g.node("Conv", Map.of(), q, g.weights(0, 5, 4, 1, 1));
                    g.output(back(g, g.requantized(z, 0.03f, 5)));
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"convolutions", "functions", "pools", "movements"})
    void generatedCodeAgreesWithOnnxRuntime(String name, List<String> kernels, ModelGraph graph) throws IOException {
        CompiledNetwork.assumeCompiler();
        CpuNetwork network = new CpuBackend().generate(graph, new GenerateOptions(name, "0".repeat(64), "test"));
        if (!kernels.isEmpty()) {
            assertThat(network.layers()).extracting(CpuNetwork.Layer::kernel).containsExactlyElementsOf(kernels);
        }
        Random random = new Random(5);
        List<byte[]> inputs = new ArrayList<>();
        for (CpuNetwork.Edge input : network.inputs()) {
            byte[] bytes = new byte[(int) input.bytes()];
            random.nextBytes(bytes);
            inputs.add(bytes);
        }

        KernelComparison.Figures figures = KernelComparison.compare(graph, name, inputs, folder);

        assertThat(figures.layers()).allSatisfy(layer -> {
            assertThat(layer.worstQuanta()).as(layer.toString()).isLessThanOrEqualTo(1);
            // A graph this small has too few elements for a share: two of them may round the other way.
            assertThat(layer.inexact()).as(layer.toString()).isLessThanOrEqualTo(2);
        });
        assertThat(figures.whole().worstQuanta()).as(figures.table()).isLessThanOrEqualTo(1);
        assertThat(figures.whole().inexact()).as(figures.table()).isLessThanOrEqualTo(2);
    }
}
