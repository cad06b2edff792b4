// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.support;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.List;

/**
 * A node that computes or moves something, with quantization folded into its operands.
 *
 * @param operator name of the computation, {@code Conv} for Conv, QLinearConv and CONV_2D alike
 * @param form the numbers it works on
 * @param operands activations in the order of the node's inputs, constants left out
 * @param constants names of the constant inputs, in order
 * @param results in the order of the node's outputs, unused ones left out
 */
record Operation(
        Node node, String operator, Form form, List<Operand> operands, List<String> constants, List<Operand> results) {

    enum Form {
        /** Quantized operands and results. */
        INTEGER,
        FLOAT,
        /** Integers that mean themselves: indices, shapes, booleans. */
        PLAIN,
        /** Float to int8. */
        QUANTIZE,
        /** Int8 to float. */
        DEQUANTIZE,
        /** Int8 to int8 with other parameters. */
        REQUANTIZE
    }

    Operation {
        operands = List.copyOf(operands);
        constants = List.copyOf(constants);
        results = List.copyOf(results);
    }

    /** One node of one graph: two operations are never the same one, and comparing their contents is slow. */
    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    boolean isConversion() {
        return form == Form.QUANTIZE || form == Form.DEQUANTIZE || form == Form.REQUANTIZE;
    }
}
