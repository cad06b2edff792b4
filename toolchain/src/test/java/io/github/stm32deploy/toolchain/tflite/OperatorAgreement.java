// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.reference.OnnxRuntimeExecutor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * One operator of a quantized model, cut out and executed alone: our import in ONNX Runtime beside what the TFLite interpreter
 * made of the same operator on the same generated inputs.
 *
 * @param kind name of the operator in the file
 * @param type element type of its output
 * @param values how many values were compared
 * @param equal how many of them are equal
 * @param worst largest difference in quanta
 * @param identical whether the whole output has the same bytes
 */
record OperatorAgreement(
        String file, int operator, String kind, String type, int values, int equal, int worst, boolean identical) {

    /**
     * The operators of one model.
     *
     * @param expected one entry of {@code models} in operator-outputs.json
     */
    static List<OperatorAgreement> ofAll(Path folder, JsonNode expected) throws IOException {
        String file = expected.get("file").asText();
        TfliteSubgraph model = TfliteFile.of(ByteBuffer.wrap(Files.readAllBytes(folder.resolve(file))))
                .main();
        List<OperatorAgreement> agreements = new ArrayList<>();
        for (JsonNode operator : expected.get("operators")) {
            agreements.add(of(file, model, operator));
        }
        return agreements;
    }

    private static OperatorAgreement of(String file, TfliteSubgraph model, JsonNode expected) {
        int index = expected.get("operator").asInt();
        ModelGraph graph = OperatorChain.alone(model, index);
        Map<String, TensorData> inputs = new LinkedHashMap<>();
        int seed = 1;
        for (GraphValue input : graph.inputs()) {
            inputs.put(input.name(), GeneratedInputs.of(input.type(), seed++));
        }
        TensorData output;
        try (OnnxRuntimeExecutor executor = OnnxRuntimeExecutor.open(graph)) {
            output = executor.run(inputs).get(graph.outputs().get(0).name());
        }
        JsonNode values = expected.get("values");
        int equal = 0;
        int worst = 0;
        for (int position = 0; position < values.size(); position++) {
            int at = position * expected.get("stride").asInt();
            int difference =
                    (int) Math.abs(output.integerAt(at) - values.get(position).asLong());
            equal += difference == 0 ? 1 : 0;
            worst = Math.max(worst, difference);
        }
        CRC32 checksum = new CRC32();
        checksum.update(output.bytes());
        boolean identical = checksum.getValue() == expected.get("crc").asLong();
        String kind = expected.get("kind").asText();
        return new OperatorAgreement(
                file, index, kind, output.element().name(), values.size(), equal, worst, identical);
    }
}
