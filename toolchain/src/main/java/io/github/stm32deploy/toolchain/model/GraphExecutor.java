// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.Map;

/**
 * Runs one graph on the host. The port through which calibration, parity and accuracy see values; the implementation is
 * ONNX Runtime.
 */
public interface GraphExecutor extends AutoCloseable {
    /**
     * Runs the graph once.
     *
     * @param inputs a value for each graph input, by name, of exactly its type
     * @return the graph outputs and every tensor that was asked for when the executor was opened, by name
     */
    Map<String, TensorData> run(Map<String, TensorData> inputs);

    @Override
    void close();
}
