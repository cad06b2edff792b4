// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SensitivityMeasurementTest {
    /** Three pointwise convolutions; in the second one large weight that meets a silent input makes all others coarse. */
    private static ModelGraph graph() {
        float[] first = new float[8 * 3];
        Arrays.fill(first, 0.5f);
        // The last channel is always 0.
        Arrays.fill(first, 21, 24, 0);
        float[] coarse = new float[8 * 8];
        for (int index = 0; index < coarse.length; index++) {
            coarse[index] = index % 8 == 7 ? 100 : 0.1f + 0.01f * (index % 7);
        }
        return new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .constant("w1", TensorData.ofFloats(Shape.of(8, 3, 1, 1), first))
                .constant("w2", TensorData.ofFloats(Shape.of(8, 8, 1, 1), coarse))
                .noise("w3", 4, 8, 1, 1)
                .node("Conv", List.of("x", "w1"), "a")
                .node("Relu", List.of("a"), "ar")
                .node("Conv", List.of("ar", "w2"), "b")
                .node("Relu", List.of("b"), "br")
                .node("Conv", List.of("br", "w3"), "y")
                .output("y", 1, 4, 8, 8)
                .build();
    }

    private static QuantizedModel measured() {
        ModelGraph graph = graph();
        return new Quantizer(SmallGraph.EXECUTORS)
                .quantize(QuantizeRequest.of(graph, SmallGraph.noiseFor(graph)), true);
    }

    @Test
    void theLayerWithCoarseWeightsIsFirst() {
        QuantizedModel model = measured();

        assertThat(model.sensitivity()).hasSize(3);
        LayerSensitivity worst = model.sensitivity().get(0);
        assertThat(worst.node()).isEqualTo("Conv_b");
        assertThat(worst.excluded()).containsExactly("Conv_b", "Relu_br");
        assertThat(worst.gainDb()).isGreaterThan(6);
        assertThat(model.sensitivity().subList(1, 3))
                .allSatisfy(other -> assertThat(other.aloneDb()).isGreaterThan(worst.aloneDb() + 6));
    }

    @Test
    void theGainIsWhatExcludingTheLayerGives() {
        ModelGraph graph = graph();
        LayerSensitivity worst = measured().sensitivity().get(0);
        QuantizeRequest request = QuantizeRequest.of(graph, SmallGraph.noiseFor(graph));

        double before = new Quantizer(SmallGraph.EXECUTORS)
                .quantize(request)
                .outputs()
                .get("y")
                .sqnrDb();
        double after = new Quantizer(SmallGraph.EXECUTORS)
                .quantize(request.withExcludedNodes(Set.copyOf(worst.excluded())))
                .outputs()
                .get("y")
                .sqnrDb();

        assertThat(after - before).isCloseTo(worst.gainDb(), offset(0.01));
    }

    @Test
    void theGraphOfASuggestionHasTheFloatWeights() {
        LayerSensitivity worst = measured().sensitivity().get(0);

        assertThat(worst.floatThere()).hasValueSatisfying(graph -> {
            Node layer = graph.nodes().stream()
                    .filter(node -> node.name().equals("Conv_b"))
                    .findFirst()
                    .orElseThrow();
            assertThat(layer.input(1)).isEqualTo("w2");
        });
    }

    @Test
    void nothingIsMeasuredUnasked() {
        assertThat(SmallGraph.quantize(graph()).sensitivity()).isEmpty();
    }
}
