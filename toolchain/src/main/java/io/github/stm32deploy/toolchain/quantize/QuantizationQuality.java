// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.GraphExecutorFactory;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import io.github.stm32deploy.toolchain.parity.ExecutionParity;
import io.github.stm32deploy.toolchain.parity.TensorError;
import io.github.stm32deploy.toolchain.parity.TensorErrorAccumulator;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Error of a quantized graph against its float graph.
 *
 * @param layers worst signal-to-noise ratio first
 * @param outputs in graph order
 */
record QuantizationQuality(List<QuantizedModel.Layer> layers, Map<String, TensorError> outputs) {
    static QuantizationQuality none() {
        return new QuantizationQuality(List.of(), Map.of());
    }

    /**
     * Error of the graph outputs alone.
     *
     * @param expected outputs of the float graph on the first samples of {@code calibration}, float32
     */
    static QuantizationQuality ofOutputs(
            GraphExecutorFactory executors,
            ModelGraph quantized,
            CalibrationSource calibration,
            List<Map<String, TensorData>> expected,
            Map<String, QuantizationParameters> parameters,
            Map<String, ExecutionParity.Limits> limits) {
        if (expected.isEmpty()) {
            return none();
        }
        Map<String, TensorErrorAccumulator> sums = new LinkedHashMap<>();
        Iterator<Map<String, TensorData>> next = expected.iterator();
        try (GraphExecutor executor = executors.open(quantized, List.of());
                SampleLanes<Map<String, TensorData>> lanes = new SampleLanes<>(run -> next.next()
                        .forEach((output, value) -> sums.computeIfAbsent(output, unused -> new TensorErrorAccumulator())
                                .add(
                                        value,
                                        run.get(output),
                                        limits.getOrDefault(output, ExecutionParity.Limits.NONE))))) {
            calibration.forEach(
                    expected.size(),
                    sample -> lanes.submit(() -> outputs(executor, InputValues.typed(quantized, sample))),
                    skipped -> {});
            lanes.finish();
        }
        Map<String, TensorError> outputs = new LinkedHashMap<>();
        sums.forEach((output, sum) -> outputs.put(
                output,
                sum.result(
                        parameters.containsKey(output) ? parameters.get(output).scale() : 0)));
        return new QuantizationQuality(List.of(), outputs);
    }

    /** Copies of the float outputs. */
    private static Map<String, TensorData> outputs(GraphExecutor executor, CalibrationSample sample) {
        Map<String, TensorData> copies = new LinkedHashMap<>();
        executor.run(
                sample.inputs(),
                run -> run.forEach((output, value) -> {
                    if (value.element() == ElementType.FLOAT32) {
                        copies.put(output, TensorData.ofFloats(value.shape(), value.toFloats()));
                    }
                }));
        sample.release();
        return copies;
    }

    /** Runs both graphs on the same samples and compares every float tensor that has the same name in both. */
    static final class Measurement {
        private final GraphExecutorFactory executors;
        private final ModelGraph reference;
        private final ModelGraph quantized;
        private final Map<String, TensorType> types;
        private final Map<String, QuantizationParameters> parameters;
        private final Map<String, ExecutionParity.Limits> limits;

        Measurement(
                GraphExecutorFactory executors,
                ModelGraph reference,
                ModelGraph quantized,
                Map<String, TensorType> types,
                Map<String, QuantizationParameters> parameters,
                Map<String, ExecutionParity.Limits> limits) {
            this.executors = executors;
            this.reference = reference;
            this.quantized = quantized;
            this.types = types;
            this.parameters = parameters;
            this.limits = limits;
        }

        QuantizationQuality on(CalibrationSource calibration, int samples) {
            Map<String, TensorError> errors = new LinkedHashMap<>();
            List<List<String>> groups = RangeMeasurement.groups(comparable(), types);
            List<ExecutionParity> parities = new ArrayList<>();
            List<GraphExecutor> open = new ArrayList<>();
            try {
                for (List<String> group : groups) {
                    parities.add(new ExecutionParity(group, limits));
                    open.add(executors.open(reference, group));
                    open.add(executors.open(quantized, group));
                }
                calibration.forEach(
                        samples,
                        sample -> {
                            CalibrationSample typed = InputValues.typed(reference, sample);
                            for (int index = 0; index < parities.size(); index++) {
                                parities.get(index)
                                        .addSample(open.get(2 * index), open.get(2 * index + 1), typed.inputs());
                            }
                        },
                        skipped -> {});
            } finally {
                open.forEach(GraphExecutor::close);
            }
            for (ExecutionParity parity : parities) {
                errors.putAll(parity.errors(tensor ->
                        parameters.containsKey(tensor) ? parameters.get(tensor).scale() : 0));
            }
            return new QuantizationQuality(layers(errors), outputs(errors));
        }

        private Set<String> comparable() {
            Set<String> tensors = new LinkedHashSet<>();
            for (Node node : reference.nodes()) {
                for (String output : node.outputs()) {
                    TensorType type = types.get(output);
                    boolean both = type != null
                            && type.element() == ElementType.FLOAT32
                            && quantized.producer(output).isPresent();
                    if (both) {
                        tensors.add(output);
                    }
                }
            }
            return tensors;
        }

        private List<QuantizedModel.Layer> layers(Map<String, TensorError> errors) {
            List<QuantizedModel.Layer> layers = new ArrayList<>();
            errors.forEach((tensor, error) -> {
                Node node = reference.producer(tensor).orElseThrow();
                layers.add(new QuantizedModel.Layer(
                        node.name(),
                        node.operator(),
                        node.origin(),
                        tensor,
                        Optional.ofNullable(parameters.get(tensor)),
                        error));
            });
            // The sort is stable: equal ratios stay in graph order.
            layers.sort(Comparator.comparingDouble(layer -> layer.error().sqnrDb()));
            return layers;
        }

        private Map<String, TensorError> outputs(Map<String, TensorError> errors) {
            Map<String, TensorError> outputs = new LinkedHashMap<>();
            for (GraphValue output : quantized.outputs()) {
                TensorError error = errors.get(output.name());
                if (error != null) {
                    outputs.put(output.name(), error);
                }
            }
            return outputs;
        }
    }
}
