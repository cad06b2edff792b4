// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.boards.Npu;
import io.github.stm32deploy.toolchain.memory.NpuMemoryPlan;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.support.NpuSchedule;
import io.github.stm32deploy.toolchain.support.SdkVersion;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything that the rules about a whole model may look at.
 *
 * @param file the model file as the user typed it
 * @param format {@code onnx} or {@code tflite}
 * @param graph the graph as the file has it, shapes inferred
 * @param schedule what the compiler is predicted to make of that graph
 * @param memory where weights and activations are predicted to lie; of the int8 graph where the file is float; empty where
 *     nothing can be scheduled
 * @param npu the board's accelerator; empty for boards without one
 */
public record Evidence(
        Path file,
        String format,
        ModelGraph graph,
        NpuSchedule schedule,
        Optional<NpuMemoryPlan> memory,
        SdkVersion sdk,
        Optional<Npu> npu) {

    public Evidence {
        Objects.requireNonNull(file);
        Objects.requireNonNull(format);
        Objects.requireNonNull(graph);
        Objects.requireNonNull(schedule);
        Objects.requireNonNull(memory);
        Objects.requireNonNull(sdk);
        Objects.requireNonNull(npu);
    }

    boolean onnx() {
        return format.equals("onnx");
    }

    /** The file's name, without its folder. */
    String fileName() {
        return file.getFileName().toString();
    }
}
