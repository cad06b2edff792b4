// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import io.github.stm32deploy.toolchain.model.ElementType;
import java.util.Objects;

/**
 * When a real value x of a score tensor makes a candidate; the C twin is {@code n6_score_rule_t}. Every activation is
 * non-decreasing, so that the passing values are x >= some x*.
 *
 * @param factor largest value that the other factor of a product of two tensors can have; 1 without one
 * @param strict score > threshold; otherwise >=
 */
public record ScoreRule(Activation activation, float factor, float threshold, boolean strict) {
    private static final float CLAMP_LOGIT = 100.0f;
    private static final int LARGEST = 255;
    private static final long MINUS_INFINITY = -0x7F800001L;
    private static final long PLUS_INFINITY = 0x7F800000L;

    /** In the order of {@code n6_activation_t}. */
    public enum Activation {
        /** score = x * factor. */
        NONE,
        /** score = 1 / (1 + e^-x), x clamped to +-100; factor 1. */
        SIGMOID,
        /** score = sqrt(x * factor). */
        SQRT
    }

    /**
     * x* in the values that a tensor stores.
     *
     * @param code smallest passing integer; {@link Integer#MAX_VALUE} where none passes or the tensor is float
     * @param value smallest passing float; NaN where none passes or the tensor is integer
     */
    public record StoredThreshold(int code, float value) {}

    public ScoreRule {
        Objects.requireNonNull(activation);
        if (Float.isNaN(threshold)) {
            throw new IllegalArgumentException("the score threshold is not a number");
        }
    }

    public static ScoreRule atLeast(Activation activation, float threshold) {
        return new ScoreRule(activation, 1.0f, threshold, false);
    }

    public static ScoreRule above(Activation activation, float threshold) {
        return new ScoreRule(activation, 1.0f, threshold, true);
    }

    public ScoreRule withThreshold(float value) {
        return new ScoreRule(activation, factor, value, strict);
    }

    public ScoreRule withFactor(float value) {
        return new ScoreRule(activation, value, threshold, strict);
    }

    public float scoreOf(float x) {
        return switch (activation) {
            case SIGMOID -> sigmoid(x > CLAMP_LOGIT ? CLAMP_LOGIT : x < -CLAMP_LOGIT ? -CLAMP_LOGIT : x);
            case SQRT -> (float) Math.sqrt(x * factor);
            case NONE -> x * factor;
        };
    }

    /** False for NaN. */
    public boolean passes(float score) {
        return strict ? score > threshold : score >= threshold;
    }

    /**
     * Smallest stored value that passes, exact: all 256 codes are evaluated, or the floats bisected.
     *
     * @throws IllegalArgumentException for other elements than INT8, UINT8 and FLOAT32
     */
    public StoredThreshold stored(ElementType element, float scale, int zeroPoint) {
        return switch (element) {
            case INT8 -> new StoredThreshold(smallestCode(Byte.MIN_VALUE, Byte.MAX_VALUE, scale, zeroPoint), Float.NaN);
            case UINT8 -> new StoredThreshold(smallestCode(0, LARGEST, scale, zeroPoint), Float.NaN);
            case FLOAT32 -> new StoredThreshold(Integer.MAX_VALUE, smallestValue());
            default -> throw new IllegalArgumentException("score tensors are INT8, UINT8 or FLOAT32, not " + element);
        };
    }

    /**
     * Smallest difference of two stored logits that passes: -255 to 255 for integers, whose zero points cancel.
     *
     * @throws IllegalArgumentException for other elements than INT8, UINT8 and FLOAT32
     */
    StoredThreshold storedDifference(ElementType element, float scale) {
        return element == ElementType.INT8 || element == ElementType.UINT8
                ? new StoredThreshold(smallestCode(-LARGEST, LARGEST, scale, 0), Float.NaN)
                : stored(element, scale, 0);
    }

    StoredThreshold stored(OutputTensor tensor) {
        return stored(tensor.element(), tensor.scale(), tensor.zeroPoint());
    }

    static float exp(float x) {
        return (float) StrictMath.exp(x);
    }

    static float sigmoid(float x) {
        if (x >= 0.0f) {
            return 1.0f / (1.0f + exp(-x));
        }
        float e = exp(x);
        return e / (1.0f + e);
    }

    private int smallestCode(int lowest, int highest, float scale, int zeroPoint) {
        for (int code = lowest; code <= highest; code++) {
            if (passes(scoreOf(scale * (float) (code - zeroPoint)))) {
                return code;
            }
        }
        return Integer.MAX_VALUE;
    }

    private float smallestValue() {
        long low = MINUS_INFINITY;
        long high = PLUS_INFINITY;
        if (!passes(scoreOf(numberAt(high)))) {
            return Float.NaN;
        }
        if (passes(scoreOf(numberAt(low)))) {
            return numberAt(low);
        }
        while (high - low > 1) {
            long middle = low + (high - low) / 2;
            if (passes(scoreOf(numberAt(middle)))) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return numberAt(high);
    }

    /** The binary32 numbers in ascending order: -inf, ..., -0, +0, ..., +inf. */
    private static float numberAt(long position) {
        return Float.intBitsToFloat(position >= 0 ? (int) position : 0x80000000 | (int) (-position - 1));
    }
}
