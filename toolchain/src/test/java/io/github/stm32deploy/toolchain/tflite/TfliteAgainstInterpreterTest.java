// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Our import of each TFLite file whose operators ONNX can express, against outputs of the TFLite interpreter.
 *
 * <p>Float models agree to 1e-4 of the largest value. Quantized ones are proven operator by operator ({@link
 * OperatorChainTest}, {@link OperatorsAgainstInterpreterTest}); in a whole model a single rounding to the other side in an early layer grows from layer to
 * layer, and so does the difference between two kernel sets of the interpreter itself. Models of dynamic range agree to 1e-4 with
 * the interpreter on the same weights stored as float32. For both, the difference to the file as it is is recorded in {@code
 * import-accuracy.json} and must not grow.
 */
class TfliteAgainstInterpreterTest {
    private static final JsonNode EXPECTED = MeaningPage.resource("interpreter-outputs.json");
    private static final JsonNode RECORDED = MeaningPage.resource("import-accuracy.json");

    @TestFactory
    Stream<DynamicTest> importedModelComputesWhatTheInterpreterComputes() {
        SharedModels.folder();
        return StreamSupport.stream(EXPECTED.get("models").spliterator(), false)
                .filter(model -> RECORDED.get("models").has(model.get("file").asText()))
                .map(model -> DynamicTest.dynamicTest(model.get("file").asText(), () -> compare(model)));
    }

    private static void compare(JsonNode model) {
        String file = model.get("file").asText();
        List<WholeModelAgreement.Output> found = WholeModelAgreement.outputs(SharedModels.file(file), model);
        JsonNode recorded = RECORDED.get("models").get(file);
        boolean floats = recorded.get("arithmetic").asText().equals(WholeModelAgreement.Arithmetic.FLOAT.name());
        assertThat(recorded.get("outputs")).hasSameSizeAs(found);
        for (int index = 0; index < found.size(); index++) {
            WholeModelAgreement.Output output = found.get(index);
            double worst = recorded.get("outputs").get(index).get("worst").asDouble();
            double exact = recorded.get("outputs").get(index).get("exact").asDouble();
            String text = file + " " + output;
            if (floats) {
                assertThat(output.worst()).as(text).isLessThanOrEqualTo(1e-4);
            } else if (output.quantized()) {
                // Another processor may round a few values the other way, hence the margins.
                assertThat(output.worst()).as(text).isLessThanOrEqualTo(worst <= 1 ? 1 : worst + 1);
                assertThat(output.exactShare()).as(text).isGreaterThanOrEqualTo(exact - 0.05);
            } else {
                assertThat(output.worst()).as(text).isLessThanOrEqualTo(Math.max(1e-4, worst * 1.1));
            }
            if (recorded.get("arithmetic").asText().equals(WholeModelAgreement.Arithmetic.DYNAMIC_RANGE.name())) {
                assertThat(output.worstOfFloatWeights()).as(text).isLessThanOrEqualTo(1e-4);
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> everyFileThatOnnxCanExpressIsCompared() {
        Path folder = SharedModels.folder();
        return SharedModels.all(".tflite").stream()
                .map(file -> DynamicTest.dynamicTest(folder.relativize(file).toString(), () -> {
                    boolean expressed = ModelFile.open(file).graph().nodes().stream()
                            .map(Node::domain)
                            .allMatch(String::isEmpty);
                    String name = folder.relativize(file).toString().replace('\\', '/');
                    assertThat(RECORDED.get("models").has(name)).isEqualTo(expressed);
                    assertThat(RECORDED.get("notCompared").has(name)).isEqualTo(!expressed);
                }));
    }
}
