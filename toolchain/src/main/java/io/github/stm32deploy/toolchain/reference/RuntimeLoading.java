// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.reference;

import io.github.stm32deploy.toolchain.diagnose.DiagnosedException;

/**
 * Loads ONNX Runtime on a thread of its own, for a command that opens a graph once it has read its model: the two take as long
 * as each other. Closing waits for the end, so that the program does not end in the middle of it.
 */
public final class RuntimeLoading implements AutoCloseable {
    private final Thread thread = new Thread(RuntimeLoading::load, "onnxruntime");

    private RuntimeLoading() {
        thread.setDaemon(true);
        thread.start();
    }

    public static RuntimeLoading begin() {
        return new RuntimeLoading();
    }

    private static void load() {
        try {
            OnnxRuntimeExecutor.environment();
        } catch (DiagnosedException missing) {
            // Whoever opens a graph is told.
            return;
        }
    }

    @Override
    public void close() {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
