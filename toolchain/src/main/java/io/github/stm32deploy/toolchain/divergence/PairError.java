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
    private static final double HALF_CODE = 1.0 / 512;

    private final TensorErrorAccumulator sums = new TensorErrorAccumulator();
    private final Limits limits;
    private final boolean scaled;
    private final boolean probabilities;
    private final int axis;
    private double signal;
    private double noise;
    private double[] products;
    private double[] references;
    private double[] values;

    private PairError(Limits limits, boolean scaled, boolean probabilities, int axis) {
        this.limits = limits;
        this.scaled = scaled;
        this.probabilities = probabilities;
        this.axis = axis;
    }

    /** Values against values; those beyond the limits count as the limit, on both sides. */
    static PairError within(Limits limits) {
        return new PairError(limits, false, false, 0);
    }

    /**
     * For what a sigmoid or softmax gives: the ratio is that of the logits log(p / (1 - p)). Most scores of a map lie near 0, where
     * the signal is next to nothing and the rounding to 1/256 that every such tensor has looks like an error of the layer;
     * their logits tell as much apart as 8 bits can.
     */
    static PairError ofProbabilities() {
        return new PairError(Limits.NONE, false, true, 0);
    }

    /** Half a code of 1/256 away from 0 and 1 at least: what lies beyond is the same code. */
    private static double logit(double probability) {
        double within = Math.max(HALF_CODE, Math.min(1 - HALF_CODE, probability));
        return Math.log(within / (1 - within));
    }

    /**
     * For a tensor whose channels were multiplied by constants: each channel is compared after the factor that fits best,
     * and only the ratio of signal to noise is a figure.
     *
     * @param axis of the channels
     */
    static PairError upToChannelFactors(int axis) {
        return new PairError(Limits.NONE, true, false, axis);
    }

    void add(TensorData reference, TensorData value) {
        TensorData ordered = inOrderOf(reference.shape(), value);
        if (!scaled) {
            sums.add(reference, ordered, limits);
            addLogits(reference, ordered);
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

    private void addLogits(TensorData reference, TensorData value) {
        int count = probabilities ? Math.toIntExact(reference.elements()) : 0;
        for (int index = 0; index < count; index++) {
            double expected = logit(reference.floatAt(index));
            double error = logit(value.floatAt(index)) - expected;
            signal += expected * expected;
            noise += error * error;
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
        if (probabilities) {
            return ratio(signal, noise);
        }
        if (!scaled) {
            return sums.result(0).sqnrDb();
        }
        double explainable = 0;
        double unexplained = 0;
        for (int channel = 0; products != null && channel < products.length; channel++) {
            explainable += references[channel];
            double explained = values[channel] == 0 ? 0 : products[channel] * products[channel] / values[channel];
            unexplained += Math.max(0, references[channel] - explained);
        }
        return ratio(explainable, unexplained);
    }

    private static double ratio(double signal, double noise) {
        return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    }

    /** Everything else; empty where only the ratio is known. */
    Optional<TensorError> error() {
        return scaled ? Optional.empty() : Optional.of(sums.result(0));
    }
}
