// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.codegen;

import io.github.stm32deploy.toolchain.model.Node;
import io.github.stm32deploy.toolchain.model.Origin;
import java.util.List;
import java.util.OptionalInt;

/**
 * One kernel call of the generated network. Field names of the parameter records are those of the C structures in
 * n6_kernels.h.
 */
sealed interface Step
        permits ConvolutionStep,
                FullyConnectedStep,
                MatrixStep,
                BinaryStep,
                PoolStep,
                LookupStep,
                ChannelStep,
                MovementStep {

    /**
     * Which node of the user's graph a step carries out.
     *
     * @param name unique among the steps: the node's name in the file, with a suffix where a node needs several steps
     * @param operator ONNX operator
     */
    record Identity(String name, String operator, Origin origin) {
        static Identity of(Node node) {
            String name =
                    node.origin().name().isEmpty() ? node.name() : node.origin().name();
            return new Identity(name, node.operator(), node.origin());
        }

        Identity part(String suffix) {
            return new Identity(name + "/" + suffix, operator, origin);
        }
    }

    Identity identity();

    List<Buffer> inputs();

    Buffer output();

    /** The same step reading {@code input} in place of its input {@code index}. */
    Step withInput(int index, Buffer input);

    Step withOutput(Buffer output);

    /** Name of the kernel in n6_kernels.h. */
    String kernel();

    /** Adapter in n6_network.h that calls it. */
    String adapter();

    CStructure parameters();

    /** Bytes for the weights image: weights, a constant operand or slopes; null where the step has none. */
    default byte[] weights() {
        return null;
    }

    default int[] bias() {
        return null;
    }

    default float[] scale() {
        return null;
    }

    /** A look-up table, little-endian where its elements are floats. */
    default byte[] table() {
        return null;
    }

    /** Multiply-accumulates, taps that fall into padding included. */
    default long macc() {
        return 0;
    }

    default long scratchBytes() {
        return 0;
    }

    /** The input that may share memory with the output. */
    default OptionalInt inPlaceInput() {
        return OptionalInt.empty();
    }

    /** Limits of the output in quanta; null where the kernel has none. */
    default int[] outputRange() {
        return null;
    }

    /** The same step with narrower limits; only where {@link #outputRange()} is not null. */
    default Step withOutputRange(int min, int max) {
        throw new UnsupportedOperationException(kernel());
    }
}
