// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.memory.ActivationPlan;
import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Origin;
import io.github.stm32deploy.toolchain.model.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A network as C: what the cpu backend obtained from a graph.
 *
 * @param identifier C identifier; network.h declares {@code n6_network_<identifier>} and
 *     {@code N6_NETWORK_<IDENTIFIER>_ARENA_BYTES}, {@code …_WEIGHTS_BYTES}
 * @param inputs in the order of the graph
 * @param layers kernel calls in the order they run; nodes that need none (Transpose, Reshape…) are not among them
 * @param plan memory of activations; {@code plan.peakBytes()} is the arena
 * @param weightsBytes size of weights.bin, header included
 * @param files network.c, network.h, weights.bin
 */
public record CpuNetwork(
        String name,
        String identifier,
        List<Edge> inputs,
        List<Edge> outputs,
        List<Layer> layers,
        ActivationPlan plan,
        long weightsBytes,
        Map<String, byte[]> files) {

    public CpuNetwork {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        layers = List.copyOf(layers);
        files = Collections.unmodifiableMap(new LinkedHashMap<>(files));
    }

    /**
     * An input or output of the network: row-major in the axis order of the model file; real = scale * (q - zeroPoint).
     * A float32 tensor of the file appears here as int8: its QuantizeLinear or DequantizeLinear is left to the caller.
     *
     * @param element as it lies in memory, INT8 or UINT8
     * @param scale 1 and zero point 0 where the graph states none
     */
    public record Edge(String name, ElementType element, Shape shape, float scale, int zeroPoint, long arenaOffset) {
        public long bytes() {
            return shape.elements();
        }
    }

    /**
     * One kernel call.
     *
     * @param name of the node in the user's file; with a suffix where one node needs several calls
     * @param operator ONNX operator
     * @param kernel function in n6_kernels.h
     * @param macc multiply-accumulates, taps in the padding included
     * @param parameters weights and biases
     * @param outputBytes size of what it writes
     * @param observable the graph tensor that this layer's output holds, where it holds one
     */
    public record Layer(
            String name,
            String operator,
            Origin origin,
            String kernel,
            long macc,
            long parameters,
            long outputBytes,
            long scratchBytes,
            long arenaOffset,
            Optional<Observable> observable) {}

    /**
     * How a tensor of the graph lies in a layer's output, for comparing the two.
     *
     * @param tensor name of an int8 or uint8 tensor
     * @param shape as the graph states it
     * @param order logical axis at each physical position, outermost first
     * @param shift what memory holds is the graph's value minus this: 128 where the graph says uint8, else 0
     */
    public record Observable(String tensor, Shape shape, List<Integer> order, int shift) {
        public Observable {
            order = List.copyOf(order);
        }
    }

    public long macc() {
        return layers.stream().mapToLong(Layer::macc).sum();
    }
}
