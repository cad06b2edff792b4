// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.repair;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.ModelGraph;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.Optional;

/**
 * What codes stand for: real = (code - zero point) * scale, as a QuantizeLinear or DequantizeLinear with constant parameters
 * says (ONNX operator schemas, DequantizeLinear-21).
 *
 * @param scales one, one for each index of {@code axis}, or one for each block along it
 * @param zeroPoints empty for 0
 * @param axis of the tensor of codes; without meaning where there is one scale
 * @param block codes that share a scale along the axis; 0 where the scale belongs to a whole index
 */
record CodeScale(TensorData scales, Optional<TensorData> zeroPoints, int axis, int block) {
    /** Parameters of a Q or DQ node; empty where they are computed. */
    static Optional<CodeScale> of(ModelGraph graph, Node node) {
        Optional<TensorData> scales = graph.constant(node.input(1));
        Optional<TensorData> zeroPoints = graph.constant(node.input(2));
        if (scales.isEmpty() || node.hasInput(2) && zeroPoints.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new CodeScale(
                scales.get(),
                zeroPoints,
                Math.toIntExact(node.intAttribute("axis", 1)),
                Math.toIntExact(node.intAttribute("block_size", 0))));
    }

    boolean single() {
        return scales.elements() == 1 && block == 0;
    }

    float scale() {
        return scales.floatAt(0);
    }

    /** Zero point of the first scale, of the only one mostly. */
    long zeroPoint() {
        return zeroPoints.map(values -> values.integerAt(0)).orElse(0L);
    }

    /** True where both give the same real values to the same codes. */
    boolean equivalent(CodeScale other) {
        if (!single() || !other.single()) {
            return scales.shape().equals(other.scales.shape())
                    && scales.bytes().equals(other.scales.bytes())
                    && axis == other.axis
                    && block == other.block
                    && zeroPoints.map(TensorData::bytes).equals(other.zeroPoints.map(TensorData::bytes));
        }
        return scale() == other.scale() && zeroPoint() == other.zeroPoint();
    }

    /** True where the parameters fit the shape of the codes. */
    boolean fits(Shape codes) {
        if (block > 0) {
            int along = normalized(codes.rank());
            if (along < 0 || along >= codes.rank() || scales.shape().rank() != codes.rank()) {
                return false;
            }
            for (int dimension = 0; dimension < codes.rank(); dimension++) {
                long size = codes.size(dimension);
                long expected = dimension == along ? (size + block - 1) / block : size;
                if (scales.shape().size(dimension) != expected) {
                    return false;
                }
            }
            return true;
        }
        int along = normalized(codes.rank());
        return single() || along >= 0 && along < codes.rank() && codes.size(along) == scales.elements();
    }

    private int normalized(int rank) {
        return axis < 0 ? axis + rank : axis;
    }

    /** The real values, computed as ONNX Runtime does: integer difference, one product in binary32. */
    TensorData reals(TensorData codes) {
        if (!fits(codes.shape())) {
            throw new IllegalArgumentException(scales.type() + " for codes " + codes.type());
        }
        float[] values = new float[Math.toIntExact(codes.elements())];
        int inner = 1;
        int size = 1;
        if (!single()) {
            int along = normalized(codes.shape().rank());
            size = Math.toIntExact(codes.shape().size(along));
            for (int dimension = along + 1; dimension < codes.shape().rank(); dimension++) {
                inner *= Math.toIntExact(codes.shape().size(dimension));
            }
        }
        int blocks = block > 0 ? (size + block - 1) / block : size;
        boolean floats = codes.element().isFloatingPoint();
        for (int index = 0; index < values.length; index++) {
            int parameter = 0;
            if (!single()) {
                int position = index / inner % size;
                int outer = index / inner / size;
                parameter = block > 0 ? (outer * blocks + position / block) * inner + index % inner : position;
            }
            int parameterIndex = parameter;
            float offset = floats
                    ? codes.floatAt(index)
                    : codes.integerAt(index)
                            - zeroPoints
                                    .map(points -> points.integerAt(points.elements() == 1 ? 0 : parameterIndex))
                                    .orElse(0L);
            values[index] = offset * scales.floatAt(parameter);
        }
        return TensorData.ofFloats(codes.shape(), values);
    }

    /** True for integers that stand for reals. */
    static boolean isCode(ElementType element) {
        return switch (element) {
            case INT2, UINT2, INT4, UINT4, INT8, UINT8, INT16, UINT16, INT32 -> true;
            default -> false;
        };
    }
}
