// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
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
                as small vectors; the tests need neither Python nor the interpreter.

                ## Operators, one at a time

                Of each kind of operator in each quantized model the first, the middle and the last, cut out with its own weights and
                scales and executed alone. **Bound: one quantum.** *Exact* is the share of compared values that are equal, *worst* the
                largest difference in quanta, *same bytes* how many of the outputs are equal as a whole. With 16-bit activations TFLite
                scales the sum by a multiplier of 15 bits (tensorflow/lite/kernels/internal/common.h, MultiplyByQuantizedMultiplier for
                64-bit sums), which alone is a quantum at the ends of the range.

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

                ## Whole models

                Worst difference and exact share of the worst output. For an integer output in quanta, for a float output as a share of
                its largest value. *Interpreter against itself*: the same file by the interpreter's own kernels without XNNPACK, on the
                whole output. It says how far two implementations of the same model are apart on noise: one rounding to the other side
                in an early layer grows from layer to layer, whoever computes it, and the sampled values here show more of it the deeper
                the model is.

                - **float**: bound 1e-4.
                - **quantized**: integer activations. Each operator is within one quantum (above); the sum over the layers is what it is.
                - **dynamic range**: integer weights, float activations. The interpreter quantizes the activations of each operator at run
                  time; ONNX computes with the float activations and is the more accurate of the two. It cannot agree closer.

                | model | arithmetic | worst | exact | interpreter against itself: worst | exact |
                |---|---|---:|---:|---:|---:|
                """);
        Map<String, JsonNode> byFile = new TreeMap<>();
        expected.get("models").forEach(model -> byFile.put(model.get("file").asText(), model.get("outputs")));
        recorded.get("models")
                .properties()
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
                + (spread.isNull() ? "refused | " : cells(spread)) + " |\n";
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
