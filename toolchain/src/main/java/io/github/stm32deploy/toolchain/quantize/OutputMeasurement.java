// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.parity.ExecutionParity;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Measures drafts at the outputs, against results of the float graph that are computed once. */
final class OutputMeasurement {
    private final GraphExecutorFactory executors;
    private final RecoverySamples samples;
    private final Map<String, ExecutionParity.Limits> limits;
    /** By output what its sigmoid or softmax gets. */
    private final Map<String, String> logits;

    private final List<Map<String, TensorData>> expected = new ArrayList<>();
    private int runs;

    /**
     * @param limits values of outputs that make a difference, as in {@link UsefulRanges#limits()}
     */
    OutputMeasurement(
            GraphExecutorFactory executors,
            ModelGraph reference,
            RecoverySamples samples,
            Map<String, ExecutionParity.Limits> limits) {
        this.executors = executors;
        this.samples = samples;
        this.logits = logits(reference);
        this.limits = new LinkedHashMap<>(limits);
        logits.forEach((output, tensor) -> {
            if (reference.consumers(tensor).stream().anyMatch(reader -> reader.is("Sigmoid"))) {
                this.limits.put(
                        tensor,
                        new ExecutionParity.Limits(
                                ValueRange.SIGMOID_LOGITS.lowest(), ValueRange.SIGMOID_LOGITS.highest()));
            }
        });
        try (GraphExecutor executor = executors.open(reference, List.copyOf(logits.values()))) {
            samples.all().forEach(sample -> expected.add(floats(executor.run(sample))));
        }
    }

    /** For outputs that are a sigmoid or softmax, moved at most: the tensor before it. */
    private static Map<String, String> logits(ModelGraph graph) {
        Map<String, String> logits = new LinkedHashMap<>();
        for (GraphValue output : graph.outputs()) {
            Optional<Node> producer = graph.producer(output.name());
            while (producer.filter(OperatorRules::movesValues).isPresent()) {
                producer = graph.producer(producer.get().input(0));
            }
            producer.filter(node -> node.is("Sigmoid") || node.is("Softmax"))
                    .map(node -> node.input(0))
                    .filter(tensor -> graph.producer(tensor).isPresent() && !graph.isOutput(tensor))
                    .ifPresent(tensor -> logits.put(output.name(), tensor));
        }
        return logits;
    }

    private static Map<String, TensorData> floats(Map<String, TensorData> values) {
        Map<String, TensorData> floats = new LinkedHashMap<>(values);
        floats.values().removeIf(value -> value.element() != ElementType.FLOAT32);
        return floats;
    }

    OutputScore score(QuantizationDraft draft) {
        return score(draft.toQdq());
    }

    OutputScore score(ModelGraph graph) {
        runs++;
        Map<String, OutputScore.Squares> squares = new LinkedHashMap<>();
        Set<Integer> heldOut = new LinkedHashSet<>();
        int count = expected.size();
        try (GraphExecutor executor = executors.open(graph, List.copyOf(logits.values()))) {
            for (int index = 0; index < count; index++) {
                Map<String, TensorData> obtained = executor.run(samples.all().get(index));
                for (Map.Entry<String, TensorData> output : expected.get(index).entrySet()) {
                    OutputScore.Squares sums = squares.computeIfAbsent(
                            output.getKey(), unused -> new OutputScore.Squares(new double[count], new double[count]));
                    add(sums, index, output.getValue(), obtained.get(output.getKey()), limits.get(output.getKey()));
                }
                if (samples.isHeldOut(index)) {
                    heldOut.add(index);
                }
            }
        }
        Map<String, OutputScore.Squares> before = new LinkedHashMap<>();
        logits.forEach((output, tensor) -> before.put(output, squares.get(tensor)));
        squares.keySet().removeAll(logits.values());
        return new OutputScore(squares, before, count, heldOut);
    }

    private static void add(
            OutputScore.Squares sums,
            int sample,
            TensorData reference,
            TensorData value,
            ExecutionParity.Limits limits) {
        FloatBuffer references = reference.bytes().asFloatBuffer();
        FloatBuffer values = value.bytes().asFloatBuffer();
        double lowest = limits == null ? Double.NEGATIVE_INFINITY : limits.lowest();
        double highest = limits == null ? Double.POSITIVE_INFINITY : limits.highest();
        for (int index = 0; index < references.limit(); index++) {
            double wanted = Math.max(lowest, Math.min(highest, references.get(index)));
            double error = Math.max(lowest, Math.min(highest, values.get(index))) - wanted;
            sums.signal()[sample] += wanted * wanted;
            sums.noise()[sample] += error * error;
        }
    }

    /** Graphs measured so far. */
    int runs() {
        return runs;
    }
}
