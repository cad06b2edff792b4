// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Map;

/**
 * Values for the inputs of a graph.
 *
 * @param name file name or index, for messages
 * @param inputs float32 tensor for each graph input, by name
 * @param released runs when the memory of the values may be used for a later sample
 */
public record CalibrationSample(String name, Map<String, TensorData> inputs, Runnable released) {
    private static final Runnable NOTHING = () -> {};

    public CalibrationSample {
        inputs = Map.copyOf(inputs);
    }

    public CalibrationSample(String name, Map<String, TensorData> inputs) {
        this(name, inputs, NOTHING);
    }

    /** The same sample with other values, made of these. */
    CalibrationSample withInputs(Map<String, TensorData> other) {
        return new CalibrationSample(name, other, released);
    }

    /**
     * Nobody reads the values any more. Worth saying where many samples go by; memory of a sample that is kept, or never
     * released, is not used again.
     */
    void release() {
        released.run();
    }
}
