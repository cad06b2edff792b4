// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Map;

/**
 * Values for the inputs of a graph.
 *
 * @param name file name or index, for messages
 * @param inputs float32 tensor for each graph input, by name
 */
public record CalibrationSample(String name, Map<String, TensorData> inputs) {
    public CalibrationSample {
        inputs = Map.copyOf(inputs);
    }
}
