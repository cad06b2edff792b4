// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.tflite;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.model.TensorType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Scale and zero point of each quantized tensor as constants of the graph, made where they are first needed. */
final class QuantizationOperands {
    private final TfliteImport graph;
    private final Map<Integer, List<String>> names = new HashMap<>();

    QuantizationOperands(TfliteImport graph) {
        this.graph = graph;
    }

    /** Inputs of a QuantizeLinear or DequantizeLinear node of {@code tensor}: values, scale, zero point. */
    List<String> of(String values, TfliteTensor tensor) {
        boolean symmetric = tensor.element() == ElementType.INT32 || tensor.element() == ElementType.INT64;
        List<String> known = names.computeIfAbsent(tensor.index(), index -> {
            Shape shape = tensor.isPerChannel() ? Shape.of(tensor.scales().length) : Shape.scalar();
            String scale = graph.newConstant(tensor.name() + "/scale", TensorData.ofFloats(shape, tensor.scales()));
            return symmetric
                    ? List.of(scale)
                    : List.of(scale, graph.newConstant(tensor.name() + "/zero_point", zeroPoints(tensor, shape)));
        });
        List<String> inputs = new ArrayList<>(known);
        inputs.add(0, values);
        return inputs;
    }

    private static TensorData zeroPoints(TfliteTensor tensor, Shape shape) {
        TensorType type = new TensorType(tensor.element(), shape);
        ByteBuffer bytes = ByteBuffer.allocate((int) type.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        long[] zeroPoints = tensor.zeroPoints();
        for (int channel = 0; channel < zeroPoints.length; channel++) {
            switch (tensor.element()) {
                case INT16, UINT16 -> bytes.putShort((short) zeroPoints[channel]);
                case INT4, UINT4 -> {
                    int shifted = (int) (zeroPoints[channel] & 0xF) << (channel % 2 * 4);
                    bytes.put(channel / 2, (byte) (bytes.get(channel / 2) | shifted));
                }
                case INT8, UINT8 -> bytes.put((byte) zeroPoints[channel]);
                default -> throw new NotConvertible("zero points of type " + tensor.element());
            }
        }
        bytes.position(0);
        return TensorData.of(type, bytes);
    }
}
