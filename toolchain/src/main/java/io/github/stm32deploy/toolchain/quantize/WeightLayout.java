// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;

/**
 * Where the weights of one output and one input channel lie in the weight tensor of a convolution or matrix product.
 *
 * @param outputs output channels in all
 * @param inputs input channels in all
 * @param groups of a convolution, 1 otherwise
 * @param kernel weights that one pair of channels has
 * @param outputsFirst true where the output channel is the slowest axis
 */
record WeightLayout(int outputs, int inputs, int groups, int kernel, boolean outputsFirst) {
    /** Receives the place of one weight and its channels. */
    interface Visitor {
        void visit(int index, int output, int input);
    }

    static WeightLayout of(Node node, Shape weight) {
        int first = Math.toIntExact(weight.size(0));
        int second = Math.toIntExact(weight.size(1));
        int groups = Math.toIntExact(node.intAttribute("group", 1));
        int kernel = first == 0 || second == 0 ? 0 : Math.toIntExact(weight.elements() / first / second);
        return switch (node.operator()) {
            case "Conv" -> new WeightLayout(first, second * groups, groups, kernel, true);
            case "ConvTranspose" -> new WeightLayout(second * groups, first, groups, kernel, false);
            case "Gemm" ->
                node.intAttribute("transB", 0) != 0
                        ? new WeightLayout(first, second, 1, 1, true)
                        : new WeightLayout(second, first, 1, 1, false);
            default -> new WeightLayout(second, first, 1, 1, false);
        };
    }

    /** True where every output channel reads one input channel. */
    boolean depthwise() {
        return groups > 1 && groups == inputs;
    }

    void forEach(Visitor visitor) {
        int outputsPerGroup = outputs / groups;
        int inputsPerGroup = inputs / groups;
        int index = 0;
        if (outputsFirst) {
            for (int output = 0; output < outputs; output++) {
                for (int input = 0; input < inputsPerGroup; input++) {
                    for (int tap = 0; tap < kernel; tap++) {
                        visitor.visit(index++, output, output / outputsPerGroup * inputsPerGroup + input);
                    }
                }
            }
        } else {
            for (int input = 0; input < inputs; input++) {
                for (int output = 0; output < outputsPerGroup; output++) {
                    for (int tap = 0; tap < kernel; tap++) {
                        visitor.visit(index++, input / inputsPerGroup * outputsPerGroup + output, input);
                    }
                }
            }
        }
    }

    /** Largest absolute weight of each output channel in steps of int8. */
    double[] outputScales(TensorData weight) {
        double[] scales = new double[outputs];
        forEach((index, output, input) ->
                scales[output] = Math.max(scales[output], Math.abs(weight.floatAt(index)) / 127));
        return scales;
    }
}
