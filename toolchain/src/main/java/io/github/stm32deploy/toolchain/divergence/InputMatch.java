// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.divergence;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.GraphValue;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The same real inputs for two graphs that take them in another layout or as codes. */
final class InputMatch {
    private final ModelGraph first;
    private final ModelGraph second;

    InputMatch(ModelGraph first, ModelGraph second) {
        this.first = first;
        this.second = second;
    }

    /** Inputs of the second graph: by name, else by place. */
    Map<String, TensorData> forSecond(Map<String, TensorData> sample) {
        Map<String, TensorData> inputs = new LinkedHashMap<>();
        for (int index = 0; index < second.inputs().size(); index++) {
            GraphValue wanted = second.inputs().get(index);
            String source = sample.containsKey(wanted.name())
                    ? wanted.name()
                    : first.inputs().get(index).name();
            TensorData real = decoded(first, source, sample.get(source));
            TensorData ordered = PairError.inOrderOf(wanted.type().shape(), real);
            inputs.put(wanted.name(), coded(second, wanted, ordered));
        }
        return inputs;
    }

    private static TensorData decoded(ModelGraph graph, String input, TensorData value) {
        Node dequantize = reader(graph, input, "DequantizeLinear");
        if (value.element() == ElementType.FLOAT32 || dequantize == null) {
            return value.element() == ElementType.FLOAT32
                    ? value
                    : TensorData.ofFloats(value.shape(), value.toFloats());
        }
        float scale = graph.constants().get(dequantize.input(1)).floatAt(0);
        float zero = zero(graph, dequantize);
        float[] reals = value.toFloats();
        for (int index = 0; index < reals.length; index++) {
            reals[index] = (reals[index] - zero) * scale;
        }
        return TensorData.ofFloats(value.shape(), reals);
    }

    private static TensorData coded(ModelGraph graph, GraphValue wanted, TensorData value) {
        ElementType element = wanted.type().element();
        if (element == ElementType.FLOAT32) {
            return value.shape().equals(wanted.type().shape())
                            || !wanted.type().shape().isStatic()
                    ? value
                    : value.reshaped(wanted.type().shape());
        }
        Node dequantize = reader(graph, wanted.name(), "DequantizeLinear");
        float scale = dequantize == null
                ? 1
                : graph.constants().get(dequantize.input(1)).floatAt(0);
        float zero = dequantize == null ? 0 : zero(graph, dequantize);
        int lowest = element == ElementType.UINT8 ? 0 : -128;
        float[] reals = value.toFloats();
        byte[] codes = new byte[reals.length];
        for (int index = 0; index < codes.length; index++) {
            double code = Math.rint(reals[index] / scale) + zero;
            codes[index] = (byte) (int) Math.max(lowest, Math.min(lowest + 255, code));
        }
        return TensorData.ofBytes(element, wanted.type().shape(), codes);
    }

    private static float zero(ModelGraph graph, Node dequantize) {
        TensorData zeroPoint = graph.constants().get(dequantize.input(2));
        return zeroPoint == null ? 0 : zeroPoint.integerAt(0);
    }

    private static Node reader(ModelGraph graph, String tensor, String operator) {
        List<Node> readers = graph.consumers(tensor);
        if (readers.size() == 1 && readers.get(0).is("Transpose")) {
            return reader(graph, readers.get(0).output(0), operator);
        }
        return readers.stream().filter(node -> node.is(operator)).findFirst().orElse(null);
    }
}
