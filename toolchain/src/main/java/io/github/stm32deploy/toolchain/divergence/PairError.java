// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.divergence;

import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import io.github.stm32deploy.toolchain.parity.ExecutionParity.Limits;
import io.github.stm32deploy.toolchain.parity.TensorError;
import io.github.stm32deploy.toolchain.parity.TensorErrorAccumulator;
import java.util.Arrays;
import java.util.Optional;

/** Error of one tensor against its counterpart, over all samples. */
final class PairError {
    private final TensorErrorAccumulator sums = new TensorErrorAccumulator();
    private final Limits limits;
    private final boolean scaled;
    private final int axis;
    private double[] products;
    private double[] references;
    private double[] values;

    private PairError(Limits limits, boolean scaled, int axis) {
        this.limits = limits;
        this.scaled = scaled;
        this.axis = axis;
    }

    /** Values against values; those beyond the limits count as the limit, on both sides. */
    static PairError within(Limits limits) {
        return new PairError(limits, false, 0);
    }

    /**
     * For a tensor whose channels were multiplied by constants: each channel is compared after the factor that fits best,
     * and only the ratio of signal to noise is a figure.
     *
     * @param axis of the channels
     */
    static PairError upToChannelFactors(int axis) {
        return new PairError(Limits.NONE, true, axis);
    }

    void add(TensorData reference, TensorData value) {
        TensorData ordered = inOrderOf(reference.shape(), value);
        if (!scaled) {
            sums.add(reference, ordered, limits);
            return;
        }
        Shape shape = reference.shape();
        int channels = Math.toIntExact(shape.size(axis));
        if (products == null) {
            products = new double[channels];
            references = new double[channels];
            values = new double[channels];
        }
        int inner = 1;
        for (int following = axis + 1; following < shape.rank(); following++) {
            inner *= Math.toIntExact(shape.size(following));
        }
        int count = Math.toIntExact(reference.elements());
        for (int index = 0; index < count; index++) {
            int channel = index / inner % channels;
            double one = reference.floatAt(index);
            double other = ordered.floatAt(index);
            products[channel] += one * other;
            references[channel] += one * one;
            values[channel] += other * other;
        }
    }

    /** The values in the layout of {@code wanted}: as they are, or with the channels moved to the other end. */
    static TensorData inOrderOf(Shape wanted, TensorData value) {
        long[] to = wanted.toArray();
        long[] from = value.shape().toArray();
        if (Arrays.equals(to, from) || to.length != 4 || from.length != 4) {
            return value;
        }
        boolean channelsFirst = to[1] == from[3] && to[2] == from[1] && to[3] == from[2];
        boolean channelsLast = to[3] == from[1] && to[1] == from[2] && to[2] == from[3];
        if (!channelsFirst && !channelsLast) {
            return value;
        }
        int channels = (int) (channelsFirst ? to[1] : to[3]);
        int positions = (int) (value.elements() / to[0] / channels);
        float[] source = value.toFloats();
        float[] moved = new float[source.length];
        for (int index = 0; index < moved.length; index++) {
            int batch = index / (channels * positions);
            int channel = channelsFirst ? index / positions % channels : index % channels;
            int position = channelsFirst ? index % positions : index / channels % positions;
            int place = channelsFirst ? position * channels + channel : channel * positions + position;
            moved[index] = source[batch * channels * positions + place];
        }
        return TensorData.ofFloats(wanted, moved);
    }

    /** Signal to noise in decibels. */
    double sqnrDb() {
        if (!scaled) {
            return sums.result(0).sqnrDb();
        }
        double signal = 0;
        double noise = 0;
        for (int channel = 0; products != null && channel < products.length; channel++) {
            signal += references[channel];
            double explained = values[channel] == 0 ? 0 : products[channel] * products[channel] / values[channel];
            noise += Math.max(0, references[channel] - explained);
        }
        return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    }

    /** Everything else; empty where only the ratio is known. */
    Optional<TensorError> error() {
        return scaled ? Optional.empty() : Optional.of(sums.result(0));
    }
}
