// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.benchmark.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.benchmark.network.MobileNets.Rounding;
import io.github.stm32deploy.toolchain.benchmark.network.NetworkBuilder.Flavour;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The graphs are the published networks: their parameter counts are those that the authors' code prints. */
class NetworkBuilderTest {
    private static final Flavour ONNX = Flavour.ONNX;

    static Stream<Arguments> counts() {
        return Stream.of(
                // pytorchcv (osmr/imgclsmob), the assertions at the end of each model file.
                Arguments.of(MobileNets.v1(ONNX, 1, 224, 1000), 4_231_976L),
                Arguments.of(MobileNets.v1(ONNX, 0.75, 224, 1000), 2_585_560L),
                Arguments.of(MobileNets.v1(ONNX, 0.5, 224, 1000), 1_331_592L),
                Arguments.of(MobileNets.v1(ONNX, 0.25, 224, 1000), 470_072L),
                Arguments.of(MobileNets.fastDown(ONNX, 1, 224, 1000), 2_901_288L),
                Arguments.of(MobileNets.fastDown(ONNX, 0.75, 224, 1000), 1_833_304L),
                Arguments.of(MobileNets.fastDown(ONNX, 0.5, 224, 1000), 993_928L),
                Arguments.of(MobileNets.fastDown(ONNX, 0.25, 224, 1000), 383_160L),
                // There the classifier has no bias: 1000 fewer.
                Arguments.of(MobileNets.v2(ONNX, 1, Rounding.DOWN, true, 224, 224, 1000), 3_504_960L + 1000),
                Arguments.of(MobileNets.v2(ONNX, 0.75, Rounding.DOWN, true, 224, 224, 1000), 2_627_592L + 1000),
                Arguments.of(MobileNets.v2(ONNX, 0.5, Rounding.DOWN, true, 224, 224, 1000), 1_964_736L + 1000),
                Arguments.of(MobileNets.v2(ONNX, 0.25, Rounding.DOWN, true, 224, 224, 1000), 1_516_392L + 1000),
                // torchvision, mobilenet_v2.
                Arguments.of(MobileNets.v2(ONNX, 1, Rounding.TO_EIGHT, false, 224, 224, 1000), 3_504_872L),
                // torchvision, squeezenet1_0 and squeezenet1_1.
                Arguments.of(Classifiers.squeezeNet10(ONNX, 224, 1000), 1_248_424L),
                Arguments.of(Classifiers.squeezeNet11(ONNX, 224, 1000), 1_235_496L),
                Arguments.of(Classifiers.darkNetTiny(ONNX, 224, 1000), 1_042_104L),
                Arguments.of(Classifiers.mnasNetB1(ONNX, 1, 224, 1000), 4_383_312L),
                // torchvision, mnasnet0_5.
                Arguments.of(Classifiers.mnasNetB1(ONNX, 0.5, 224, 1000), 2_218_512L),
                Arguments.of(Classifiers.proxylessMobile(ONNX, 224, 1000), 4_080_512L),
                Arguments.of(Classifiers.harDNet39ds(ONNX, 224, 1000), 3_488_228L),
                Arguments.of(DeepLayerAggregation.dla46c(ONNX, 224, 1000), 1_301_400L),
                Arguments.of(DeepLayerAggregation.dla46xc(ONNX, 224, 1000), 1_068_440L),
                Arguments.of(DeepLayerAggregation.dla60xc(ONNX, 224, 1000), 1_319_832L),
                // Keras applications, trainable parameters of ResNet50V2.
                Arguments.of(Classifiers.resNet50v2(Flavour.TFLITE, 224, 1000), 25_568_360L));
    }

    @ParameterizedTest
    @MethodSource("counts")
    void parameters_are_those_of_the_published_network(NetworkBuilder network, long parameters) {
        assertThat(network.parameters()).isEqualTo(parameters);
    }

    static Stream<NetworkBuilder> networks() {
        Flavour lite = Flavour.TFLITE;
        return Stream.of(
                MobileNets.v1(lite, 0.25, 96, 2),
                MobileNets.v2(lite, 0.35, Rounding.TO_EIGHT, false, 256, 128, 128),
                Classifiers.squeezeNet11(lite, 128, 101),
                Classifiers.squeezeNet10(ONNX, 224, 1000),
                Classifiers.resNet50v2(lite, 224, 101),
                Classifiers.efficientNet(ONNX, 0.45, 3, 128, 101),
                Classifiers.harDNet39ds(ONNX, 224, 1000),
                DeepLayerAggregation.dla60xc(ONNX, 224, 1000),
                Detectors.tinyYolo2(lite, 416, 512, 1),
                Detectors.yoloLc(lite, 192, 1),
                Detectors.ssdMobileNet1(ONNX, 300, true, 21),
                Detectors.deepLab3(ONNX, 0.5, 416, 2),
                YoloX.network(lite, 0.33, 0.25, 192, 1));
    }

    /** What the builder kept of each map's size agrees with the rules of ONNX, which the graph was inferred by. */
    @ParameterizedTest
    @MethodSource("networks")
    void every_tensor_has_a_static_shape(NetworkBuilder network) {
        ModelGraph graph = network.build();
        for (Node node : graph.nodes()) {
            for (String tensor : node.outputs()) {
                assertThat(graph.type(tensor))
                        .as(tensor)
                        .hasValueSatisfying(
                                type -> assertThat(type.shape().isStatic()).isTrue());
            }
        }
        graph.outputs().forEach(output -> {
            long[] shape = output.type().shape().toArray();
            assertThat(shape[1]).as(output.name()).isEqualTo(network.channels(output.name()));
            assertThat(shape.length < 3 ? 1 : shape[2]).as(output.name()).isEqualTo(network.rows(output.name()));
        });
    }

    /** st_yolo_x_nano_480_1.0_0.25_3_st_int8.tflite of the zoo has 186 convolutions with 1,139,414 weights and biases. */
    @Test
    void yolo_x_is_the_network_of_the_zoos_file() {
        ModelGraph graph = YoloX.network(Flavour.TFLITE, 1, 0.25, 480, 1).build();
        assertThat(graph.nodes()).filteredOn(node -> node.is("Conv")).hasSize(186);
        long parameters = graph.nodes().stream()
                .filter(node -> node.is("Conv"))
                .flatMap(node -> node.inputs().stream().skip(1))
                .mapToLong(tensor -> graph.type(tensor).orElseThrow().shape().elements())
                .sum();
        assertThat(parameters).isEqualTo(1_139_414);
    }

    @Test
    void tflite_flavour_has_the_layout_of_the_file_at_its_input() {
        ModelGraph graph = MobileNets.v1(Flavour.TFLITE, 0.25, 96, 2).build();
        assertThat(graph.inputs().get(0).type().shape()).hasToString("1x96x96x3");
        assertThat(graph.nodes())
                .anyMatch(node -> node.is("Transpose") && node.origin().index() == -1);
    }
}
