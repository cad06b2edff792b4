// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Measures the agreement of all imports with the interpreter, records it and writes the page; see run.sh of the benchmark. */
final class MeaningTable {
    private MeaningTable() {}

    /**
     * @param arguments folder of the models, import-accuracy.json and the page, both to be written
     */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[0]);
        JsonNode expected = MeaningPage.resource("interpreter-outputs.json");
        ObjectMapper json = new ObjectMapper();
        ObjectNode recorded = json.createObjectNode();
        recorded.put("about", "Written by toolchain/benchmarks/tflite-meaning/run.sh; do not edit.");
        operators(folder, recorded.putObject("operators"));
        ChainTable.measure(folder, MeaningPage.resource("operator-chain.json"), recorded.putObject("chain"));
        models(folder, expected, recorded.putObject("models"));
        notCompared(folder, recorded.putObject("notCompared"));
        Files.writeString(
                Path.of(arguments[1]), json.writerWithDefaultPrettyPrinter().writeValueAsString(recorded) + "\n");
        Files.writeString(Path.of(arguments[2]), MeaningPage.of(expected, recorded));
    }

    private static void operators(Path folder, ObjectNode kinds) throws IOException {
        TreeMap<String, int[]> sums = new TreeMap<>();
        for (JsonNode model : MeaningPage.resource("operator-outputs.json").get("models")) {
            for (OperatorAgreement agreement : OperatorAgreement.ofAll(folder, model)) {
                int[] sum = sums.computeIfAbsent(agreement.kind() + " " + agreement.type(), key -> new int[5]);
                sum[0]++;
                sum[1] += agreement.values();
                sum[2] += agreement.equal();
                sum[3] = Math.max(sum[3], agreement.worst());
                sum[4] += agreement.identical() ? 1 : 0;
            }
        }
        sums.forEach((kind, sum) -> kinds.putObject(kind)
                .put("operators", sum[0])
                .put("values", sum[1])
                .put("equal", sum[2])
                .put("worst", sum[3])
                .put("identical", sum[4]));
    }

    private static void models(Path folder, JsonNode expected, ObjectNode models) throws IOException {
        for (JsonNode model : expected.get("models")) {
            String name = model.get("file").asText();
            Path file = folder.resolve(name);
            if (!foreign(file).isEmpty()) {
                continue;
            }
            ObjectNode entry = models.putObject(name);
            entry.put("arithmetic", WholeModelAgreement.arithmetic(file).name());
            for (WholeModelAgreement.Output output : WholeModelAgreement.outputs(file, model)) {
                ObjectNode one = entry.withArray("outputs").addObject();
                if (output.quantized()) {
                    one.put("worst", (int) output.worst());
                } else {
                    one.put("worst", rounded(output.worst(), 2));
                }
                if (!Double.isNaN(output.worstOfFloatWeights())) {
                    one.put("worstOfFloatWeights", rounded(output.worstOfFloatWeights(), 2));
                }
                one.put(
                        "exact",
                        new BigDecimal(output.exactShare())
                                .setScale(3, RoundingMode.HALF_UP)
                                .doubleValue());
            }
        }
    }

    private static double rounded(double value, int digits) {
        return new BigDecimal(value).round(new MathContext(digits)).doubleValue();
    }

    private static void notCompared(Path folder, ObjectNode files) throws IOException {
        try (Stream<Path> walked = Files.walk(folder)) {
            List<Path> all = walked.filter(file -> file.toString().endsWith(".tflite"))
                    .sorted()
                    .toList();
            for (Path file : all) {
                TreeSet<String> foreign = foreign(file);
                if (!foreign.isEmpty()) {
                    files.put(folder.relativize(file).toString().replace('\\', '/'), String.join(", ", foreign));
                }
            }
        }
    }

    private static TreeSet<String> foreign(Path file) {
        TreeSet<String> operators = new TreeSet<>();
        for (Node node : ModelFile.open(file).graph().nodes()) {
            if (!node.domain().isEmpty()) {
                operators.add(node.operator());
            }
        }
        return operators;
    }
}
