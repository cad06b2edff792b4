// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static io.github.stm32deploy.toolchain.quantize.SmallGraph.EXECUTORS;
import static io.github.stm32deploy.toolchain.quantize.SmallGraph.noiseFor;
import static io.github.stm32deploy.toolchain.quantize.SmallGraph.quantize;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.onnx.OnnxWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class QuantizerTest {
    /** Conv 3->8, Relu, depthwise, Add, Sigmoid: the usual things. */
    private static ModelGraph network() {
        return new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .noise("w1", 8, 3, 3, 3)
                .noise("b1", 8)
                .noise("w2", 8, 1, 3, 3)
                .node("Conv", List.of("x", "w1", "b1"), "c1", Map.of("pads", Attribute.ofInts(1, 1, 1, 1)))
                .node("Relu", List.of("c1"), "r1")
                .node(
                        "Conv",
                        List.of("r1", "w2"),
                        "c2",
                        Map.of("pads", Attribute.ofInts(1, 1, 1, 1), "group", Attribute.of(8L)))
                .node("Add", List.of("r1", "c2"), "sum")
                .node("Sigmoid", List.of("sum"), "y")
                .output("y", 1, 8, 8, 8)
                .build();
    }

    private static QuantizationParameters of(QuantizedModel model, String tensor) {
        return model.parameters().get(tensor);
    }

    @Test
    void everyOperatorStandsBetweenIntegers() {
        ModelGraph graph = quantize(network()).graph();

        for (Node node : graph.nodes()) {
            if (node.is("QuantizeLinear") || node.is("DequantizeLinear") || node.is("Relu")) {
                continue;
            }
            for (String input : node.inputs()) {
                assertThat(graph.producer(input).orElseThrow().operator())
                        .as("input " + input + " of " + node.name())
                        .isEqualTo("DequantizeLinear");
            }
            assertThat(graph.consumers(node.output(0)))
                    .as("output of " + node.name())
                    .allMatch(reader -> reader.is("QuantizeLinear") || reader.is("Relu"));
        }
        assertThat(graph.inputs()).containsExactlyElementsOf(network().inputs());
        assertThat(graph.outputs()).containsExactlyElementsOf(network().outputs());
        assertThat(graph.constants().values())
                .filteredOn(constant -> constant.elements() > 8)
                .allMatch(constant -> constant.element() == ElementType.INT8);
    }

    @Test
    void weightsAreSymmetricPerOutputChannelAndTheBiasFits() {
        ModelGraph graph = quantize(network()).graph();

        assertThat(graph.constants().get("w1/quantized").shape()).isEqualTo(Shape.of(8, 3, 3, 3));
        assertThat(graph.constants().get("w1/scale").shape()).isEqualTo(Shape.of(8));
        assertThat(graph.constants().get("w1/zero_point").toLongs()).containsOnly(0);
        TensorData bias = graph.constants().get("b1/quantized");
        assertThat(bias.element()).isEqualTo(ElementType.INT32);
        float inputScale = graph.constants().get("x/scale").floatAt(0);
        for (int channel = 0; channel < 8; channel++) {
            assertThat(graph.constants().get("b1/scale").floatAt(channel))
                    .isEqualTo(inputScale * graph.constants().get("w1/scale").floatAt(channel));
        }
    }

    @Test
    void perTensorWeightsHaveOneScale() {
        ModelGraph graph = network();

        ModelGraph quantized = new Quantizer(EXECUTORS)
                .quantize(QuantizeRequest.of(graph, noiseFor(graph)).withPerTensor(true))
                .graph();

        assertThat(quantized.constants().get("w1/scale").shape()).isEqualTo(Shape.scalar());
        assertThat(SmallGraph.run(quantized, Map.of("x", TensorData.ofFloats(Shape.of(1, 3, 8, 8), new float[192]))))
                .containsKey("y");
    }

    @Test
    void reluBelongsToTheConvolutionBeforeIt() {
        QuantizedModel model = quantize(network());

        assertThat(model.parameters()).doesNotContainKey("c1").containsKeys("x", "r1", "c2", "sum", "y");
        assertThat(model.graph().producer("c1").orElseThrow().operator()).isEqualTo("Conv");
        assertThat(of(model, "r1").zeroPoint()).isEqualTo(-128);
    }

    @Test
    void clipWithConstantBoundsBelongsToTheConvolutionToo() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 2, 4, 4)
                .noise("w", 4, 2, 1, 1)
                .scalar("zero", 0)
                .scalar("six", 6)
                .node("Conv", List.of("x", "w"), "c")
                .node("Clip", List.of("c", "zero", "six"), "y")
                .output("y", 1, 4, 4, 4)
                .build();

        QuantizedModel model = quantize(graph);

        assertThat(model.parameters()).containsOnlyKeys("x", "y");
        assertThat(model.graph().constants().get("six").element()).isEqualTo(ElementType.FLOAT32);
    }

    @Test
    void aConvolutionReadTwiceKeepsCodesOfItsOwn() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 2, 4, 4)
                .noise("w", 2, 2, 1, 1)
                .node("Conv", List.of("x", "w"), "c")
                .node("Relu", List.of("c"), "r")
                .node("Add", List.of("c", "r"), "y")
                .output("y", 1, 2, 4, 4)
                .build();

        assertThat(quantize(graph).parameters()).containsOnlyKeys("x", "c", "r", "y");
    }

    static Stream<Arguments> movers() {
        return Stream.of(
                Arguments.of("MaxPool", List.of("t"), Map.of("kernel_shape", Attribute.ofInts(2, 2))),
                Arguments.of("Reshape", List.of("t", "shape"), Map.of()),
                Arguments.of("Transpose", List.of("t"), Map.of("perm", Attribute.ofInts(0, 2, 3, 1))),
                Arguments.of("Slice", List.of("t", "one", "two", "one"), Map.of()),
                Arguments.of("Pad", List.of("t", "pads"), Map.of()),
                Arguments.of("Squeeze", List.of("t", "first"), Map.of()),
                Arguments.of("Unsqueeze", List.of("t", "first"), Map.of()),
                Arguments.of("Flatten", List.of("t"), Map.of()),
                Arguments.of("Identity", List.of("t"), Map.of()),
                Arguments.of("DepthToSpace", List.of("t"), Map.of("blocksize", Attribute.of(2L))),
                Arguments.of(
                        "Resize",
                        List.of("t", "", "scales"),
                        Map.of(
                                "coordinate_transformation_mode",
                                Attribute.of("asymmetric"),
                                "nearest_mode",
                                Attribute.of("floor"))));
    }

    private static SmallGraph mover() {
        return new SmallGraph(13)
                .input("x", 1, 3, 6, 6)
                .noise("w", 4, 3, 1, 1)
                .longs("shape", 2, 72)
                .longs("one", 1)
                .longs("two", 2)
                .longs("first", 0)
                .longs("pads", 0, 0, 1, 1, 0, 0, 1, 1)
                .constant("scales", TensorData.ofFloats(Shape.of(4), 1, 1, 2, 2))
                .node("Conv", List.of("x", "w"), "t");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("movers")
    void anOperatorThatMovesValuesKeepsScaleAndZeroPoint(
            String operator, List<String> inputs, Map<String, Attribute> attributes) {
        ModelGraph graph = mover().node(operator, inputs, "m", attributes)
                .node("Neg", List.of("m"), "y")
                .output("y")
                .build();

        QuantizedModel model = quantize(untypedOutput(graph));

        assertThat(of(model, "m")).isEqualTo(of(model, "t"));
        assertThat(of(model, "y")).isNotEqualTo(of(model, "t"));
        assertThat(model.ranges()).doesNotContainKey("m");
        // Moving codes loses nothing: the error at m is the error at t.
        Node quantize = model.graph().producer("m/quantized").orElseThrow();
        assertThat(quantize.input(1)).isEqualTo("t/scale");
    }

    /** The shape of the output depends on the operator under test; ONNX Runtime infers it. */
    private static ModelGraph untypedOutput(ModelGraph graph) {
        return graph.toBuilder()
                .clearOutputs()
                .output("y", new TensorType(ElementType.UNKNOWN, Shape.scalar()))
                .build();
    }

    @Test
    void everyPartOfASplitKeepsTheParametersOfTheWhole() {
        ModelGraph graph = mover().longs("halves", 2, 2)
                .node("Split", List.of("t", "halves"), List.of("p", "q"), Map.of("axis", Attribute.of(1L)))
                .node("Mul", List.of("p", "q"), "y")
                .output("y", 1, 2, 6, 6)
                .build();

        QuantizedModel model = quantize(graph);

        assertThat(of(model, "p")).isEqualTo(of(model, "t"));
        assertThat(of(model, "q")).isEqualTo(of(model, "t"));
    }

    @Test
    void aChainOfMoversSharesTheFirstTensorsParameters() {
        ModelGraph graph = mover().node("Transpose", List.of("t"), "a", Map.of("perm", Attribute.ofInts(0, 2, 3, 1)))
                .node("Reshape", List.of("a", "shape"), "y")
                .output("y", 2, 72)
                .build();

        QuantizedModel model = quantize(graph);

        assertThat(of(model, "y")).isEqualTo(of(model, "t"));
    }

    @Test
    void bilinearResizeHasParametersOfItsOwn() {
        ModelGraph graph = mover().node(
                        "Resize", List.of("t", "", "scales"), "y", Map.of("mode", Attribute.of("linear")))
                .output("y", 1, 4, 12, 12)
                .build();

        assertThat(quantize(graph).ranges()).containsKey("y");
    }

    @Test
    void paddingWithAnotherValueWidensTheSharedRange() {
        ModelGraph padded = mover().scalar("far", 1000)
                .node("Pad", List.of("t", "pads", "far"), "m")
                .node("Neg", List.of("m"), "y")
                .output("y", 1, 4, 8, 8)
                .build();

        QuantizedModel model = quantize(padded);

        QuantizationParameters shared = of(model, "t");
        assertThat(shared.dequantize((byte) 127)).isGreaterThan(990);
        assertThat(of(model, "m")).isEqualTo(shared);
    }

    @Test
    void minusInfinityBelowAMaximumDoesNotSpoilTheRange() {
        ModelGraph padded = mover().scalar("least", -Float.MAX_VALUE)
                .node("Pad", List.of("t", "pads", "least"), "m")
                .node("MaxPool", List.of("m"), "y", Map.of("kernel_shape", Attribute.ofInts(3, 3)))
                .output("y", 1, 4, 6, 6)
                .build();

        QuantizedModel model = quantize(padded);

        assertThat(of(model, "t").scale()).isLessThan(1);
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(25);
    }

    @Test
    void partsOfAConcatenationThatOthersReadOrThatAreFixedKeepTheirScales() {
        ModelGraph graph = mover().node("Sigmoid", List.of("t"), "s")
                .node("Concat", List.of("t", "s"), "y", Map.of("axis", Attribute.of(1L)))
                .output("y", 1, 8, 6, 6)
                .build();

        QuantizedModel model = quantize(graph);

        assertThat(of(model, "t")).isNotEqualTo(of(model, "s"));
        assertThat(of(model, "s")).isEqualTo(new QuantizationParameters(1 / 256f, -128));
    }

    @Test
    void partsThatOnlyAConcatenationReadsHaveItsScale() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 3, 4, 4)
                .noise("w1", 2, 3, 1, 1)
                .noise("w2", 5, 3, 1, 1)
                .noise("w3", 1, 3, 1, 1)
                .node("Conv", List.of("x", "w1"), "a")
                .node("Conv", List.of("x", "w2"), "b")
                .node("Conv", List.of("x", "w3"), "c")
                .node("Transpose", List.of("b"), "bt", Map.of("perm", Attribute.ofInts(0, 1, 3, 2)))
                .node("Concat", List.of("a", "bt"), "ab", Map.of("axis", Attribute.of(1L)))
                .node("Concat", List.of("ab", "c"), "y", Map.of("axis", Attribute.of(1L)))
                .output("y", 1, 8, 4, 4)
                .build();

        QuantizedModel model = quantize(graph);

        for (String part : List.of("a", "b", "bt", "ab", "c")) {
            assertThat(of(model, part)).as(part).isEqualTo(of(model, "y"));
        }
        ValueRange all = model.ranges().get("y");
        assertThat(model.ranges()).doesNotContainKeys("a", "b", "c");
        assertThat(of(model, "y")).isEqualTo(QuantizationParameters.of(all));
    }

    @Test
    void bothSignsOfAConcatenatedReluAreRoundedOnce() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 3, 4, 4)
                .noise("w", 4, 3, 1, 1)
                .node("Conv", List.of("x", "w"), "c")
                .node("Neg", List.of("c"), "n")
                .node("Concat", List.of("c", "n"), "both", Map.of("axis", Attribute.of(1L)))
                .node("Relu", List.of("both"), "y")
                .output("y", 1, 8, 4, 4)
                .build();

        QuantizedModel model = quantize(graph);

        assertThat(of(model, "c")).isEqualTo(of(model, "both"));
        assertThat(of(model, "n")).isEqualTo(of(model, "both"));
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(35);
    }

    @Test
    void excludedNodesStayFloat() {
        ModelGraph graph = network();

        QuantizedModel model = new Quantizer(EXECUTORS)
                .quantize(QuantizeRequest.of(graph, noiseFor(graph)).withExcludedNodes(Set.of("Conv_c2", "Sigmoid_y")));

        assertThat(model.graph().constants().get("w2").element()).isEqualTo(ElementType.FLOAT32);
        assertThat(model.parameters()).containsOnlyKeys("x", "r1", "c2", "sum");
        assertThat(model.graph().producer("y").orElseThrow().operator()).isEqualTo("Sigmoid");
    }

    @Test
    void anExcludedNodeMustExist() {
        ModelGraph graph = network();
        DiagnosedException stopped = catchThrowableOfType(
                DiagnosedException.class,
                () -> new Quantizer(EXECUTORS)
                        .quantize(QuantizeRequest.of(graph, noiseFor(graph)).withExcludedNodes(Set.of("conv"))));

        assertThat(stopped.kind()).isEqualTo(DiagnosedException.Kind.USAGE);
        assertThat(stopped.diagnoses().get(0).code()).isEqualTo("QUANT-EXCLUDE-UNKNOWN");
    }

    @Test
    void resultsAreCloseAndTheWorstLayerComesFirst() {
        QuantizedModel model = quantize(network());

        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(30);
        assertThat(model.outputs().get("y").cosine()).isGreaterThan(0.999);
        assertThat(model.layers())
                .extracting(QuantizedModel.Layer::tensor)
                .containsExactlyInAnyOrder("c1", "r1", "c2", "sum", "y");
        assertThat(model.layers()).extracting(layer -> layer.error().sqnrDb()).isSorted();
        assertThat(model.synthetic()).isTrue();
        assertThat(model.samples()).isEqualTo(4);
    }

    @Test
    void theSameInputGivesTheSameBytes() {
        assertThat(OnnxWriter.toBytes(quantize(network()).graph()))
                .isEqualTo(OnnxWriter.toBytes(quantize(network()).graph()));
    }

    @Test
    void aQuantizedModelPassesThrough() {
        ModelGraph quantized = quantize(network()).graph();

        QuantizedModel again = quantize(quantized);

        assertThat(again.alreadyQuantized()).isTrue();
        assertThat(again.graph()).isSameAs(quantized);
        assertThat(again.diagnoses())
                .singleElement()
                .satisfies(note -> assertThat(note.code()).isEqualTo("QUANT-ALREADY-QUANTIZED"));
    }

    @Test
    void aNanBetweenFiniteValuesNamesItsNode() {
        // x is 0..1: one element in sixteen is below the offset, and only its square root is not a number.
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .scalar("offset", 0.06f)
                .node("Sub", List.of("x", "offset"), "d")
                .node("Sqrt", List.of("d"), "s")
                .node("Relu", List.of("s"), "y")
                .output("y", 1, 3, 8, 8)
                .build();

        DiagnosedException stopped = catchThrowableOfType(DiagnosedException.class, () -> quantize(graph));

        assertThat(stopped.diagnoses().get(0).code()).isEqualTo("QUANT-CALIBRATION-NOT-FINITE");
        assertThat(stopped.diagnoses().get(0).where()).contains("Sqrt_s");
        assertThat(stopped.diagnoses().get(0).observed()).startsWith("NaN");
    }

    @Test
    void aValueThatIsNotFiniteNamesItsNode() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 4)
                .node("Log", List.of("x"), "y")
                .output("y", 1, 4)
                .build();

        DiagnosedException stopped = catchThrowableOfType(DiagnosedException.class, () -> quantize(graph));

        assertThat(stopped.diagnoses().get(0).code()).isEqualTo("QUANT-CALIBRATION-NOT-FINITE");
        assertThat(stopped.diagnoses().get(0).where()).contains("Log_y");
    }

    @Test
    void aDeadChannelAndADeadTensorAreHandled() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 2, 4, 4)
                .constant("w", TensorData.ofFloats(Shape.of(2, 2, 1, 1), 0, 0, 1, -1))
                .constant("b", TensorData.ofFloats(Shape.of(2), 0.7f, 0))
                .scalar("nought", 0)
                .node("Conv", List.of("x", "w", "b"), "c")
                .node("Mul", List.of("c", "nought"), "dead")
                .node("Add", List.of("dead", "c"), "y")
                .output("y", 1, 2, 4, 4)
                .build();

        QuantizedModel model = quantize(graph);

        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(35);
        assertThat(model.diagnoses())
                .singleElement()
                .satisfies(note -> assertThat(note.code()).isEqualTo("QUANT-RANGE-EMPTY"));
    }
}
