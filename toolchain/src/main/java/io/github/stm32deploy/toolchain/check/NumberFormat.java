// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.check;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * In which numbers the convolutions and products of a graph compute.
 *
 * @param integer int8 or int4 weights on int8 activations
 * @param unsigned weights or activations are unsigned
 * @param wide activations are 16-bit integers
 * @param weightOnly integer weights on float activations
 * @param floating float weights on float activations
 * @param half weights stored as float16
 * @param mixed float weights on quantized activations
 */
record NumberFormat(
        List<Node> integer,
        List<Node> unsigned,
        List<Node> wide,
        List<Node> weightOnly,
        List<Node> floating,
        List<Node> half,
        List<Node> mixed) {

    static NumberFormat of(QuantizedGraph quantized) {
        NumberFormat format = new NumberFormat(
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>());
        quantized.weighted().forEach(node -> format.place(node, quantized));
        return format;
    }

    private void place(Node node, QuantizedGraph quantized) {
        if (QuantizedGraph.isIntegerOperator(node)) {
            boolean signed = integerOperatorIsSigned(node, quantized);
            (signed ? integer : unsigned).add(node);
            return;
        }
        ElementType weights =
                quantized.constantBehind(node.input(1)).map(TensorData::element).orElse(ElementType.FLOAT32);
        Optional<ElementType> activations = quantized.storedType(node.input(0));
        boolean integerWeights = !weights.isFloatingPoint();
        if (weights == ElementType.FLOAT16 || weights == ElementType.BFLOAT16) {
            half.add(node);
        } else if (activations.isEmpty()) {
            (integerWeights ? weightOnly : floating).add(node);
        } else if (activations.get() == ElementType.INT16 || activations.get() == ElementType.UINT16) {
            wide.add(node);
        } else if (activations.get() == ElementType.UINT8
                || weights == ElementType.UINT8
                || weights == ElementType.UINT4) {
            unsigned.add(node);
        } else {
            (integerWeights ? integer : mixed).add(node);
        }
    }

    private static boolean integerOperatorIsSigned(Node node, QuantizedGraph quantized) {
        if (node.operator().equals("ConvInteger") || node.operator().startsWith("MatMulInteger")) {
            return true;
        }
        int zeroPoint = 2;
        return quantized
                .graph()
                .type(node.input(zeroPoint))
                .map(type -> type.element() != ElementType.UINT8)
                .orElse(true);
    }

    int nodes() {
        return integer.size()
                + unsigned.size()
                + wide.size()
                + weightOnly.size()
                + floating.size()
                + half.size()
                + mixed.size();
    }

    /** True where no convolution or product is quantized at all. */
    boolean allFloat() {
        return nodes() > 0 && floating.size() + half.size() == nodes();
    }

    /** True where most of the work is done on float activations with integer weights. */
    boolean mostlyWeightOnly() {
        return !weightOnly.isEmpty() && integer.size() + unsigned.size() + wide.size() == 0;
    }
}
