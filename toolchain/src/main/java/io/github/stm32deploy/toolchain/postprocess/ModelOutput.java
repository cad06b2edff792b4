// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.util.Objects;
import java.util.Optional;

/**
 * An output of a model as recognition and generation see it: no values.
 *
 * @param ending what its values are, as far as the graph tells
 * @param reach the largest number that its codes stand for, also where a DequantizeLinear makes floats of them; empty where
 *     the graph has none
 */
public record ModelOutput(
        String name, TensorType type, Optional<Quantization> quantization, Ending ending, Optional<Float> reach) {
    /** The last operator that calculates an output's values. */
    public enum Ending {
        /** A convolution or a matrix product: logits, raw numbers. */
        LINEAR,
        SOFTMAX,
        SIGMOID,
        /** Other arithmetic. */
        CALCULATED,
        UNKNOWN
    }

    public ModelOutput {
        Objects.requireNonNull(ending);
        Objects.requireNonNull(name);
        Objects.requireNonNull(type);
        Objects.requireNonNull(quantization);
        Objects.requireNonNull(reach);
    }

    /** An output of which nothing else is known. */
    public ModelOutput(String name, TensorType type, Optional<Quantization> quantization) {
        this(name, type, quantization, Ending.UNKNOWN);
    }

    /** An output whose codes say nothing of its values. */
    public ModelOutput(String name, TensorType type, Optional<Quantization> quantization, Ending ending) {
        this(name, type, quantization, ending, Optional.empty());
    }

    /** An output that holds floats. */
    public static ModelOutput ofFloat(String name, TensorType type) {
        return new ModelOutput(name, type, Optional.empty());
    }

    /** What a decoder has to apply to scores that are published as probabilities: a sigmoid where the graph ends before it. */
    ScoreRule.Activation scoreActivation() {
        return ending == Ending.LINEAR ? ScoreRule.Activation.SIGMOID : ScoreRule.Activation.NONE;
    }

    float scale() {
        return quantization.map(Quantization::scale).orElse(1.0f);
    }

    int zeroPoint() {
        return quantization.map(Quantization::zeroPoint).orElse(0);
    }

    /** Size of the last axis, -1 where unknown, 0 for a scalar. */
    public long columns() {
        Shape shape = type.shape();
        return shape.rank() == 0 ? 0 : shape.size(-1);
    }

    /** Product of the axes before the last, -1 where one is unknown. */
    public long rows() {
        long rows = 1;
        for (int axis = 0; axis < type.shape().rank() - 1; axis++) {
            long size = type.shape().size(axis);
            if (size < 0) {
                return -1;
            }
            rows *= size;
        }
        return rows;
    }

    @Override
    public String toString() {
        return name + " [" + type.shape() + "]";
    }
}
