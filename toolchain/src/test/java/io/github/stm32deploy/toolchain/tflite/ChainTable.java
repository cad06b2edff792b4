// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.read.ModelFile;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.file.Path;
import java.util.TreeMap;

/** What the chains of operators come to, for import-accuracy.json: sums by kind of operator and by model. */
final class ChainTable {
    private int operators;
    private int identical;
    private long values;
    private long apart;
    private double worst;
    private long kernelsApart;
    private int kernelsWorst;
    private boolean convolutions;
    private long integerApart;

    private ChainTable() {}

    /**
     * @param expected operator-chain.json
     */
    static void measure(Path folder, JsonNode expected, ObjectNode recorded) throws IOException {
        TreeMap<String, ChainTable> kinds = new TreeMap<>();
        ObjectNode models = recorded.putObject("models");
        for (JsonNode model : expected.get("models")) {
            String file = model.get("file").asText();
            ChainAgreement agreement = ChainAgreement.of(folder, model);
            if (agreement.lost().isPresent()) {
                throw new IllegalStateException(file + ": the interpreter's tensors cannot be made again from "
                        + agreement.lost().get() + "; record the chain again (make-operator-chain.py)");
            }
            ChainTable sum = new ChainTable();
            for (ChainAgreement.Operator operator : agreement.operators()) {
                JsonNode kernels = model.get("operators").get(operator.index()).get("kernels");
                kinds.computeIfAbsent(operator.kind() + " " + operator.type(), kind -> new ChainTable())
                        .add(operator, kernels);
                if (operator.isInteger()) {
                    sum.add(operator, kernels);
                }
            }
            ObjectNode entry = models.putObject(file);
            sum.write(entry);
            if (agreement.operators().size() == model.get("operators").size()) {
                Path path = folder.resolve(file);
                ModelGraph graph = ModelFile.open(path).graph();
                write(WholeModelAgreement.whole(path, graph, agreement.outputs()), entry.putObject("whole"));
                WholeModelAgreement.Whole integers =
                        WholeModelAgreement.whole(path, IntegerConvolutions.of(graph), agreement.outputs());
                write(integers, entry.putObject("wholeWithIntegerSums"));
                JsonNode itself = model.get("itself");
                entry.putObject("itself")
                        .put("values", itself.get(0).asLong())
                        .put("apart", itself.get(1).asLong())
                        .put("worst", rounded(itself.get(2).asDouble()));
            }
        }
        ObjectNode table = recorded.putObject("operators");
        kinds.forEach((kind, sum) -> sum.write(table.putObject(kind)));
    }

    private void add(ChainAgreement.Operator operator, JsonNode kernels) {
        operators++;
        identical += operator.equal() == operator.values() ? 1 : 0;
        values += operator.values();
        apart += operator.values() - operator.equal();
        worst = Math.max(worst, operator.worst());
        convolutions |= operator.isByteConvolution();
        integerApart += operator.integerApart();
        kernelsApart += kernels.get(0).asLong();
        kernelsWorst = Math.max(kernelsWorst, kernels.get(1).asInt());
    }

    private void write(ObjectNode entry) {
        entry.put("operators", operators)
                .put("identical", identical)
                .put("values", values)
                .put("apart", apart)
                .put("worst", rounded(worst));
        if (convolutions) {
            entry.put("apartWithIntegerSums", integerApart);
        }
        entry.putObject("kernels")
                .put("values", values)
                .put("apart", kernelsApart)
                .put("worst", kernelsWorst);
    }

    private static void write(WholeModelAgreement.Whole whole, ObjectNode entry) {
        entry.put("values", whole.values()).put("apart", whole.apart()).put("worst", rounded(whole.worst()));
    }

    private static double rounded(double value) {
        return new BigDecimal(value).round(new MathContext(3)).doubleValue();
    }
}
