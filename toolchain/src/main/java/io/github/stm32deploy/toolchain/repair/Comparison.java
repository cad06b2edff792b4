// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * How the graph before a change and the graph after it are held against each other.
 *
 * @param tolerance how far results may move
 * @param inputs from the inputs of the graph before, by name, to those of the graph after (another layout, another type)
 * @param tensors what is compared; empty for all outputs under the same names
 */
public record Comparison(Tolerance tolerance, UnaryOperator<Map<String, TensorData>> inputs, List<Pair> tensors) {
    /**
     * @param before any tensor of the graph before, an inner one too
     * @param after an output of the graph after
     * @param back from the form after (layout, type) to the one before
     * @param part of the tensor before that there still is after (one image of a batch)
     */
    public record Pair(String before, String after, UnaryOperator<TensorData> back, UnaryOperator<TensorData> part) {
        public Pair(String before, String after, UnaryOperator<TensorData> back) {
            this(before, after, back, WHOLE);
        }

        /** True where only a part of the tensor before is left. */
        boolean isPart() {
            return part != WHOLE;
        }

        public static Pair of(String before, String after) {
            return new Pair(before, after, UnaryOperator.identity());
        }
    }

    private static final UnaryOperator<TensorData> WHOLE = UnaryOperator.identity();

    public Comparison {
        Objects.requireNonNull(tolerance);
        Objects.requireNonNull(inputs);
        tensors = List.copyOf(tensors);
    }

    /** The same inputs, the same outputs. */
    public static Comparison ofOutputs(Tolerance tolerance) {
        return new Comparison(tolerance, UnaryOperator.identity(), List.of());
    }

    public Comparison withInputs(UnaryOperator<Map<String, TensorData>> mapping) {
        return new Comparison(tolerance, mapping, tensors);
    }

    public Comparison withTensors(List<Pair> pairs) {
        return new Comparison(tolerance, inputs, pairs);
    }
}
