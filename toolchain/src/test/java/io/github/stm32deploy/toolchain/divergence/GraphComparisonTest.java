// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.divergence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.quantize.CalibrationSource;
import io.github.stm32deploy.toolchain.quantize.QuantizeRequest;
import io.github.stm32deploy.toolchain.quantize.Quantizer;
import io.github.stm32deploy.toolchain.quantize.RandomCalibration;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class GraphComparisonTest {
    /** Four convolutions with Relu between them; their weights are seeded noise. */
    private static ModelGraph chain(String prefix) {
        Random random = new Random(5);
        ModelGraph.Builder builder = ModelGraph.builder("chain")
                .irVersion(8)
                .opset("", 13)
                .input("x", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, 8, 8)));
        String tensor = "x";
        int channels = 3;
        for (int layer = 1; layer <= 4; layer++) {
            float[] weight = new float[6 * channels];
            for (int index = 0; index < weight.length; index++) {
                weight[index] = (float) random.nextGaussian();
            }
            builder.constant("w" + layer, TensorData.ofFloats(Shape.of(6, channels, 1, 1), weight));
            String output = layer == 4 ? "y" : prefix + "c" + layer;
            builder.node(node(prefix + "conv" + layer, "Conv", List.of(tensor, "w" + layer), output));
            if (layer < 4) {
                builder.node(node(prefix + "relu" + layer, "Relu", List.of(output), prefix + "r" + layer));
            }
            tensor = prefix + "r" + layer;
            channels = 6;
        }
        return ShapeInference.infer(builder.output("y", new TensorType(ElementType.FLOAT32, Shape.of(1, 6, 8, 8)))
                .build());
    }

    private static Node node(String name, String operator, List<String> inputs, String output) {
        return new Node(name, operator, "", inputs, List.of(output), Map.of(), new Origin(operator, name, 0));
    }

    private static ModelGraph changed(ModelGraph graph, String weight, UnaryOperator<Float> change) {
        float[] values = graph.constants().get(weight).toFloats();
        for (int index = 0; index < values.length; index++) {
            values[index] = change.apply(values[index]);
        }
        return graph.toBuilder()
                .constant(
                        weight,
                        TensorData.ofFloats(graph.constants().get(weight).shape(), values))
                .build();
    }

    private static CalibrationSource noise(ModelGraph graph) {
        return new RandomCalibration(graph.inputs(), 4, 9, -1, 1);
    }

    private static GraphDifference difference(ModelGraph first, ModelGraph second) {
        return new GraphComparison(OnnxRuntimeExecutor.factory(), first, second)
                .over(samples -> noise(first).forEach(4, sample -> samples.accept(sample.inputs()), skipped -> {}));
    }

    private static ModelGraph quantized(ModelGraph graph, int effort) {
        return ShapeInference.infer(new Quantizer(OnnxRuntimeExecutor.factory())
                .quantize(QuantizeRequest.of(graph, noise(graph)).withEffort(effort))
                .graph());
    }

    /** x * factor, its first half through a Sigmoid, behind a Reshape; int8 with a scale that reaches to 8 only. */
    private static ModelGraph logits(boolean codes, String reader) {
        ModelGraph.Builder builder = ModelGraph.builder("logits")
                .irVersion(8)
                .opset("", 13)
                .input("x", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, 8, 8)))
                .constant("twenty", TensorData.ofFloats(Shape.scalar(), 20))
                .constant("row", TensorData.ofLongs(Shape.of(2), 1, 192))
                .constant("scale", TensorData.ofFloats(Shape.scalar(), 8 / 127f))
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0))
                .node(node("gain", "Mul", List.of("x", "twenty"), codes ? "z/unquantized" : "z"));
        if (codes) {
            builder.node(node("q", "QuantizeLinear", List.of("z/unquantized", "scale", "zero"), "z/quantized"))
                    .node(node("dq", "DequantizeLinear", List.of("z/quantized", "scale", "zero"), "z"));
        }
        return ShapeInference.infer(builder.node(node("flat", "Reshape", List.of("z", "row"), "r"))
                .node(node("score", reader, List.of("r"), "y"))
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(1, 192)))
                .build());
    }

    @Test
    void whatASigmoidDoesNotTellApartIsNoError() {
        assertThat(difference(logits(false, "Sigmoid"), logits(true, "Sigmoid")).first())
                .isEmpty();
    }

    /** Scores as a detector has them: nearly all of them near 0, where 1/256 is more than the signal. */
    private static ModelGraph scores(String activation) {
        Random random = new Random(3);
        float[] weight = new float[24];
        for (int index = 0; index < weight.length; index++) {
            weight[index] = (float) random.nextGaussian();
        }
        float[] low = new float[8];
        Arrays.fill(low, -7);
        return ShapeInference.infer(ModelGraph.builder("scores")
                .irVersion(8)
                .opset("", 13)
                .input("x", new TensorType(ElementType.FLOAT32, Shape.of(1, 3, 8, 8)))
                .constant("w", TensorData.ofFloats(Shape.of(8, 3, 1, 1), weight))
                .constant("b", TensorData.ofFloats(Shape.of(8), low))
                .node(node("head", "Conv", List.of("x", "w", "b"), "z"))
                .node(node("score", activation, List.of("z"), "y"))
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(1, 8, 8, 8)))
                .build());
    }

    @Test
    void scoresThatRoundToZeroAreNoErrorOfTheSigmoid() {
        ModelGraph graph = scores("Sigmoid");

        GraphDifference difference = difference(graph, quantized(graph, 0));

        assertThat(difference.outputs().get(0).error().sqnrDb()).isLessThan(20);
        assertThat(difference.first()).isEmpty();
    }

    @Test
    void aSigmoidThatIsAnotherFunctionIsNamed() {
        ModelGraph graph = scores("Sigmoid");
        ModelGraph other = quantized(graph, 0);
        ModelGraph wrong = ShapeInference.infer(other.toBuilder()
                .replaceNodes(other.nodes().stream()
                        .map(node -> node.is("Sigmoid")
                                ? new Node(
                                        node.name(),
                                        "HardSigmoid",
                                        "",
                                        node.inputs(),
                                        node.outputs(),
                                        Map.of("alpha", Attribute.of(0.3f), "beta", Attribute.of(2f)),
                                        node.origin())
                                : node)
                        .toList())
                .build());

        assertThat(difference(graph, wrong).first())
                .hasValueSatisfying(layer -> assertThat(layer.node()).isEqualTo("score"));
    }

    @Test
    void theSameClippingBeforeAnotherReaderIsOne() {
        assertThat(difference(logits(false, "Neg"), logits(true, "Neg")).first())
                .hasValueSatisfying(layer -> assertThat(layer.node()).isEqualTo("gain"));
    }

    @Test
    void aGraphEqualsItself() {
        GraphDifference difference = difference(chain(""), chain(""));

        assertThat(difference.quantized()).isFalse();
        assertThat(difference.first()).isEmpty();
        assertThat(difference.tensors())
                .hasSize(7)
                .allSatisfy(layer -> assertThat(layer.sqnrDb()).isInfinite());
    }

    @Test
    void theLayerWhoseWeightsChangedIsNamed() {
        ModelGraph graph = chain("");

        GraphDifference difference = difference(graph, changed(graph, "w3", value -> value * 1.01f));

        assertThat(difference.first()).hasValueSatisfying(layer -> {
            assertThat(layer.node()).isEqualTo("conv3");
            // One per cent.
            assertThat(layer.sqnrDb()).isBetween(39.9, 40.1);
        });
        assertThat(difference.outputs())
                .singleElement()
                .satisfies(output -> assertThat(output.error().sqnrDb()).isBetween(39.0, 41.0));
    }

    @Test
    void tensorsOfOtherNamesArePairedByOperatorAndShape() {
        ModelGraph graph = chain("");

        GraphDifference difference = difference(graph, changed(chain("functional_1/"), "w2", value -> -value));

        assertThat(difference.tensors()).filteredOn(layer -> !layer.byName()).hasSize(6);
        assertThat(difference.first().map(GraphDifference.Layer::node)).hasValue("conv2");
    }

    @Test
    void aSoundQuantizationHasNoLayerThatStandsOut() {
        ModelGraph graph = chain("");

        GraphDifference difference = difference(graph, quantized(graph, 0));

        assertThat(difference.quantized()).isTrue();
        assertThat(difference.unpaired()).isZero();
        assertThat(difference.first()).isEmpty();
        assertThat(difference.outputs().get(0).error().sqnrDb()).isGreaterThan(25);
    }

    @Test
    void theLayerWithAWrongScaleIsNamedNotTheOnesBehindIt() {
        ModelGraph graph = chain("");
        ModelGraph broken = changed(quantized(graph, 0), "r2/scale", value -> value / 8);

        GraphDifference difference = difference(graph, broken);

        assertThat(difference.first().map(GraphDifference.Layer::node)).hasValue("relu2");
        assertThat(difference.tensors())
                .filteredOn(layer -> layer.node().equals("conv4"))
                .singleElement()
                .satisfies(layer -> {
                    assertThat(layer.sqnrDb()).isLessThan(15);
                    assertThat(layer.lossDb()).isLessThan(GraphDifference.LOSS_DB);
                });
    }

    @Test
    void channelsThatWereEqualizedAreComparedUpToTheirFactors() {
        ModelGraph graph = changed(chain(""), "w1", value -> value);
        float[] values = graph.constants().get("w1").toFloats();
        for (int index = 0; index < values.length; index++) {
            values[index] *= (float) Math.pow(3, index / 3);
        }
        ModelGraph skewed = graph.toBuilder()
                .constant("w1", TensorData.ofFloats(Shape.of(6, 3, 1, 1), values))
                .build();

        GraphDifference difference = difference(skewed, quantized(skewed, 1));

        assertThat(difference.tensors())
                .filteredOn(layer -> layer.other().contains("/equalized"))
                .isNotEmpty()
                .allSatisfy(layer -> {
                    assertThat(layer.error()).isEmpty();
                    assertThat(layer.sqnrDb()).isGreaterThan(20);
                });
    }

    @Test
    void channelsLastIsTheSameTensorAsChannelsFirst() {
        float[] values = new float[24];
        for (int index = 0; index < values.length; index++) {
            values[index] = index;
        }
        TensorData last = TensorData.ofFloats(Shape.of(1, 3, 4, 2), values);

        TensorData first = PairError.inOrderOf(Shape.of(1, 2, 3, 4), last);
        TensorData back = PairError.inOrderOf(Shape.of(1, 3, 4, 2), first);

        assertThat(first.floatAt(12)).isEqualTo(1);
        assertThat(back.toFloats()).isEqualTo(values);
    }

    @Test
    void codesOfAnIntegerInputStandForTheSameReals() {
        ModelGraph codes = ShapeInference.infer(ModelGraph.builder("codes")
                .irVersion(8)
                .opset("", 13)
                .input("image", new TensorType(ElementType.UINT8, Shape.of(1, 2)))
                .constant("s", TensorData.ofFloats(Shape.scalar(), 0.5f))
                .constant("z", TensorData.ofBytes(ElementType.UINT8, Shape.scalar(), (byte) 10))
                .node(node("dq", "DequantizeLinear", List.of("image", "s", "z"), "y"))
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(1, 2)))
                .build());
        ModelGraph reals = ShapeInference.infer(ModelGraph.builder("reals")
                .irVersion(8)
                .opset("", 13)
                .input("x", new TensorType(ElementType.FLOAT32, Shape.of(1, 2)))
                .node(new Node(
                        "pass",
                        "LeakyRelu",
                        "",
                        List.of("x"),
                        List.of("y"),
                        Map.of("alpha", Attribute.of(1f)),
                        new Origin("LeakyRelu", "pass", 0)))
                .output("y", new TensorType(ElementType.FLOAT32, Shape.of(1, 2)))
                .build());
        List<Map<String, TensorData>> sample = List.of(Map.of("x", TensorData.ofFloats(Shape.of(1, 2), 3f, -1.5f)));

        GraphDifference difference = new GraphComparison(OnnxRuntimeExecutor.factory(), reals, codes)
                .over(samples -> new ArrayList<>(sample).forEach(samples));

        assertThat(difference.outputs().get(0).error().sqnrDb()).isInfinite();
    }
}
