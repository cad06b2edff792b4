// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.quantize;

/**
 * Per-tensor int8 quantization: real = (code - zeroPoint) * scale, code in -128..127.
 *
 * @param scale real value of one quantum, positive and finite
 */
public record QuantizationParameters(float scale, int zeroPoint) {
    static final int LOWEST = -128;
    static final int HIGHEST = 127;

    /** What a sigmoid or softmax gives is in 0..1 whatever the samples showed; 1/256 is what TFLite and ST use too. */
    static final QuantizationParameters UNIT_INTERVAL = new QuantizationParameters(1 / 256f, LOWEST);

    /** The same with zero point 0. */
    static final QuantizationParameters SIGNED_UNIT_INTERVAL = new QuantizationParameters(1 / 127f, 0);

    /** Below this a range is no signal, and products of two scales would leave binary32. */
    private static final double SMALLEST_RANGE = 1e-15;

    public QuantizationParameters {
        if (!(scale > 0) || Float.isInfinite(scale) || zeroPoint < LOWEST || zeroPoint > HIGHEST) {
            throw new IllegalArgumentException("scale " + scale + ", zero point " + zeroPoint);
        }
    }

    /**
     * Asymmetric parameters that represent {@code range} and exactly 0. A tensor that is (almost) always 0 has no scale of
     * its own; it gets 1/128 around 0, so that it stays 0.
     */
    public static QuantizationParameters of(ValueRange range) {
        double lowest = Math.min(0, range.lowest());
        double highest = Math.max(0, range.highest());
        if (highest - lowest < SMALLEST_RANGE) {
            return new QuantizationParameters(1 / 128f, 0);
        }
        double scale = (highest - lowest) / (HIGHEST - LOWEST);
        long zeroPoint = Math.round(Math.rint(LOWEST - lowest / scale));
        return new QuantizationParameters((float) scale, (int) Math.max(LOWEST, Math.min(HIGHEST, zeroPoint)));
    }

    /** Zero point 0, codes -127..127 for the widest value of {@code range} on either side. */
    public static QuantizationParameters symmetric(ValueRange range) {
        double widest = Math.max(Math.abs((double) range.lowest()), Math.abs((double) range.highest()));
        return widest < SMALLEST_RANGE
                ? new QuantizationParameters(1 / 128f, 0)
                : new QuantizationParameters((float) (widest / HIGHEST), 0);
    }

    /** QuantizeLinear in binary32: round half to even, add the zero point, saturate. NaN becomes the zero point's code. */
    public byte quantize(float real) {
        double code = Math.rint(real / scale) + zeroPoint;
        return (byte) (Double.isNaN(code) ? zeroPoint : (int) Math.max(LOWEST, Math.min(HIGHEST, code)));
    }

    public float dequantize(byte code) {
        return (code - zeroPoint) * scale;
    }
}
