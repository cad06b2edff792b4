// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What attention, capsules and rotations are made of: products and quotients of computed tensors, sums over an axis,
 * places picked out and repeated. Generated C against ONNX Runtime.
 */
class ComputedOperandsTest {
    private static final String BINARY = "n6_binary_s8";
    private static final String MATRIX = "n6_matmul_operands_s8";
    private static final String REDUCE = "n6_reduce_s8";
    private static final String TRANSPOSE = "n6_transpose_8";
    private static final Map<String, Attribute> NONE = Map.of();

    @TempDir
    Path folder;

    private static Arguments of(String name, String kernels, Consumer<QdqGraph> body) {
        return of(13, name, kernels, body);
    }

    private static Arguments of(int opset, String name, String kernels, Consumer<QdqGraph> body) {
        QdqGraph graph = new QdqGraph(opset);
        body.accept(graph);
        return Arguments.of(name, List.of(kernels.split(" ")), graph.build());
    }

    private static Arguments sum(String operator, float outScale, int outZeroPoint, long... axes) {
        return of(operator + " over " + axes.length + " axes", REDUCE, g -> {
            String x = g.input("x", 0.02f, -9, 1, 6, 1, 30);
            String sum = operator.equals("ReduceSum")
                    ? g.node(operator, NONE, x, g.longs(axes))
                    : g.node(operator, QdqGraph.ints("axes", axes), x);
            g.output(g.requantized(sum, outScale, outZeroPoint));
        });
    }

    static Stream<Arguments> products() {
        return Stream.of(
                of("matrices side by side", MATRIX, g -> {
                    String x = g.input("x", 0.02f, 7, 1, 3, 7, 21);
                    String y = g.input("y", 0.03f, -20, 1, 3, 21, 16);
                    g.output(g.requantized(g.node("MatMul", NONE, x, y), 0.06f, 1));
                }),
                of("one matrix for all of the other side", MATRIX, g -> {
                    String x = g.input("x", 0.02f, 7, 3, 5, 4, 9);
                    String y = g.input("y", 0.03f, -20, 9, 5);
                    g.output(g.requantized(g.node("MatMul", NONE, x, y), 0.05f, 1));
                }),
                of("both sides repeat, each along an axis of its own", MATRIX, g -> {
                    String x = g.input("x", 0.02f, 7, 1, 1, 21, 1, 12);
                    String y = g.input("y", 0.03f, -20, 3, 21, 12, 5);
                    g.output(g.requantized(g.node("MatMul", NONE, x, y), 0.05f, 1));
                }),
                of("constant matrices, one for each product", MATRIX, g -> {
                    String x = g.input("x", 0.02f, 7, 1, 1, 21, 1, 12);
                    g.output(g.requantized(g.node("MatMul", NONE, x, g.operand(0.01f, 4, 3, 21, 12, 5)), 0.02f, 1));
                }),
                of("a constant on the left", MATRIX, g -> {
                    String x = g.input("x", 0.02f, 7, 1, 12, 5);
                    g.output(g.requantized(g.node("MatMul", NONE, g.operand(0.01f, 4, 8, 12), x), 0.02f, 1));
                }),
                of("a column vector on the right", MATRIX, g -> {
                    String x = g.input("x", 0.02f, 7, 3, 21, 16);
                    String y = g.input("y", 0.03f, -20, 16);
                    g.output(g.requantized(g.node("MatMul", NONE, x, y), 0.05f, 1));
                }),
                of("an operand that lies transposed", TRANSPOSE + " " + MATRIX, g -> {
                    String x = g.input("x", 0.02f, 7, 1, 7, 12);
                    String y = g.input("y", 0.03f, -20, 1, 5, 12);
                    String turned = g.node("Transpose", QdqGraph.ints("perm", 0, 2, 1), y);
                    g.output(g.requantized(g.node("MatMul", NONE, x, turned), 0.05f, 1));
                }),
                of("a product that is cut off below 0", MATRIX, g -> {
                    String x = g.input("x", 0.02f, 7, 1, 7, 12);
                    String y = g.input("y", 0.03f, -20, 1, 12, 5);
                    g.output(g.requantized(g.node("Relu", NONE, g.node("MatMul", NONE, x, y)), 0.05f, -128));
                }));
    }

    /** Operator set 21 is the first with codes of 4 bits. */
    static Stream<Arguments> narrow() {
        return Stream.of(
                of(21, "a convolution with weights of 4 bits", TRANSPOSE + " n6_conv2d_s8 " + TRANSPOSE, g -> {
                    String x = g.input("x", 0.02f, 7, 1, 3, 6, 6);
                    String y = g.node("Conv", NONE, x, g.narrowWeights(0.03f, 5, 3, 3, 3));
                    g.output(g.requantized(y, 0.04f, 1));
                }),
                of(21, "a product with a matrix of 4 bits", "n6_fully_connected_s8", g -> {
                    String x = g.input("x", 0.02f, 7, 3, 21);
                    String y = g.node("MatMul", NONE, x, g.narrowWeights(0.03f, 21, 5));
                    g.output(g.requantized(y, 0.04f, 1));
                }));
    }

