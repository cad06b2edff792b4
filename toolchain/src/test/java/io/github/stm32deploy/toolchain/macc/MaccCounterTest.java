// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.ShapeInference;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaccCounterTest {
    private static final SdkVersion SDK = SdkVersion.V3_0;

    /** One operator on an input of 1x4x6x8: 192 elements. */
    @ParameterizedTest
    @CsvSource({
        "Relu, 192",
        "LeakyRelu, 192",
        "Sigmoid, 1920",
        "Softmax, 2880",
        "Transpose, 96",
        "GlobalAveragePool, 192",
        "Identity, 0"
    })
    void an_operator_on_one_tensor_has_its_cost_an_element(String operator, long operations) {
        ModelGraph graph =
                graph(1, 4, 6, 8).node(node(operator, List.of("in"), Map.of())).build();

        MaccCount count = MaccCounter.count(ShapeInference.infer(graph), SDK);

        assertThat(count.total()).isEqualTo(operations);
        assertThat(count.of(operator)).isEqualTo(operations);
    }

    @Test
    void a_convolution_has_its_products_and_one_for_each_bias() {
        // 5 channels out of 4, 3x3, stride 2, padded: 5*3*4 outputs of 36 products, 5 biases.
        MaccCount count = MaccCounter.count(convolution(1, 4, 6, 8), SDK);

        assertThat(count.total()).isEqualTo(5 * 3 * 4 * 36 + 5);
    }

    @Test
    void a_normalization_behind_a_convolution_becomes_its_bias_and_one_elsewhere_costs_two_an_element() {
        List<String> parameters = List.of("scale", "shift", "mean", "variance");
        ModelGraph.Builder folded = graph(1, 4, 6, 8)
                .constant("weights", TensorData.ofFloats(Shape.of(4, 4, 1, 1), new float[16]))
                .node(new Node("Conv", "Conv", "", List.of("in", "weights"), List.of("x"), Map.of(), onnx("Conv")))
                .node(normalization("x"));
        ModelGraph.Builder alone = graph(1, 4, 6, 8).node(normalization("in"));
        for (String parameter : parameters) {
            folded.constant(parameter, TensorData.ofFloats(Shape.of(4), new float[4]));
            alone.constant(parameter, TensorData.ofFloats(Shape.of(4), new float[4]));
        }

        assertThat(MaccCounter.count(ShapeInference.infer(folded.build()), SDK).total())
                .isEqualTo(4 * 192 + 4);
        assertThat(MaccCounter.count(ShapeInference.infer(alone.build()), SDK).total())
                .isEqualTo(2 * 192);
    }

    private static Node normalization(String input) {
        return new Node(
                "BatchNormalization",
                "BatchNormalization",
                "",
                List.of(input, "scale", "shift", "mean", "variance"),
                List.of("out"),
                Map.of(),
                onnx("BatchNormalization"));
    }

    @Test
    void what_is_computed_from_constants_alone_costs_nothing() {
        ModelGraph graph = graph(1, 4, 6, 8)
                .constant("a", TensorData.ofFloats(Shape.of(4), 1, 2, 3, 4))
                .node(node("Sigmoid", List.of("a"), Map.of()))
                .node(node("Relu", List.of("in"), Map.of()))
                .build();

        assertThat(MaccCounter.count(ShapeInference.infer(graph), SDK).total()).isEqualTo(192);
    }

    @Test
    void an_open_size_counts_as_one() {
        ModelGraph open = convolution(-1, 4, -1, -1);

        assertThat(MaccCounter.count(open, SDK).total()).isEqualTo(5 * 36 + 5);
        assertThat(MaccCounter.ofOnePixel(convolution(1, 4, 6, 8), SDK, MaccConvention.LAYER_TABLE))
                .hasValueSatisfying(count -> assertThat(count.total()).isEqualTo(5 * 36 + 5));
    }

    @Test
    void another_size_is_counted_on_request() {
        ModelGraph open = convolution(-1, 4, -1, -1);

        assertThat(MaccCounter.countAt(open, Map.of("in", Shape.of(1, 4, 6, 8)), SDK, MaccConvention.LAYER_TABLE)
                        .total())
                .isEqualTo(5 * 3 * 4 * 36 + 5);
        assertThatThrownBy(() -> MaccCounter.countAt(
                        open, Map.of("image", Shape.of(1, 4, 6, 8)), SDK, MaccConvention.LAYER_TABLE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("image");
    }

    @Test
    void generated_c_turns_the_layout_of_an_onnx_graph_at_its_ends() {
        ModelGraph graph = convolution(1, 4, 6, 8);

        long table = MaccCounter.count(graph, SDK).total();
        long generated =
                MaccCounter.count(graph, SDK, MaccConvention.GENERATED_C).total();

        assertThat(generated).isEqualTo(table + 192 / 2 + 5 * 3 * 4 / 2);
    }

    @Test
    void generated_c_fuses_the_relu_of_an_int8_layer_and_converts_nothing_inside() {
        ModelGraph graph = graph(1, 4, 6, 8)
                .constant("scale", TensorData.ofFloats(Shape.scalar(), 0.1f))
                .constant("zero", TensorData.ofBytes(ElementType.INT8, Shape.scalar(), (byte) 0))
                .node(new Node(
                        "q1",
                        "QuantizeLinear",
                        "",
                        List.of("in", "scale", "zero"),
                        List.of("i1"),
                        Map.of(),
                        onnx("QuantizeLinear")))
                .node(new Node(
                        "d1",
                        "DequantizeLinear",
                        "",
                        List.of("i1", "scale", "zero"),
                        List.of("f1"),
                        Map.of(),
                        onnx("DequantizeLinear")))
                .node(new Node("relu", "Relu", "", List.of("f1"), List.of("f2"), Map.of(), onnx("Relu")))
                .node(new Node(
                        "q2",
                        "QuantizeLinear",
                        "",
                        List.of("f2", "scale", "zero"),
                        List.of("out"),
                        Map.of(),
                        onnx("QuantizeLinear")))
                .build();

        MaccCount table = MaccCounter.count(ShapeInference.infer(graph), SDK);
        MaccCount generated = MaccCounter.count(ShapeInference.infer(graph), SDK, MaccConvention.GENERATED_C);

        assertThat(table.byNode()).containsEntry("q1", 384L).containsEntry("relu", 192L);
        assertThat(generated.byNode()).isEmpty();
    }

    private static ModelGraph convolution(long... shape) {
        return ShapeInference.infer(graph(shape)
                .constant("weights", TensorData.ofFloats(Shape.of(5, 4, 3, 3), new float[5 * 36]))
                .constant("bias", TensorData.ofFloats(Shape.of(5), new float[5]))
                .node(node(
                        "Conv",
                        List.of("in", "weights", "bias"),
                        Map.of("strides", Attribute.ofInts(2, 2), "pads", Attribute.ofInts(1, 1, 1, 1))))
                .build());
    }

    private static ModelGraph.Builder graph(long... shape) {
        return ModelGraph.builder("small")
                .opset("", 17)
                .input("in", new TensorType(ElementType.FLOAT32, Shape.of(shape)))
                .output("out", new TensorType(ElementType.FLOAT32, Shape.of(-1, -1, -1, -1)));
    }

    private static Node node(String operator, List<String> inputs, Map<String, Attribute> attributes) {
        String output = inputs.get(0).equals("in") ? "out" : operator + "/out";
        return new Node(operator, operator, "", inputs, List.of(output), attributes, onnx(operator));
    }

    private static Origin onnx(String operator) {
        return new Origin(operator, operator, 0);
    }
}
