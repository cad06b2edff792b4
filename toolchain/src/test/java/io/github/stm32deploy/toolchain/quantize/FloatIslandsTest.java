// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.diagnose.Diagnosis;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.parity.TensorError;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is left float in a partly quantized graph gets codes; what has codes keeps them. */
class FloatIslandsTest {
    private static ModelGraph network() {
        return new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .noise("w1", 4, 3, 1, 1)
                .noise("b1", 4)
                .noise("w2", 4, 4, 1, 1)
                .noise("b2", 4)
                .noise("w3", 2, 4, 1, 1)
                .scalar("half", 0.5f)
                .node("Conv", List.of("x", "w1", "b1"), "c1")
                .node("Relu", List.of("c1"), "r1")
                .node("Elu", List.of("r1"), "e")
                .node("Mul", List.of("e", "half"), "m")
                .node("Conv", List.of("m", "w2", "b2"), "c2")
                .node("Relu", List.of("c2"), "r2")
                .node("Conv", List.of("r2", "w3"), "y")
                .output("y", 1, 2, 8, 8)
                .build();
    }

    private static ModelGraph partly(ModelGraph graph, String... excluded) {
        return new Quantizer(SmallGraph.EXECUTORS)
                .quantize(QuantizeRequest.of(graph, SmallGraph.noiseFor(graph)).withExcludedNodes(Set.of(excluded)))
                .graph();
    }

    private static Map<String, TensorData> sample(ModelGraph graph) {
        List<CalibrationSample> samples = new ArrayList<>();
        SmallGraph.noiseFor(graph).forEach(1, samples::add, skipped -> {});
        return samples.get(0).inputs();
    }

    private static void assertEverythingReadsCodes(ModelGraph graph) {
        for (Node node : graph.nodes()) {
            boolean pair = OperatorRules.isQuantizationOperator(node);
            boolean clamp = node.is("Relu");
            if (!pair && !clamp) {
                assertThat(graph.producer(node.input(0)).map(Node::operator))
                        .as(node.name())
                        .contains("DequantizeLinear");
            }
        }
    }

    @Test
    void nodesThatWereLeftOutGetCodes() {
        ModelGraph partly = partly(network(), "Elu_e", "Mul_m", "Conv_c2", "Relu_r2");

        QuantizedModel model = SmallGraph.quantize(partly);

        assertThat(model.alreadyQuantized()).isFalse();
        assertThat(model.diagnoses()).extracting(Diagnosis::code).contains("QUANT-ISLANDS");
        assertEverythingReadsCodes(model.graph());
        assertThat(model.graph().nodes()).filteredOn(node -> node.is("Elu")).hasSize(1);
        assertThat(model.outputs().get("y").sqnrDb()).isGreaterThan(25);
    }

    @Test
    void whatHadCodesKeepsThemBitForBit() {
        ModelGraph partly = partly(network(), "Elu_e", "Mul_m", "Conv_c2", "Relu_r2");

        ModelGraph whole = SmallGraph.quantize(partly).graph();

        partly.constants().forEach((name, value) -> {
            if (name.startsWith("w1") || name.startsWith("b1") || name.startsWith("r1") || name.startsWith("y/")) {
                assertThat(whole.constants()).containsKey(name);
                assertThat(whole.constants().get(name).bytes()).as(name).isEqualTo(value.bytes());
            }
        });
        try (GraphExecutor before = SmallGraph.EXECUTORS.open(partly, List.of("r1"));
                GraphExecutor after = SmallGraph.EXECUTORS.open(whole, List.of("r1"))) {
            TensorData codes = before.run(sample(partly)).get("r1");
            assertThat(TensorError.between(codes, after.run(sample(partly)).get("r1"))
                            .maxAbsError())
                    .isZero();
        }
    }

    @Test
    void aFirstLayerThatWasFloatReadsTheInputWithItsOwnCodes() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .noise("w1", 4, 3, 1, 1)
                .noise("w2", 4, 3, 1, 1)
                .node("Conv", List.of("x", "w1"), "a")
                .node("Conv", List.of("x", "w2"), "b")
                .node("Add", List.of("a", "b"), "y")
                .output("y", 1, 4, 8, 8)
                .build();

        ModelGraph whole = SmallGraph.quantize(partly(graph, "Conv_a")).graph();

        assertEverythingReadsCodes(whole);
        assertThat(whole.consumers("x")).hasSize(1);
    }

    @Test
    void excludedNodesStayFloat() {
        ModelGraph partly = partly(network(), "Elu_e", "Mul_m");

        QuantizedModel model = new Quantizer(SmallGraph.EXECUTORS)
                .quantize(QuantizeRequest.of(partly, SmallGraph.noiseFor(partly))
                        .withExcludedNodes(Set.of("Elu_e", "Mul_m")));

        assertThat(model.alreadyQuantized()).isTrue();
        assertThat(model.graph()).isSameAs(partly);
    }

    @Test
    void accuracyIsRecoveredInTheRestOnly() {
        ModelGraph partly = partly(network(), "Elu_e", "Mul_m", "Conv_c2", "Relu_r2");

        QuantizedModel model = new Quantizer(SmallGraph.EXECUTORS)
                .quantize(
                        QuantizeRequest.of(partly, SmallGraph.noiseFor(partly)).withEffort(1));

        assertThat(model.steps())
                .isNotEmpty()
                .allSatisfy(step -> assertThat(step.nodes()).doesNotContain("Conv_c1", "Conv_y"));
        assertThat(model.graph().constants().get("w1/quantized").bytes())
                .isEqualTo(partly.constants().get("w1/quantized").bytes());
    }

    @Test
    void unsignedCodesAreNotMixedWithOurs() {
        ModelGraph graph = new SmallGraph(13)
                .input("x", 1, 3, 8, 8)
                .scalar("scale", 0.1f)
                .constant("zero", TensorData.ofBytes(ElementType.UINT8, Shape.scalar(), (byte) 5))
                .node("QuantizeLinear", List.of("x", "scale", "zero"), "q")
                .node("DequantizeLinear", List.of("q", "scale", "zero"), "d")
                .node("Elu", List.of("d"), "y", Map.of("alpha", Attribute.of(1f)))
                .output("y", 1, 3, 8, 8)
                .build();

        assertThat(SmallGraph.quantize(graph).alreadyQuantized()).isTrue();
    }
}
