// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.postprocess;

import java.util.Objects;

/**
 * Non-maximum suppression of a decoder; the C twin is {@code n6_nms_t}.
 *
 * @param inclusive suppress at IoU >= threshold; otherwise above it
 * @param perClass boxes of different classes never suppress each other
 * @param stopAtZeroArea weighted only: as MediaPipe, a best box without area ends the search; otherwise boxes without area
 *     are dropped beforehand
 * @param recheckAbove as OpenCV: where there is more than one candidate, only score > scoreThreshold stays
 * @param topK best candidates that take part, of each class where {@code perClass}; 0 = all
 * @param scoreThreshold for {@code recheckAbove} and soft suppression
 * @param sigma of soft suppression
 * @param keep best survivors wanted, where the search ends, hard and {@code perClass} of each class; 0 = all
 * @param epsilon area that {@link IouConvention#EPSILON} adds to the union, in the boxes' unit squared
 */
public record NmsSpec(
        Kind kind,
        IouConvention convention,
        float iouThreshold,
        boolean inclusive,
        boolean perClass,
        boolean stopAtZeroArea,
        boolean recheckAbove,
        int topK,
        float scoreThreshold,
        float sigma,
        int keep,
        float epsilon) {

    /** What {@link IouConvention#EPSILON} adds to unions of boxes that go from 0 to 1. */
    public static final float UNIT_EPSILON = 1e-5f;

    /** In the order of {@code n6_nms_kind_t}. */
    public enum Kind {
        /** Only order and capacity. */
        NONE,
        /** Greedy: a box stays unless it overlaps one that stayed before. */
        HARD,
        /** MediaPipe: boxes and landmarks of a cluster are averaged by score. */
        WEIGHTED,
        /** Gaussian: overlapping scores decay by exp(-IoU^2 / sigma). */
        SOFT
    }

    /** How sides are measured, in the order of {@code n6_iou_t}. */
    public enum IouConvention {
        STANDARD,
        /** Sides + 1: boxes of whole pixels, both ends included. */
        PLUS_ONE,
        /** Union + epsilon: 1e-5 where boxes go from 0 to 1. */
        EPSILON,
        /** x, y, width, height truncated to integers; two empty boxes overlap fully. */
        TRUNCATED
    }

    public NmsSpec {
        Objects.requireNonNull(kind);
        Objects.requireNonNull(convention);
    }

    public static NmsSpec none() {
        return new NmsSpec(Kind.NONE, IouConvention.STANDARD, 0, false, false, false, false, 0, 0, 0, 0, UNIT_EPSILON);
    }

    /** Greedy suppression above {@code iouThreshold}. */
    public static NmsSpec hard(IouConvention convention, float iouThreshold) {
        return new NmsSpec(Kind.HARD, convention, iouThreshold, false, false, false, false, 0, 0, 0, 0, UNIT_EPSILON);
    }

    /** MediaPipe's averaging suppression above {@code iouThreshold}, boxes without area dropped. */
    public static NmsSpec weighted(float iouThreshold) {
        return new NmsSpec(
                Kind.WEIGHTED,
                IouConvention.STANDARD,
                iouThreshold,
                false,
                false,
                false,
                false,
                0,
                0,
                0,
                0,
                UNIT_EPSILON);
    }

    /** Gaussian suppression; scores at or below {@code scoreThreshold} go. */
    public static NmsSpec soft(IouConvention convention, float sigma, float scoreThreshold) {
        return new NmsSpec(
                Kind.SOFT, convention, 0, false, false, false, false, 0, scoreThreshold, sigma, 0, UNIT_EPSILON);
    }

    /** Another way to choose, the rest as it is. */
    public NmsSpec with(Kind other, IouConvention sides, float threshold) {
        return new NmsSpec(
                other,
                sides,
                threshold,
                inclusive,
                perClass,
                stopAtZeroArea,
                recheckAbove,
                topK,
                scoreThreshold,
                sigma,
                keep,
                epsilon);
    }

    public NmsSpec withInclusive(boolean value) {
        return new NmsSpec(
                kind,
                convention,
                iouThreshold,
                value,
                perClass,
                stopAtZeroArea,
                recheckAbove,
                topK,
                scoreThreshold,
                sigma,
                keep,
                epsilon);
    }

    public NmsSpec withPerClass(boolean value) {
        return new NmsSpec(
                kind,
                convention,
                iouThreshold,
                inclusive,
                value,
                stopAtZeroArea,
                recheckAbove,
                topK,
                scoreThreshold,
                sigma,
                keep,
                epsilon);
    }

    public NmsSpec withStopAtZeroArea(boolean value) {
        return new NmsSpec(
                kind,
                convention,
                iouThreshold,
                inclusive,
                perClass,
                value,
                recheckAbove,
                topK,
                scoreThreshold,
                sigma,
                keep,
                epsilon);
    }

    /** Only scores above {@code threshold} stay where there is more than one candidate. */
    public NmsSpec withRecheckAbove(float threshold) {
        return new NmsSpec(
                kind,
                convention,
                iouThreshold,
                inclusive,
                perClass,
                stopAtZeroArea,
                true,
                topK,
                threshold,
                sigma,
                keep,
                epsilon);
    }

    public NmsSpec withTopK(int value) {
        return new NmsSpec(
                kind,
                convention,
                iouThreshold,
                inclusive,
                perClass,
                stopAtZeroArea,
                recheckAbove,
                value,
                scoreThreshold,
                sigma,
                keep,
                epsilon);
    }

    /** Only the best {@code value} survivors are wanted, of each class where hard and per class. */
    public NmsSpec withKeep(int value) {
        return new NmsSpec(
                kind,
                convention,
                iouThreshold,
                inclusive,
                perClass,
                stopAtZeroArea,
                recheckAbove,
                topK,
                scoreThreshold,
                sigma,
                value,
                epsilon);
    }

    /** For boxes in other units than 0 to 1. */
    public NmsSpec withEpsilon(float value) {
        return new NmsSpec(
                kind,
                convention,
                iouThreshold,
                inclusive,
                perClass,
                stopAtZeroArea,
                recheckAbove,
                topK,
                scoreThreshold,
                sigma,
                keep,
                value);
    }
}
