// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.read.ModelFile;
import io.github.stm32deploy.toolchain.read.SharedModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every operator of every integer model makes the numbers of the TFLite interpreter to one quantum, on the tensors that the
 * interpreter itself feeds it with.
 */
class OperatorChainTest {
    private static final JsonNode CHAIN = MeaningPage.resource("operator-chain.json");
    private static final JsonNode RECORDED =
            MeaningPage.resource("import-accuracy.json").get("chain");

    @TestFactory
    Stream<DynamicTest> eachOperatorIsAtMostOneQuantumOff() {
        SharedModels.folder();
        return StreamSupport.stream(CHAIN.get("models").spliterator(), false)
                .map(model -> DynamicTest.dynamicTest(model.get("file").asText(), () -> compare(model)));
    }

    private static void compare(JsonNode model) throws IOException {
        String file = model.get("file").asText();
        ChainAgreement agreement = ChainAgreement.of(SharedModels.folder(), model);
        for (ChainAgreement.Operator operator : agreement.operators()) {
            assertThat(operator.worst()).as(file + " " + operator).isLessThanOrEqualTo(operator.isInteger() ? 1 : 1e-6);
            assertThat(operator.integerApart()).as(file + " " + operator).isZero();
        }
        if (agreement.lost().isPresent()) {
            ChainAgreement.Operator lost = agreement.lost().get();
            assertThat(lost.worst()).as(file + " " + lost).isLessThanOrEqualTo(1);
            boolean sameProcessor =
                    ProcessorRounding.fingerprint() == CHAIN.get("rounding").asLong();
            assertThat(sameProcessor)
                    .as(file + " " + lost + ": the import computes other numbers than when"
                            + " operator-chain.json was recorded (make-operator-chain.py, OperatorChainRecorder)")
                    .isFalse();
            assumeTrue(false, file + ": this processor adds in another order; compared up to " + lost);
        }
        JsonNode recorded = RECORDED.get("models").get(file);
        long apart = agreement.operators().stream()
                .filter(ChainAgreement.Operator::isInteger)
                .mapToLong(operator -> operator.values() - operator.equal())
                .sum();
        assertThat(apart).as(file).isEqualTo(recorded.get("apart").asLong());
        if (recorded.has("whole")) {
            ModelGraph graph = ModelFile.open(SharedModels.file(file)).graph();
            whole(file, graph, agreement, recorded.get("whole"));
            whole(file, IntegerConvolutions.of(graph), agreement, recorded.get("wholeWithIntegerSums"));
        }
    }

    private static void whole(String file, ModelGraph graph, ChainAgreement agreement, JsonNode recorded)
            throws IOException {
        WholeModelAgreement.Whole whole =
                WholeModelAgreement.whole(SharedModels.file(file), graph, agreement.outputs());
        assertThat(whole.values()).isEqualTo(recorded.get("values").asLong());
        assertThat(whole.apart())
                .as(file)
                .isLessThanOrEqualTo(recorded.get("apart").asLong());
        assertThat(whole.worst())
                .as(file)
                .isLessThanOrEqualTo(recorded.get("worst").asDouble() * 1.01);
    }

    @Test
    void noOperatorOfAnIntegerModelIsLeftOut() throws IOException {
        List<String> integer = new ArrayList<>();
        Path folder = SharedModels.folder();
        for (JsonNode model : MeaningPage.resource("interpreter-outputs.json").get("models")) {
            String file = model.get("file").asText();
            if (WholeModelAgreement.arithmetic(folder.resolve(file)) == WholeModelAgreement.Arithmetic.QUANTIZED) {
                integer.add(file);
            }
        }
        List<String> chained = new ArrayList<>();
        for (JsonNode model : CHAIN.get("models")) {
            String file = model.get("file").asText();
            chained.add(file);
            int operators = OperatorChain.open(folder.resolve(file)).operators().size();
            assertThat(model.get("operators"))
                    .as(file)
                    .extracting(operator -> operator.get("operator").asInt())
                    .containsExactlyElementsOf(
                            IntStream.range(0, operators).boxed().toList());
        }
        assertThat(chained).containsExactlyElementsOf(integer);
    }

    @Test
    void anOperatorThatComputesSomethingElseIsNoticed() throws IOException {
        SharedModels.folder();
        JsonNode model = CHAIN.get("models").get(0).deepCopy();
        ((ObjectNode) model.get("operators").get(4).get("outputs").get(0)).put("crc", 0);
        Optional<ChainAgreement.Operator> lost =
                ChainAgreement.of(SharedModels.folder(), model).lost();
        assertThat(lost).map(ChainAgreement.Operator::index).contains(4);
    }
}