    static Stream<Arguments> quotients() {
        return Stream.of(
                of(
                        "quotient",
                        BINARY,
                        g -> {
                            String x = g.input("x", 0.02f, 7, 1, 6, 6, 8);
                            String y = g.input("y", 0.03f, -128, 1, 6, 6, 8);
                            String above =
                                    g.requantized(g.node("Add", NONE, y, g.floats(Shape.scalar(), 0.5f)), 0.032f, -128);
                            g.output(g.requantized(g.node("Div", NONE, x, above), 0.03f, 1));
                        },
                        true),
                of(
                        "quotient by one number a row",
                        BINARY,
                        g -> {
                            String x = g.input("x", 0.02f, 7, 1, 7, 64);
                            String y = g.input("y", 0.03f, -128, 1, 7, 1);
                            String above =
                                    g.requantized(g.node("Add", NONE, y, g.floats(Shape.scalar(), 0.5f)), 0.032f, -128);
                            g.output(g.requantized(g.node("Div", NONE, x, above), 0.03f, 1));
                        },
                        true),
                of(
                        "a constant divided",
                        BINARY,
                        g -> {
                            String y = g.input("y", 0.03f, -128, 1, 7, 8);
                            String above =
                                    g.requantized(g.node("Add", NONE, y, g.floats(Shape.scalar(), 0.5f)), 0.032f, -128);
                            g.output(g.requantized(g.node("Div", NONE, g.operand(0.03f, 9, 7, 8), above), 0.03f, 1));
                        },
                        true),
                of("lesser of two", BINARY, g -> {
                    String x = g.input("x", 0.02f, 7, 1, 6, 30);
                    String y = g.input("y", 0.03f, -20, 1, 6, 30);
                    g.output(g.requantized(g.node("Min", NONE, x, y), 0.025f, 1));
                }),
                of("greater of two, one a constant a channel", BINARY, g -> {
                    String x = g.input("x", 0.02f, 7, 1, 6, 30);
                    g.output(g.requantized(g.node("Max", NONE, x, g.operand(0.01f, 0, 30)), 0.025f, 1));
                }));
    }

    private static Arguments of(String name, String kernels, Consumer<QdqGraph> body, boolean behindTable) {
        return of(name, behindTable ? "n6_lookup_8 " + kernels : kernels, body);
    }

    static Stream<Arguments> sums() {
        return Stream.of(
                sum("ReduceSum", 0.2f, 3, 3),
                sum("ReduceSum", 0.7f, 3, 1, -1),
                sum("ReduceSumSquare", 0.3f, -128, 3),
                sum("ReduceL1", 0.2f, -128, 3),
                sum("ReduceL2", 0.08f, -128, 3),
                of("sum over the middle axis", REDUCE, g -> {
                    String x = g.input("x", 0.02f, -9, 4, 3, 21);
                    g.output(g.requantized(g.node("ReduceSum", NONE, x, g.longs(1)), 0.05f, 3));
                }),
                of("sum over axes that lie apart", TRANSPOSE + " " + REDUCE, g -> {
                    String x = g.input("x", 0.02f, -9, 4, 3, 21);
                    g.output(g.requantized(g.node("ReduceSum", NONE, x, g.longs(0, 2)), 0.2f, 3));
                }),
                of("greatest along an axis", TRANSPOSE + " n6_max_pool_s8", g -> {
                    String x = g.input("x", 0.02f, -9, 4, 3, 21);
                    g.output(g.requantized(g.node("ReduceMax", QdqGraph.ints("axes", 2), x), 0.02f, -9));
                }));
    }

    static Stream<Arguments> places() {
        return Stream.of(
                of("one place, its axis goes", "n6_copy_blocks", g -> {
                    String x = g.input("x", 0.02f, -9, 1, 3, 3);
                    String place = g.longScalar(1);
                    g.output(g.requantized(g.node("Gather", Map.of("axis", Attribute.of(2L)), x, place), 0.02f, -9));
                }),
                of("places in even steps", "n6_slice_8", g -> {
                    String x = g.input("x", 0.02f, -9, 1, 9, 4);
                    String places = g.longs(6, 4, 2);
                    g.output(g.requantized(g.node("Gather", Map.of("axis", Attribute.of(1L)), x, places), 0.02f, -9));
                }),
                of("places in any order", "n6_slice_8 n6_copy_blocks n6_slice_8 n6_copy_blocks", g -> {
                    String x = g.input("x", 0.02f, -9, 1, 4);
                    String places = g.longs(3, 0, 1, 2, 0, -1);
                    g.output(g.requantized(g.node("Gather", Map.of("axis", Attribute.of(1L)), x, places), 0.02f, -9));
                }),
                of("a column repeated", "n6_slice_8", g -> {
                    String x = g.input("x", 0.02f, -9, 6, 1);
                    g.output(g.requantized(g.node("Expand", NONE, x, g.longs(2, 6, 5)), 0.02f, -9));
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"products", "narrow", "quotients", "sums", "places"})
    void generatedCodeAgreesWithOnnxRuntime(String name, List<String> kernels, ModelGraph graph) throws IOException {
        CompiledNetwork.assumeCompiler();
        CpuNetwork network = new CpuBackend().generate(graph, new GenerateOptions(name, "0".repeat(64), "test"));
        assertThat(network.layers()).extracting(CpuNetwork.Layer::kernel).containsExactlyElementsOf(kernels);
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
            assertThat(layer.inexact()).as(layer.toString()).isLessThanOrEqualTo(2);
        });
        assertThat(figures.whole().worstQuanta()).as(figures.table()).isLessThanOrEqualTo(1);
        assertThat(figures.whole().inexact()).as(figures.table()).isLessThanOrEqualTo(2);
    }
}
