// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.parity;

import io.github.stm32deploy.toolchain.model.GraphExecutor;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Compares the tensors of two graphs, run on the same inputs, under the names that both use. */
public final class ExecutionParity {
    /**
     * Values that make a difference to whoever uses a tensor; what lies beyond counts as the limit.
     */
    public record Limits(double lowest, double highest) {
        public static final Limits NONE = new Limits(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);

        double clamp(double value) {
            // Math.max and min keep NaN.
            return Math.max(lowest, Math.min(highest, value));
        }
    }

    private final List<String> tensors;
    private final Map<String, Limits> limits;
    private final Map<String, TensorErrorAccumulator> sums = new LinkedHashMap<>();

    /**
     * @param tensors names of tensors that both executors return
     * @param limits by tensor name, for the tensors that have some
     */
    public ExecutionParity(Collection<String> tensors, Map<String, Limits> limits) {
        this.tensors = List.copyOf(tensors);
        this.limits = Map.copyOf(limits);
        this.tensors.forEach(tensor -> sums.put(tensor, new TensorErrorAccumulator()));
    }

    /** Runs both on one sample and adds what they return. */
    public void addSample(GraphExecutor reference, GraphExecutor candidate, Map<String, TensorData> inputs) {
        Map<String, TensorData> expected = reference.run(inputs);
        Map<String, TensorData> obtained = candidate.run(inputs);
        for (String tensor : tensors) {
            sums.get(tensor).add(expected.get(tensor), obtained.get(tensor), limits.getOrDefault(tensor, Limits.NONE));
        }
    }

    /**
     * @param step real value of one quantum by tensor name, 0 where there is none
     * @return errors by tensor name, in the order of the constructor
     */
    public Map<String, TensorError> errors(ToDoubleFunction<String> step) {
        Map<String, TensorError> errors = new LinkedHashMap<>();
        sums.forEach((tensor, sum) -> errors.put(tensor, sum.result(step.applyAsDouble(tensor))));
        return errors;
    }
}
