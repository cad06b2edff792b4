// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

/**
 * Every operator of an integer model on the values that it really sees: our import of it in ONNX Runtime, fed with the tensors
 * that the TFLite interpreter made of the operators before it.
 *
 * <p>The interpreter's tensors are not stored. They are ours, corrected where they differ ({@code operator-chain.json} says
 * where), and their checksum shows that they are the interpreter's, byte for byte.
 *
 * @param operators those that were compared, in the order of the file; it ends early where a tensor could not be made again
 * @param lost the first operator whose output could not be made again; empty where all could
 * @param outputs the interpreter's outputs of the whole model, by name in the file; without {@code lost} all of them but those of
 *     operators that ONNX does not have
 */
record ChainAgreement(List<Operator> operators, Optional<Operator> lost, Map<String, TensorData> outputs) {
    /**
     * One output of an operator.
     *
     * @param index place of the operator in the file
     * @param type element type of the output
     * @param values how many values were compared: all of them, or some samples of float values that are not all equal
     * @param equal how many of them are equal
     * @param worst largest difference: in quanta, or as share of the largest value of a float output
     * @param integerApart of an 8-bit convolution: how many values differ where ONNX Runtime adds integers ({@link
     *     IntegerConvolutions}); 0 for others
     */
    record Operator(int index, String kind, String type, long values, long equal, double worst, long integerApart) {
        boolean isByteConvolution() {
            return (kind.equals("CONV_2D") || kind.equals("DEPTHWISE_CONV_2D")) && type.endsWith("INT8");
        }

        private Operator withIntegers(OperatorChain chain, TensorData theirs) {
            TensorData made = chain.outputsWithIntegerSums(index).orElseThrow().get(0);
            long apart = IntStream.range(0, (int) made.elements())
                    .filter(at -> made.integerAt(at) != theirs.integerAt(at))
                    .count();
            return new Operator(index, kind, type, values, equal, worst, apart);
        }

        boolean isInteger() {
            return !type.startsWith("FLOAT");
        }
    }

    /**
     * @param expected one entry of {@code models} in operator-chain.json
     */
    static ChainAgreement of(Path folder, JsonNode expected) throws IOException {
        OperatorChain chain =
                OperatorChain.open(folder.resolve(expected.get("file").asText()));
        List<Operator> operators = new ArrayList<>();
        Map<String, TensorData> made = new LinkedHashMap<>();
        for (JsonNode entry : expected.get("operators")) {
            int index = entry.get("operator").asInt();
            Optional<List<TensorData>> ours = chain.outputs(index);
            JsonNode outputs = entry.get("outputs");
            for (int position = 0; position < outputs.size(); position++) {
                TfliteTensor tensor = chain.tensor(chain.operators().get(index).outputs()[position]);
                JsonNode output = outputs.get(position);
                if (ours.isEmpty() && !output.has("differences")) {
                    continue; // real numbers of an operator that ONNX does not have
                }
                TensorData value = ours.isPresent() ? ours.get().get(position) : zeros(tensor);
                TensorData theirs = tensor.element().isFloatingPoint()
                        ? value
                        : TensorDifferences.applied(
                                value, output.get("differences").asText());
                boolean same = checksum(theirs) == output.get("crc").asLong();
                Operator operator = tensor.element().isFloatingPoint()
                        ? floats(index, entry, value, output, same)
                        : integers(index, entry, value, theirs, output, same);
                if (!tensor.element().isFloatingPoint() && !same) {
                    return new ChainAgreement(operators, Optional.of(operator), made);
                }
                if (ours.isPresent()) {
                    operators.add(operator.isByteConvolution() ? operator.withIntegers(chain, theirs) : operator);
                }
                chain.give(tensor.index(), theirs);
                if (chain.fileOutputs().contains(tensor)) {
                    made.put(tensor.name(), theirs);
                }
            }
        }
        return new ChainAgreement(operators, Optional.empty(), made);
    }

    static TensorData zeros(TfliteTensor tensor) {
        return TensorData.of(
                tensor.type(), ByteBuffer.allocate((int) tensor.type().bytes()));
    }

    private static Operator integers(
            int index, JsonNode entry, TensorData ours, TensorData theirs, JsonNode output, boolean same) {
        String kind = entry.get("kind").asText();
        if (!same) {
            return sampled(index, kind, ours, output, 1);
        }
        long equal = 0;
        long worst = 0;
        for (int at = 0; at < ours.elements(); at++) {
            long difference = Math.abs(ours.integerAt(at) - theirs.integerAt(at));
            equal += difference == 0 ? 1 : 0;
            worst = Math.max(worst, difference);
        }
        return new Operator(index, kind, ours.element().name(), ours.elements(), equal, worst, 0);
    }

    private static Operator floats(int index, JsonNode entry, TensorData ours, JsonNode output, boolean same) {
        String kind = entry.get("kind").asText();
        return same
                ? new Operator(index, kind, ours.element().name(), ours.elements(), ours.elements(), 0, 0)
                : sampled(
                        index,
                        kind,
                        ours,
                        output,
                        Math.max(1e-9, output.get("largest").asDouble()));
    }

    private static Operator sampled(int index, String kind, TensorData ours, JsonNode output, double unit) {
        JsonNode samples = output.get("samples");
        int equal = 0;
        double worst = 0;
        for (int position = 0; position < samples.size(); position++) {
            float value = ours.floatAt(position * output.get("stride").asInt());
            double difference = Math.abs(value - samples.get(position).asDouble()) / unit;
            worst = Math.max(worst, difference);
            equal += difference <= 1e-6 ? 1 : 0;
        }
        return new Operator(index, kind, ours.element().name(), samples.size(), equal, worst, 0);
    }

    private static long checksum(TensorData value) {
        CRC32 checksum = new CRC32();
        checksum.update(value.bytes());
        return checksum.getValue();
    }
}
