// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.stm32deploy.toolchain.read.SharedModels;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Each kind of operator of every quantized model, alone and with its own weights and scales, makes the numbers of the TFLite
 * interpreter to one quantum.
 */
class OperatorsAgainstInterpreterTest {
    @TestFactory
    Stream<DynamicTest> anImportedOperatorIsAtMostOneQuantumOff() {
        SharedModels.folder();
        return StreamSupport.stream(
                        MeaningPage.resource("operator-outputs.json")
                                .get("models")
                                .spliterator(),
                        false)
                .map(model -> DynamicTest.dynamicTest(model.get("file").asText(), () -> {
                    for (OperatorAgreement agreement : OperatorAgreement.ofAll(SharedModels.folder(), model)) {
                        assertThat(agreement.worst()).as(agreement.toString()).isLessThanOrEqualTo(1);
                    }
                }));
    }
}
