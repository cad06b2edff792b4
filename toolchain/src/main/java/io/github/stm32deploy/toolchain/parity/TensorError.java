// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.parity;

import io.github.stm32deploy.toolchain.model.TensorData;

/**
 * How far values are from their reference, over all elements of one or more pairs of tensors.
 *
 * @param elements pairs compared; those where neither or only one value is finite are counted in {@code notFinite} instead
 * @param notFinite pairs with a NaN or infinity that are not equal
 * @param maxAbsError largest |value - reference|
 * @param quanta {@code maxAbsError} in steps of the quantized tensor, 0 where no step was given; for integer tensors the
 *     step is 1
 * @param meanAbsError mean of |value - reference| (MAE)
 * @param bias mean of value - reference
 * @param cosine cosine of the angle between both tensors as vectors; 1 where both are zero, 0 where only one is
 * @param sqnrDb 10 log10(sum reference^2 / sum (value - reference)^2); +infinity where the values are equal
 * @param exactShare share of the pairs that are equal, 0..1
 */
public record TensorError(
        long elements,
        long notFinite,
        double maxAbsError,
        double quanta,
        double meanAbsError,
        double bias,
        double cosine,
        double sqnrDb,
        double exactShare) {

    /**
     * Compares {@code value} with {@code reference}; real values, integers as they are stored.
     *
     * @throws IllegalArgumentException where the numbers of elements differ
     */
    public static TensorError between(TensorData reference, TensorData value) {
        TensorErrorAccumulator sums = new TensorErrorAccumulator();
        sums.add(reference, value);
        boolean integers = !value.element().isFloatingPoint();
        return sums.result(integers ? 1 : 0);
    }

    /**
     * @param step real value of one quantum of {@code value}
     */
    public static TensorError between(TensorData reference, TensorData value, double step) {
        TensorErrorAccumulator sums = new TensorErrorAccumulator();
        sums.add(reference, value);
        return sums.result(step);
    }
}
