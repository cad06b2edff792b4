// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Makes operator-chain.json of the tensors that make-operator-chain.py left: where each of them differs from what our import makes
 * of the same operator.
 */
final class OperatorChainRecorder {
    private static final String ABOUT =
            "Written by OperatorChainRecorder from what make-operator-chain.py made with %s; do not"
                    + " edit. Every operator of every integer model on the inputs that it has in the interpreter. crc: CRC-32 of the"
                    + " whole output; differences: where the interpreter's output differs from ours (TensorDifferences); samples: every"
                    + " stride-th value of the interpreter's; kernels: values that differ and largest difference between the"
                    + " interpreter's two kernel sets on the same inputs; itself: values, values that differ and largest difference"
                    + " between these kernel sets over the outputs of the whole model. rounding: ProcessorRounding of the processor"
                    + " on which ours was made.";

    private OperatorChainRecorder() {}

    /**
     * @param arguments folder of the models, what make-operator-chain.py made, operator-chain.json to be written
     */
    public static void main(String[] arguments) throws IOException {
        Path dump = Path.of(arguments[1]);
        ObjectMapper json = new ObjectMapper();
        JsonNode made = json.readTree(dump.resolve("chain.json").toFile());
        List<String> models = new ArrayList<>();
        for (JsonNode model : made.get("models")) {
            String file = model.get("file").asText();
            correct(OperatorChain.open(Path.of(arguments[0]).resolve(file)), dump.resolve(file), model);
            List<String> lines = new ArrayList<>();
            for (JsonNode operator : model.get("operators")) {
                lines.add(" " + json.writeValueAsString(operator));
            }
            ObjectNode head = ((ObjectNode) model).deepCopy();
            head.remove("operators");
            String text = json.writeValueAsString(head);
            models.add(text.substring(0, text.length() - 1) + ",\"operators\":[\n" + String.join(",\n", lines) + "]}");
        }
        Files.writeString(
                Path.of(arguments[2]),
                "{\"about\":"
                        + json.writeValueAsString(
                                String.format(ABOUT, made.get("interpreter").asText()))
                        + ",\n\"rounding\":" + ProcessorRounding.fingerprint() + ",\"models\":[\n"
                        + String.join(",\n", models) + "\n]}\n");
    }

    private static void correct(OperatorChain chain, Path dump, JsonNode model) throws IOException {
        for (JsonNode operator : model.get("operators")) {
            int index = operator.get("operator").asInt();
            Optional<List<TensorData>> ours = chain.outputs(index);
            JsonNode outputs = operator.get("outputs");
            for (int position = 0; position < outputs.size(); position++) {
                TfliteTensor tensor = chain.tensor(chain.operators().get(index).outputs()[position]);
                if (tensor.element().isFloatingPoint()) {
                    // A real number is not corrected: the next operator gets ours.
                    if (ours.isPresent()) {
                        chain.give(tensor.index(), ours.get().get(position));
                    }
                    continue;
                }
                TensorData value = ours.isPresent() ? ours.get().get(position) : ChainAgreement.zeros(tensor);
                TensorData theirs = TensorData.of(
                        value.type(), ByteBuffer.wrap(Files.readAllBytes(dump.resolve(index + "." + position))));
                ((ObjectNode) outputs.get(position)).put("differences", TensorDifferences.of(value, theirs));
                chain.give(tensor.index(), theirs);
            }
        }
    }
}
