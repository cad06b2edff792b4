// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import java.util.Optional;

/** Operands of kernels that take two tensors: each in memory or in the weights image. */
final class Operands {
    private final GraphLowering lowering;

    Operands(GraphLowering lowering) {
        this.lowering = lowering;
    }

    /**
     * @param tensor null where the operand is {@code constant}
     * @param constant int8 per tensor; null where the operand is computed
     */
    record Operand(StoredTensor tensor, QuantizedConstant constant, Quantization quantization) {
        int[] shape() {
            return tensor != null ? tensor.shape() : constant.shape();
        }
    }

    Operand of(Node node, String tensor) {
        Optional<QuantizedConstant> constant = lowering.constants().quantized(tensor);
        if (constant.isPresent()) {
            QuantizedConstant value = constant.get();
            if (!value.isPerTensor() || value.element().bits() != 8) {
                throw Unlowerable.attribute(
                        node,
                        "constant \"" + tensor + "\" is not int8 per tensor",
                        "constant operands are int8 per tensor");
            }
            return new Operand(null, value, new Quantization(value.scales()[0], value.zeroPoints()[0]));
        }
        if (lowering.constants().isConstant(tensor)) {
            throw Unlowerable.attribute(
                    node,
                    "constant \"" + tensor + "\" is float",
                    "constant operands stand behind DequantizeLinear, or are one number");
        }
        Real real = lowering.real(tensor);
        return new Operand(real.tensor(), null, real.quantization());
    }
}
