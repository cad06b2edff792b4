// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.model;

import java.util.Map;
import java.util.function.Consumer;

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

    /**
     * Runs the graph once and passes what {@link #run(Map)} returns to {@code reader}. The values may share memory with the
     * next run: they are valid until {@code reader} returns. Several threads may run at a time.
     */
    default void run(Map<String, TensorData> inputs, Consumer<Map<String, TensorData>> reader) {
        reader.accept(run(inputs));
    }

    @Override
    void close();
}
