// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Our import of a TFLite file, executed in ONNX Runtime without optimisation, against outputs of the TFLite interpreter.
 *
 * <p>Float models agree to 1e-4 of the largest value. Quantized ones compute in other arithmetic there (fixed point), and a
 * difference of one quantum in an early layer grows from layer to layer: for them the difference that was found is recorded
 * in {@code import-accuracy.json} and must not grow.
 */
class TfliteAgainstInterpreterTest {
    private static final JsonNode EXPECTED = resource("interpreter-outputs.json");
    private static final JsonNode RECORDED = resource("import-accuracy.json");

    @TestFactory
    Stream<DynamicTest> importedModelComputesWhatTheInterpreterComputes() {
        SharedModels.folder();
        return StreamSupport.stream(EXPECTED.get("models").spliterator(), false)
                .filter(model -> RECORDED.has(model.get("file").asText()))
                .map(model -> DynamicTest.dynamicTest(model.get("file").asText(), () -> compare(model)));
    }

    private static void compare(JsonNode model) {
        String file = model.get("file").asText();
        List<Difference> found = differences(model);
        JsonNode recorded = RECORDED.get(file);
        assertThat(recorded).hasSameSizeAs(found);
        for (int output = 0; output < found.size(); output++) {
            Difference difference = found.get(output);
            String text = file + " " + difference;
            // Another processor may round a few values the other way, hence the margins.
            if (difference.quantized()) {
                assertThat(difference.worst())
                        .as(text)
                        .isLessThanOrEqualTo(recorded.get(output).get("worst").asDouble() + 1);
                assertThat(difference.exactShare())
                        .as(text)
                        .isGreaterThanOrEqualTo(
                                recorded.get(output).get("exact").asDouble() - 0.05);
            } else {
                double limit = recorded.get(output).get("worst").asDouble();
                assertThat(difference.worst()).as(text).isCloseTo(0, within(Math.max(1e-4, limit * 1.1)));
            }
        }
    }

    /**
     * @param worst largest difference: quanta of an integer output, share of the largest value of a float output
     * @param exactShare share of the values that are equal
     */
    record Difference(boolean quantized, double worst, double exactShare) {
        @Override
        public String toString() {
            return quantized
                    ? String.format(Locale.ROOT, "{\"worst\":%.0f,\"exact\":%.3f}", worst, exactShare)
                    : String.format(Locale.ROOT, "{\"worst\":%.1e,\"exact\":%.3f}", worst, exactShare);
        }
    }

    static List<Difference> differences(JsonNode model) {
        ModelGraph graph =
                ModelFile.open(SharedModels.file(model.get("file").asText())).graph();
        Map<String, TensorData> inputs = new LinkedHashMap<>();
        int seed = 1;
        for (GraphValue input : graph.inputs()) {
            inputs.put(input.name(), GeneratedInputs.of(input.type(), seed++));
        }
        Map<String, TensorData> values;
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            values = executor.run(inputs);
        }
        List<Difference> differences = new ArrayList<>();
        for (int index = 0; index < model.get("outputs").size(); index++) {
            JsonNode expected = model.get("outputs").get(index);
            TensorData actual = values.get(graph.outputs().get(index).name());
            assertThat(graph.outputs().get(index).name())
                    .isEqualTo(expected.get("name").asText());
            assertThat(actual.element().name()).isEqualTo(expected.get("type").asText());
            long[] shape = StreamSupport.stream(expected.get("shape").spliterator(), false)
                    .mapToLong(JsonNode::asLong)
                    .toArray();
            assertThat(actual.shape()).isEqualTo(Shape.of(shape));
            differences.add(difference(expected, actual));
        }
        return differences;
    }

    private static Difference difference(JsonNode expected, TensorData actual) {
        boolean quantized = !actual.element().isFloatingPoint();
        double scale = quantized ? 1 : Math.max(1e-9, expected.get("largest").asDouble());
        double worst = 0;
        int equal = 0;
        JsonNode values = expected.get("values");
        for (int index = 0; index < values.size(); index++) {
            float value = actual.floatAt(index * expected.get("stride").asInt());
            double difference = Math.abs(value - values.get(index).asDouble()) / scale;
            worst = Math.max(worst, difference);
            equal += difference <= 1e-6 ? 1 : 0;
        }
        return new Difference(quantized, worst, equal / (double) values.size());
    }

    private static JsonNode resource(String name) {
        try (InputStream in = TfliteAgainstInterpreterTest.class.getResourceAsStream(name)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** Prints a new import-accuracy.json; run by hand after a change that is meant to change the figures. */
    public static void main(String[] arguments) {
        List<String> lines = new ArrayList<>();
        for (JsonNode model : EXPECTED.get("models")) {
            try {
                lines.add("\"" + model.get("file").asText() + "\":" + differences(model));
            } catch (RuntimeException | AssertionError notCovered) {
                System.err.println(model.get("file").asText() + ": " + notCovered.getMessage());
            }
        }
        System.out.println("{\n" + String.join(",\n", lines) + "\n}");
    }
}
