// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.parity;

import io.github.stm32deploy.toolchain.model.TensorData;

/** Sums of a {@link TensorError} over many samples, in constant memory. */
public final class TensorErrorAccumulator {
    private long elements;
    private long notFinite;
    private long equal;
    private double maximum;
    private double absolute;
    private double signed;
    private double referenceSquares;
    private double valueSquares;
    private double products;
    private double errorSquares;

    /**
     * @throws IllegalArgumentException where the numbers of elements differ
     */
    public void add(TensorData reference, TensorData value) {
        add(reference, value, ExecutionParity.Limits.NONE);
    }

    /** As {@link #add(TensorData, TensorData)}; values beyond the limits count as the limit, on both sides. */
    public void add(TensorData reference, TensorData value, ExecutionParity.Limits limits) {
        int count = Math.toIntExact(reference.elements());
        if (count != value.elements()) {
            throw new IllegalArgumentException("reference is " + reference.type() + ", value is " + value.type());
        }
        for (int index = 0; index < count; index++) {
            add(limits.clamp(reference.floatAt(index)), limits.clamp(value.floatAt(index)));
        }
    }

    public void add(double reference, double value) {
        double error = value - reference;
        if (!Double.isFinite(error)) {
            // Equal infinities agree; their difference is not a number.
            if (reference == value || Double.isNaN(reference) && Double.isNaN(value)) {
                elements++;
                equal++;
            } else {
                notFinite++;
            }
            return;
        }
        elements++;
        if (error == 0) {
            equal++;
        }
        maximum = Math.max(maximum, Math.abs(error));
        absolute += Math.abs(error);
        signed += error;
        errorSquares += error * error;
        referenceSquares += reference * reference;
        valueSquares += value * value;
        products += reference * value;
    }

    /**
     * @param step real value of one quantum, 0 where there is none
     */
    public TensorError result(double step) {
        double count = Math.max(1, elements);
        return new TensorError(
                elements,
                notFinite,
                maximum,
                step > 0 ? maximum / step : 0,
                absolute / count,
                signed / count,
                cosine(),
                sqnrDb(),
                equal / Math.max(1.0, (double) elements + notFinite));
    }

    private double cosine() {
        if (referenceSquares == 0 || valueSquares == 0) {
            return referenceSquares == valueSquares ? 1 : 0;
        }
        return Math.max(-1, Math.min(1, products / (Math.sqrt(referenceSquares) * Math.sqrt(valueSquares))));
    }

    private double sqnrDb() {
        if (errorSquares == 0) {
            return Double.POSITIVE_INFINITY;
        }
        return 10 * Math.log10(referenceSquares / errorSquares);
    }
}
