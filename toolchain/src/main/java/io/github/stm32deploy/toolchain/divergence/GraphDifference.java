// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.divergence;

import io.github.stm32deploy.toolchain.parity.TensorError;
import java.util.List;
import java.util.Optional;

/**
 * What two graphs of one network have in common and where they part.
 *
 * @param quantized true where one of them has codes: then noise everywhere is expected, and a layer stands out by how much it adds
 * @param outputs in the order of the first graph
 * @param tensors pairs of computed tensors in the order of the first graph
 * @param unpaired computed tensors of the first graph without a counterpart
 * @param first the first layer at which the results part; empty where none does
 */
public record GraphDifference(
        boolean quantized, List<Output> outputs, List<Layer> tensors, int unpaired, Optional<Layer> first) {
    /**
     * Of codes of 8 bits more is not to be had; a tensor above counts as exact when the loss of the next layer is judged.
     */
    public static final double EIGHT_BITS_DB = 48;

    /** Two float graphs part where the error is more than a ten-thousandth of the signal. */
    public static final double FLOAT_DB = 80;

    /** A quantized layer stands out where it loses two bits against the worst of its inputs ... */
    public static final double LOSS_DB = 12;

    /** ... and its error is more than a thirtieth of the signal. */
    public static final double QUANTIZED_DB = 30;

    public GraphDifference {
        outputs = List.copyOf(outputs);
        tensors = List.copyOf(tensors);
    }

    /**
     * @param name in the first graph
     * @param other in the second
     */
    public record Output(String name, String other, TensorError error) {}

    /**
     * @param node that computes the tensor in the first graph
     * @param tensor its name there
     * @param other name in the second graph
     * @param byName false where operator and shape made the pair
     * @param sqnrDb signal to noise of the output
     * @param inputDb lowest ratio among the nearest compared tensors before it, {@link #EIGHT_BITS_DB} at most where a
     *     graph is quantized
     * @param error empty where the channels of the tensor were multiplied by constants: only the ratio is a figure then
     */
    public record Layer(
            String node,
            String operator,
            String tensor,
            String other,
            boolean byName,
            double sqnrDb,
            double inputDb,
            Optional<TensorError> error) {
        /** Decibels that this layer adds to the noise; negative where it averages noise out. */
        public double lossDb() {
            return inputDb - Math.min(EIGHT_BITS_DB, sqnrDb);
        }
    }
}
