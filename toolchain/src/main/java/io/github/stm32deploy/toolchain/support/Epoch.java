// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.List;
import java.util.Objects;

/**
 * A step of the compiled network: what runs without the tensors in between touching memory. Predicted from the rules.
 *
 * @param number 1 for the first
 * @param kind who computes it
 * @param operator ONNX name of the leading operator ({@code Conv}), the one that decides the time
 * @param label the chain as people write it: {@code Conv 3x3/2 + Relu + Pad}
 * @param nodes nodes of the graph that it covers, leading one among them, in graph order; a node that the compiler splits
 *     stands in each of its epochs
 * @param reads names of activation tensors it streams in, each once ({@link NpuSchedule#tensor(String)})
 * @param writes names of activation tensors it streams out
 * @param weightBytes weights and biases it fetches, bytes as the NPU stores them (int4 packed, biases and per-channel
 *     scales included, padding excluded)
 * @param weightElements weights alone, biases left out
 * @param scratchBytes working memory beyond reads and writes
 * @param floating true where it computes in float (only software epochs do)
 */
public record Epoch(
        int number,
        Kind kind,
        EpochWork work,
        String operator,
        String label,
        List<Node> nodes,
        EpochGeometry geometry,
        List<String> reads,
        List<String> writes,
        long weightBytes,
        long weightElements,
        long scratchBytes,
        boolean floating) {

    /** As the vendor's report calls it. */
    public enum Kind {
        /** NPU only. */
        HARDWARE,
        /** NPU streams under control of the CPU. */
        HYBRID,
        /** CPU only. */
        SOFTWARE
    }

    public Epoch {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(work);
        Objects.requireNonNull(geometry);
        nodes = List.copyOf(nodes);
        reads = List.copyOf(reads);
        writes = List.copyOf(writes);
    }
}
