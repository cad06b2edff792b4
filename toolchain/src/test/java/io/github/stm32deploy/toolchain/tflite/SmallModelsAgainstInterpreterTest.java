// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.stm32deploy.toolchain.model.Attribute;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Small TFLite models in forms that the collection of real models lacks (sparse weights, 4-bit weights, control flow, many
 * operators), made by {@code make-small-models.py} and executed by the TFLite interpreter: our import makes the same numbers.
 */
class SmallModelsAgainstInterpreterTest {
    private static final JsonNode MODELS = models();

    @TestFactory
    Stream<DynamicTest> importedModelComputesWhatTheInterpreterComputes() {
        return StreamSupport.stream(MODELS.spliterator(), false)
                .filter(model -> !model.get("tolerance").isNull())
                .map(model -> DynamicTest.dynamicTest(model.get("name").asText(), () -> compare(model)));
    }

    private static void compare(JsonNode model) {
        ModelGraph graph = read(model).graph();
        assertThat(graph.nodes()).extracting(Node::domain).containsOnly("");
        Map<String, TensorData> inputs = new LinkedHashMap<>();
        int seed = 1;
        for (GraphValue input : graph.inputs()) {
            inputs.put(input.name(), GeneratedInputs.of(input.type(), seed++));
        }
        Map<String, TensorData> values;
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            values = executor.run(inputs);
        }
        for (int index = 0; index < model.get("outputs").size(); index++) {
            JsonNode expected = model.get("outputs").get(index);
            TensorData actual = values.get(expected.get("name").asText());
            long[] shape = StreamSupport.stream(expected.get("shape").spliterator(), false)
                    .mapToLong(JsonNode::asLong)
                    .toArray();
            assertThat(actual.shape()).isEqualTo(Shape.of(shape));
            assertClose(expected.get("values"), actual, model.get("tolerance").asDouble());
        }
    }

    private static void assertClose(JsonNode expected, TensorData actual, double tolerance) {
        boolean quantized = switch (actual.element()) {
            case INT8, UINT8, INT16 -> true;
            default -> false;
        };
        double largest = 0;
        for (JsonNode value : expected) {
            largest = Math.max(largest, Math.abs(value.asDouble()));
        }
        double allowed = quantized ? 1 : actual.element() == ElementType.FLOAT32 ? tolerance * largest : 0;
        for (int index = 0; index < expected.size(); index++) {
            double difference =
                    Math.abs(actual.floatAt(index) - expected.get(index).asDouble());
            assertThat(difference).as("element %d", index).isLessThanOrEqualTo(allowed);
        }
    }

    @Test
    void theBodiesOfControlFlowAreGraphsOfTheirNode() {
        TfliteReader.Content choice = read("IF with two bodies");
        Node node = choice.graph().nodes().get(0);
        assertThat(node.operator()).isEqualTo("IF");
        assertThat(node.domain()).isEqualTo("tflite");
        assertThat(body(node, "then_branch").nodes()).extracting(Node::operator).containsExactly("Exp");
        assertThat(body(node, "else_branch").nodes()).extracting(Node::operator).containsExactly("Neg");
        assertThat(choice.others()).extracting(ModelGraph::name).containsExactly("then", "else");
    }

    @Test
    void aSignatureKeepsTheNamesOfItsAuthor() {
        TfliteReader.Content loop = read("WHILE with a signature");
        assertThat(body(loop.graph().nodes().get(0), "body").nodes()).hasSize(2);
        assertThat(loop.signatures()).hasSize(1);
        assertThat(loop.signatures().get(0).key()).isEqualTo("serving_default");
        assertThat(loop.signatures().get(0).inputs())
                .containsExactly(Map.entry("count", "x0"), Map.entry("values", "x1"));
        assertThat(loop.signatures().get(0).outputs())
                .containsExactly(Map.entry("counted", "y0"), Map.entry("doubled", "y1"));
    }

    private static ModelGraph body(Node node, String attribute) {
        return ((Attribute.GraphValue) node.attributes().get(attribute)).value();
    }

    private static TfliteReader.Content read(String name) {
        return StreamSupport.stream(MODELS.spliterator(), false)
                .filter(model -> model.get("name").asText().equals(name))
                .map(SmallModelsAgainstInterpreterTest::read)
                .findFirst()
                .orElseThrow();
    }

    private static TfliteReader.Content read(JsonNode model) {
        byte[] bytes = Base64.getDecoder().decode(model.get("model").asText());
        return TfliteReader.readAll(ByteBuffer.wrap(bytes), Path.of("small.tflite"));
    }

    private static JsonNode models() {
        try (InputStream in = SmallModelsAgainstInterpreterTest.class.getResourceAsStream("small-models.json")) {
            return new ObjectMapper().readTree(in).get("models");
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
