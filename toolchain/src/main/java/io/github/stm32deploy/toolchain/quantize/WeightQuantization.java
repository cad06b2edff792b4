// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

import io.github.stm32deploy.toolchain.model.ElementType;
import io.github.stm32deploy.toolchain.model.Shape;
import io.github.stm32deploy.toolchain.model.TensorData;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Symmetric int8 weights (-127..127) and the int32 bias that fits them.
 *
 * @param scales one for each output channel, or one
 * @param axis channel axis of the weight; empty where there is one scale
 */
record WeightQuantization(float[] scales, Optional<Integer> axis) {
    private static final int HIGHEST = 127;
    /** 3 * 2^22: beside it binary32 has the integers only, so that adding it rounds half to even, as Math.rint does. */
    private static final float TO_INTEGER = 12_582_912;
    /** Leaves the accumulator room beside the bias. */
    private static final double LARGEST_BIAS = 1 << 30;
    /** Codes that a bias gets in a channel whose weights are all zero. */
    private static final double LONE_BIAS = 1 << 20;

    /**
     * Scales for {@code weight}. A channel whose weights are tiny beside its bias gets a scale at which the bias still fits
     * int32; a channel of zeros one at which the bias is precise.
     *
     * @param chosen scales by channel; null for largest weight / 127
     * @param bias one value for each channel, or null
     * @param inputScale scale of the activation; the bias has inputScale * scale
     */
    static WeightQuantization of(
            TensorData weight, Optional<Integer> axis, float[] chosen, float[] bias, float inputScale) {
        float[] values = weight.toFloats();
        int channels =
                axis.map(value -> Math.toIntExact(weight.shape().size(value))).orElse(1);
        int inner = inner(weight.shape(), axis);
        float[] largest = new float[channels];
        for (int start = 0; start < values.length; start += inner) {
            int channel = start / inner % channels;
            float most = largest[channel];
            for (int index = start; index < start + inner; index++) {
                float size = Math.abs(values[index]);
                most = size > most ? size : most;
            }
            largest[channel] = most;
        }
        float[] scales = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            double biasSize = channels == 1 ? largest(bias) : bias == null ? 0 : Math.abs(bias[channel]);
            double scale = chosen == null ? largest[channel] / HIGHEST : chosen[channel];
            if (largest[channel] == 0) {
                scale = biasSize == 0 ? 1 : biasSize / (inputScale * LONE_BIAS);
            }
            scale = Math.max(scale, biasSize / (inputScale * LARGEST_BIAS));
            scales[channel] = (float) Math.max(scale, 1e-20);
        }
        return new WeightQuantization(scales, axis);
    }

    private static double largest(float[] bias) {
        double largest = 0;
        if (bias != null) {
            for (float value : bias) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        return largest;
    }

    /** Elements between two neighbours on the channel axis. */
    private static int inner(Shape shape, Optional<Integer> axis) {
        int inner = 1;
        for (int following = axis.map(value -> value + 1).orElse(shape.rank()); following < shape.rank(); following++) {
            inner *= Math.toIntExact(shape.size(following));
        }
        return inner;
    }

    /** Weight codes of the same shape. */
    TensorData codes(TensorData weight) {
        float[] values = weight.toFloats();
        int inner = inner(weight.shape(), axis);
        byte[] codes = new byte[values.length];
        for (int start = 0; start < codes.length; start += inner) {
            float scale = scales[start / inner % scales.length];
            for (int index = start; index < start + inner; index++) {
                float code = values[index] / scale;
                code = code > HIGHEST ? HIGHEST : code < -HIGHEST ? -HIGHEST : code;
                codes[index] = (byte) ((code + TO_INTEGER) - TO_INTEGER);
            }
        }
        return TensorData.ofBytes(ElementType.INT8, weight.shape(), codes);
    }

    /** What the codes stand for, in the order of the weight. */
    float[] values(TensorData weight) {
        ByteBuffer codes = codes(weight).bytes();
        int inner = inner(weight.shape(), axis);
        float[] values = new float[codes.remaining()];
        for (int index = 0; index < values.length; index++) {
            values[index] = codes.get(index) * scales[index / inner % scales.length];
        }
        return values;
    }

    /** Scales of the bias: inputScale * scale, in binary32. */
    float[] biasScales(float inputScale) {
        float[] products = new float[scales.length];
        for (int channel = 0; channel < products.length; channel++) {
            products[channel] = inputScale * scales[channel];
        }
        return products;
    }

    /** Bias codes, shape [channels]. */
    TensorData biasCodes(float[] bias, float inputScale) {
        float[] biasScales = biasScales(inputScale);
        int[] codes = new int[bias.length];
        for (int channel = 0; channel < codes.length; channel++) {
            codes[channel] = (int) Math.rint((double) bias[channel] / biasScales[channel % biasScales.length]);
        }
        return TensorData.ofInts(Shape.of(codes.length), codes);
    }
}
