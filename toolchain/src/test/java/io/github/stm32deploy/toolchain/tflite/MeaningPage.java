// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** docs/reference/tflite-meaning.md, written from what was recorded beside this class. */
final class MeaningPage {
    private MeaningPage() {}

    static JsonNode resource(String name) {
        try (InputStream in = MeaningPage.class.getResourceAsStream(name)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /**
     * @param expected interpreter-outputs.json
     * @param recorded import-accuracy.json
     */
    static String of(JsonNode expected, JsonNode recorded) {
        StringBuilder page = new StringBuilder("""
                <!-- SPDX-License-Identifier: Apache-2.0 -->
                <!-- Written by toolchain/benchmarks/tflite-meaning/run.sh; do not edit. -->
                # What an imported TFLite file means

                    toolchain/benchmarks/tflite-meaning/run.sh

                A TFLite file is read into ONNX operators ([decision 1](../decisions/0001-one-graph-in-onnx-vocabulary.md)). Here that
                import, executed by ONNX Runtime without graph optimisation, is held against the TFLite interpreter (ai-edge-litert,
                default kernels, one thread) on the same seeded noise. The interpreter's numbers were made once by the Python programs
                beside the tests (`toolchain/src/test/resources/io/github/stm32deploy/toolchain/tflite/make-*.py`) and are kept there
                as small vectors and checksums; the tests need neither Python nor the interpreter.

                ## Every operator of the integer models, on the values that it sees

                Each model is executed operator by operator: an operator's inputs are the tensors that the interpreter made of the
                operators before it, its import is executed alone, and every value of its output is held against the interpreter's.
                (The interpreter, executing the operators one by one, makes the outputs of the whole model byte for byte.)
                **Bound: one quantum**; [decision 9](../decisions/0009-int8-meaning-per-operator.md) says why it is held by operator.
                *Same bytes*: how many outputs are equal as a whole. *Kernels*: how far the interpreter's own two kernel sets,
                XNNPACK and those without it, are apart on the same inputs of the same operators.

                | operator | output | operators | same bytes | values | differ | exact | worst | kernels: differ | worst |
                |---|---|---:|---:|---:|---:|---:|---:|---:|---:|
                """);
        JsonNode chain = recorded.get("chain");
        chain.get("operators").properties().forEach(entry -> {
            JsonNode kernels = entry.getValue().get("kernels");
            boolean integers = !entry.getKey().endsWith(" FLOAT32");
            page.append("| ").append(entry.getKey().replace(" ", " | ")).append(" | ");
            page.append(operators(entry.getValue())).append(" | ");
            page.append(
                            integers
                                    ? kernels.get("apart") + " | "
                                            + kernels.get("worst").asInt()
                                    : "| ")
                    .append(" |\n");
        });
        page.append(String.format(
                Locale.ROOT,
                """

                Why values differ:

                - CONV_2D and DEPTHWISE_CONV_2D of 8 bits: a few sums in a million lie so close to a tie that the last bit of a float32
                  sum decides. The interpreter adds integers. With the same convolutions as QLinearConv, where ONNX Runtime adds
                  integers too, %d of %d values differ.
                - QUANTIZE from codes to codes and LEAKY_RELU: XNNPACK multiplies by a factor of 8 fractional bits
                  (src/microparams-init.c); the interpreter's own kernels have longer ones, and differ from it as well.
                - AVERAGE_POOL_2D: the interpreter rounds the mean of the codes half away from zero (TensorFlow,
                  lite/kernels/internal/reference/integer_ops/pooling.h), ONNX to the even quantum.
                - ADD, HARD_SWISH, MEAN, SOFTMAX, LOGISTIC of 16 bits: factors and tables in fixed point instead of float32.
                - Convolutions of 16 bits: the sum of 64 bits is multiplied by a factor of 15 bits (TensorFlow,
                  lite/kernels/internal/common.h, MultiplyByQuantizedMultiplier), which alone is a quantum at the ends of the range.

                The second and the third are computed again by these formulas in make-operator-chain.py, which stops where one byte
                is not the interpreter's.
                """,
                sumOf(chain.get("operators"), "apartWithIntegerSums"),
                sumOf(chain.get("operators"), "values")));
        page.append("""

                ## The integer models, by operators and as a whole

                The first columns sum the operators of a model as above (those with integer outputs). *Whole model*: the import of
                the whole file on the same inputs, all values of all outputs, in quanta of the output: what the operators' rare
                differences grow to. One rounding to the other side in an early layer moves what follows, on noise by many quanta.
                *Integer sums*: the same with the 8-bit convolutions as QLinearConv. *Interpreter against itself*: the whole file by
                the interpreter's own two kernel sets. These are empty where the file holds an operator that ONNX does not have. One
                output of dbface is an EXP of real numbers; its difference counts as a share of the largest value. A quantum of the
                model of 16 bits is a 65536th of the range, of the others a 256th.

                | model | operators | same bytes | values | differ | exact | worst | whole model: worst | exact | integer sums: worst | exact | interpreter against itself: worst | exact |
                |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
                """);
        chain.get("models").properties().forEach(entry -> {
            JsonNode model = entry.getValue();
            page.append("| ").append(entry.getKey()).append(" | ").append(operators(model));
            for (String whole : List.of("whole", "wholeWithIntegerSums", "itself")) {
                page.append(" | ").append(model.has(whole) ? whole(model.get(whole)) : " | ");
            }
            page.append(" |\n");
        });
        page.append("""

                ## Operators on the whole range of their inputs

                Of each kind of operator in each integer model the first, the middle and the last, on noise over all codes of its
                inputs, a sample of the outputs. **Bound: one quantum.**

                | operator | output | operators | values | exact | worst | same bytes |
                |---|---|---:|---:|---:|---:|---:|
                """);
        recorded.get("operators")
                .properties()
                .forEach(entry -> page.append(String.format(
                        Locale.ROOT,
                        "| %s | %d | %d | %.1f %% | %d | %d |%n",
                        entry.getKey().replace(" ", " | "),
                        entry.getValue().get("operators").asInt(),
                        entry.getValue().get("values").asInt(),
                        100.0
                                * entry.getValue().get("equal").asInt()
                                / entry.getValue().get("values").asInt(),
                        entry.getValue().get("worst").asInt(),
                        entry.getValue().get("identical").asInt())));
        page.append("""

                ## Whole models with real-numbered activations

                Worst difference and exact share of the worst output, as a share of its largest value, on 64 values of each output.
                *Interpreter against itself*: the same file by the interpreter's own kernels without XNNPACK, on the whole output.

                - **float**: bound 1e-4.
                - **dynamic range**: integer weights, float activations. The interpreter quantizes the activations of each operator at run
                  time, ONNX computes with float activations. *Float weights*: the difference to the interpreter on the same file with
                  its integer weights stored as the float32 numbers that they mean, where it quantizes nothing; bound 1e-4.

                | model | arithmetic | worst | exact | float weights: worst | interpreter against itself: worst | exact |
                |---|---|---:|---:|---:|---:|---:|
                """);
        Map<String, JsonNode> byFile = new TreeMap<>();
        expected.get("models").forEach(model -> byFile.put(model.get("file").asText(), model.get("outputs")));
        recorded.get("models").properties().stream()
                .filter(entry -> !entry.getValue().get("arithmetic").asText().equals("QUANTIZED"))
                .forEach(entry -> page.append(row(entry.getKey(), entry.getValue(), byFile.get(entry.getKey()))));
        page.append("""

                ## Not compared

                These files hold operators that ONNX cannot express; the operators stay what they are, the rest of the file is imported.

                | model | operators | what the interpreter says |
                |---|---|---|
                """);
        recorded.get("notCompared").properties().forEach(entry -> {
            String interpreter = byFile.containsKey(entry.getKey())
                    ? "runs; no ONNX operator means the same"
                    : "refuses it: the operator is not its own";
            page.append("| ").append(entry.getKey()).append(" | ");
            page.append(entry.getValue().asText())
                    .append(" | ")
                    .append(interpreter)
                    .append(" |\n");
        });
        return page.toString().replace("\r\n", "\n");
    }

    /** Sum of a figure over the 8-bit convolutions. */
    private static long sumOf(JsonNode kinds, String figure) {
        return kinds.valueStream()
                .filter(kind -> kind.has("apartWithIntegerSums"))
                .mapToLong(kind -> kind.get(figure).asLong())
                .sum();
    }

    private static String operators(JsonNode sum) {
        long values = sum.get("values").asLong();
        long apart = sum.get("apart").asLong();
        return sum.get("operators") + " | " + sum.get("identical") + " | " + values + " | " + apart + " | "
                + exact(values, apart) + " | " + worst(sum);
    }

    private static String whole(JsonNode difference) {
        return worst(difference) + " | "
                + exact(
                        difference.get("values").asLong(),
                        difference.get("apart").asLong());
    }

    private static String worst(JsonNode difference) {
        double worst = difference.get("worst").asDouble();
        return Math.rint(worst) == worst ? Long.toString((long) worst) : String.format(Locale.ROOT, "%.2g", worst);
    }

    /** Never 100 % where a value differs. */
    private static String exact(long values, long apart) {
        double share = Math.floor(1e6 * (values - apart) / values) / 1e4;
        return apart == 0 ? "100 %" : String.format(Locale.ROOT, share >= 99.9 ? "%.4f %%" : "%.1f %%", share);
    }

    private static String row(String file, JsonNode recorded, JsonNode outputs) {
        int worst = 0;
        for (int index = 1; index < recorded.get("outputs").size(); index++) {
            boolean worse = recorded.get("outputs").get(index).get("worst").asDouble()
                    > recorded.get("outputs").get(worst).get("worst").asDouble();
            worst = worse ? index : worst;
        }
        JsonNode spread = outputs.get(worst).get("spread");
        return "| " + file + " | "
                + recorded.get("arithmetic").asText().toLowerCase(Locale.ROOT).replace('_', ' ') + " | "
                + cells(recorded.get("outputs").get(worst)) + " | "
                + floatWeights(recorded.get("outputs")) + " | "
                + (spread.isNull() ? "refused | " : cells(spread)) + " |\n";
    }

    private static String floatWeights(JsonNode outputs) {
        double worst = outputs.valueStream()
                .mapToDouble(output -> output.path("worstOfFloatWeights").asDouble(-1))
                .max()
                .orElse(-1);
        return worst < 0 ? "" : String.format(Locale.ROOT, "%.1e", worst);
    }

    private static String cells(JsonNode difference) {
        double worst = difference.get("worst").asDouble();
        String text = difference.get("worst").isInt()
                ? Integer.toString((int) worst)
                : worst == 0 ? "0" : String.format(Locale.ROOT, "%.1e", worst);
        return text + " | "
                + String.format(
                        Locale.ROOT, "%.1f %%", 100 * difference.get("exact").asDouble());
    }
}
