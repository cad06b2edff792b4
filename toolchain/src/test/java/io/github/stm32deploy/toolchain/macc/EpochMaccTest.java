// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.macc;

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
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The third figure called macc: half the operations of the epochs, as the summary of Core 4.0 prints it. */
class EpochMaccTest {
    private static final int LOWEST = -128;

    /** Int8 QDQ networks of weights that are zeros: only shapes and zero points count. */
    private static final class Network {
        private final ModelGraph.Builder builder = ModelGraph.builder("network").opset("", 13);
        private final List<String> names = new ArrayList<>();

        Network(long... input) {
            builder.input("x", new TensorType(ElementType.FLOAT32, Shape.of(input)));
            builder.constant("scale", TensorData.ofFloats(Shape.scalar(), new float[] {0.05f}));
            for (int code : List.of(LOWEST, -5, 0)) {
                builder.constant(
                        zero(code), TensorData.ofBytes(ElementType.INT8, Shape.scalar(), new byte[] {(byte) code}));
            }
        }

        private static String zero(int code) {
            return "zero" + code;
        }

        private String node(String operator, List<String> inputs, Map<String, Attribute> attributes) {
            String name = operator + names.size();
            names.add(name);
            builder.node(new Node(
                    name, operator, "", inputs, List.of(name), attributes, new Origin(operator, name, names.size())));
            return name;
        }

        String quantized(String tensor, int zeroPoint) {
            String codes = node("QuantizeLinear", List.of(tensor, "scale", zero(zeroPoint)), Map.of());
            return node("DequantizeLinear", List.of(codes, "scale", zero(zeroPoint)), Map.of());
        }

        String conv(String tensor, int stride, long groups, int zeroPoint, long... weights) {
            String name = "weights" + names.size();
            int size = Math.toIntExact(Shape.of(weights).elements());
            builder.constant(name, TensorData.ofBytes(ElementType.INT8, Shape.of(weights), new byte[size]));
            String values = node("DequantizeLinear", List.of(name, "scale", zero(0)), Map.of());
            long pad = weights[2] / 2;
            String made = node(
                    "Conv",
                    List.of(tensor, values),
                    Map.of(
                            "pads", Attribute.ofInts(pad, pad, pad, pad),
                            "strides", Attribute.ofInts(stride, stride),
                            "group", Attribute.of(groups)));
            return quantized(made, zeroPoint);
        }

        /** An operator without weights, in int8. */
        String plain(String operator, int zeroPoint, String... inputs) {
            return quantized(node(operator, List.of(inputs), Map.of()), zeroPoint);
        }

        MaccCount count(String output) {
            ModelGraph graph = builder.output(output, new TensorType(ElementType.FLOAT32, Shape.of(-1, -1, -1, -1)))
                    .build();
            return MaccCounter.count(ShapeInference.infer(graph), SdkVersion.V4_0, MaccConvention.EPOCHS);
        }
    }

    /**
     * 64x64x3, one convolution, mean over the map: figures that Core 4.0.0 printed (Magnus3327/stm32n6-edge-ai-benchmarks,
     * Output/Output_Baseline/AI STUDIO).
     */
    @ParameterizedTest
    @CsvSource({
        "1, 32, 458752",
        "3, 16, 1802240",
        "3, 32, 3604480",
        "3, 64, 7208960",
        "5, 32, 9961472",
        "7, 32, 19660800"
    })
    void a_single_convolution_has_the_printed_figure(int window, int filters, long printed) {
        Network network = new Network(1, 3, 64, 64);
        String map = network.conv(network.quantized("x", 0), 1, 1, LOWEST, filters, 3, window, window);
        assertThat(network.count(network.plain("GlobalAveragePool", LOWEST, map))
                        .total())
                .isEqualTo(printed);
    }

    @Test
    void a_depthwise_convolution_has_the_printed_figure() {
        Network network = new Network(1, 3, 64, 64);
        String map = network.conv(network.quantized("x", 0), 1, 3, LOWEST, 3, 1, 3, 3);
        assertThat(network.count(network.plain("GlobalAveragePool", LOWEST, map))
                        .total())
                .isEqualTo(116_736);
    }

    /** Core 3.0.0 lists 1,867,776 operations for the epoch of such a convolution over 48 maps of 64x64 (c_info of MobileNetV2). */
    @Test
    void a_depthwise_convolution_at_stride_2_counts_its_empty_channels() {
        Network network = new Network(1, 48, 64, 64);
        String map = network.conv(network.quantized("x", 0), 2, 48, LOWEST, 48, 1, 3, 3);
        MaccCount count = network.count(network.conv(map, 1, 1, -5, 16, 48, 1, 1));
        long pointwise = 1024 * 16 * 48 + 1024 * 16 / 2;
        assertThat(count.total() - pointwise).isEqualTo(1_867_776 / 2);
    }

    @Test
    void what_a_convolution_reads_unsigned_is_shifted_once() {
        long signed = twoReaders(-5);
        assertThat(twoReaders(LOWEST) - signed).isEqualTo(8 * 8 * 8 / 2);
    }

    private static long twoReaders(int zeroPoint) {
        Network network = new Network(1, 3, 8, 8);
        String map = network.conv(network.quantized("x", 0), 1, 1, zeroPoint, 8, 3, 3, 3);
        String one = network.conv(map, 1, 1, -5, 8, 8, 1, 1);
        String other = network.conv(map, 1, 1, -5, 8, 8, 1, 1);
        return network.count(network.plain("Add", -5, one, other)).total();
    }

    /** Attention of YOLO11n: 399,666,001 is printed, which leaves no room for biases of products of two activations. */
    @Test
    void a_product_of_two_activations_has_no_bias() {
        Network network = new Network(1, 2, 49, 49);
        String map = network.quantized("x", 0);
        assertThat(network.count(network.plain("MatMul", -5, map, map)).total()).isEqualTo(2 * 49 * 49 * 49);
    }

    @ParameterizedTest
    @EnumSource(SdkVersion.class)
    void the_version_selects_what_its_summary_counts(SdkVersion sdk) {
        assertThat(MaccConvention.ofLayerTable(sdk)).isEqualTo(MaccConvention.LAYER_TABLE);
        assertThat(MaccConvention.ofSummary(sdk))
                .isEqualTo(sdk == SdkVersion.V4_0 ? Optional.of(MaccConvention.EPOCHS) : Optional.empty());
    }
}
