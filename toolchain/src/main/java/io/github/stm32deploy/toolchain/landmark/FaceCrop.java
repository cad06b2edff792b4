// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.landmark;

/**
 * From a detector's box to the part of the image that a network was trained to see, and back: {@code n6_crop.c}, which names
 * the source of every rule. Image pixels; a crop may leave the image.
 */
public record FaceCrop(float left, float top, float right, float bottom) {
    /** The rules, in the order of {@code n6_crop_rule_t}. */
    public enum Rule {
        BOX,
        FIFTH_CROSSED,
        SQUARE_1_5,
        HOPENET,
        WHENET,
        FSANET,
        SQUARE_1_2,
        PEPPA,
        PIPNET,
        INTEGER_HALVES,
        FAN
    }

    /** A box letterboxed into a square input; input pixels, and input pixels per image pixel. */
    public record Letterbox(float padX, float padY, float ratioX, float ratioY) {}

    /** The crop of a box x1, y1, x2, y2. */
    public static FaceCrop of(Rule rule, float[] box, float imageWidth, float imageHeight) {
        float x1 = box[0];
        float y1 = box[1];
        float x2 = box[2];
        float y2 = box[3];
        float width = x2 - x1;
        float height = y2 - y1;
        return switch (rule) {
            case BOX -> new FaceCrop(x1, y1, x2, y2);
            case FIFTH_CROSSED -> {
                float x = truncated(0.2f * height);
                float y = truncated(0.2f * width);
                yield new FaceCrop(atLeast(x1 - x, 0), atLeast(y1 - y, 0), x2 + x, y2 + y);
            }
            case SQUARE_1_5 -> {
                float longer = width > height ? width : height;
                yield square(
                        truncated(atLeast((x1 + x2) * 0.5f - 0.75f * longer, 0)),
                        truncated(atLeast((y1 + y2) * 0.5f - 0.75f * longer, 0)),
                        truncated(1.5f * longer));
            }
            case HOPENET ->
                new FaceCrop(x1 - 0.5f * width, y1 - 0.75f * height, x2 + 0.5f * width, y2 + 0.25f * height)
                        .clipped(imageWidth, imageHeight);
            case WHENET -> {
                float left = atLeast(x1 - width / 5, 0);
                float right = atMost(x2 + (x2 - left) / 5, imageWidth);
                float top = atLeast(y1 - height / 10, 0);
                float bottom = atMost(y2 + (y2 - top) / 10, imageHeight);
                yield new FaceCrop(floor(left), floor(top), floor(right), floor(bottom));
            }
            case FSANET ->
                new FaceCrop(
                        floor(atLeast(x1 - 0.6f * width, 0)),
                        floor(atLeast(y1 - 0.6f * height, 0)),
                        floor(atMost(x2 + 0.6f * width, imageWidth - 1)),
                        floor(atMost(y2 + 0.6f * height, imageHeight - 1)));
            case SQUARE_1_2 -> {
                float w = width + 1;
                float h = height + 1;
                float side = truncated(1.2f * (w < h ? w : h));
                float half = floor(side * 0.5f);
                yield square(floor(x1 + floor(w * 0.5f)) - half, floor(y1 + floor(h * 0.5f)) - half, side);
            }
            case PEPPA -> {
                float half = floor(0.7f * width);
                yield square(floor((x1 + x2) * 0.5f) - half, floor((y1 + y2) * 0.5f) - half, 2 * half);
            }
            case PIPNET -> {
                float x = justBelowATenth(width);
                float y = justBelowATenth(height);
                yield new FaceCrop(
                        atLeast(x1 - x, 0),
                        atLeast(y1 + y, 0),
                        atMost(x2 - 1 + x, imageWidth - 1) + 1,
                        atMost(y2 - 1 + y, imageHeight - 1) + 1);
            }
            case INTEGER_HALVES -> {
                float cx = floor((x1 + x2) * 0.5f);
                float cy = floor((y1 + y2) * 0.5f);
                float w = floor(width * 0.5f);
                float h = floor(height * 0.5f);
                yield new FaceCrop(cx - w, cy - h, cx + w, cy + h);
            }
            case FAN -> {
                float side = 200 * (width + height) / 195;
                yield square((x1 + x2) * 0.5f - 0.5f * side, (y1 + y2) * 0.5f - 0.12f * height - 0.5f * side, side);
            }
        };
    }

    /** The crop without what lies outside the image. */
    public FaceCrop clipped(float imageWidth, float imageHeight) {
        return new FaceCrop(atLeast(left, 0), atLeast(top, 0), atMost(right, imageWidth), atMost(bottom, imageHeight));
    }

    /** Whether both sides of a box x1, y1, x2, y2 are longer than {@code least}. */
    public static boolean isWorthwhile(float[] box, float least) {
        return box[2] - box[0] > least && box[3] - box[1] > least;
    }

    /** x, y in image pixels of a point in parts of the crop. */
    public float[] toImage(float u, float v) {
        return new float[] {u * (right - left) + left, v * (bottom - top) + top};
    }

    /** How a box x1, y1, x2, y2 is letterboxed into a square input of that side. */
    public static Letterbox letterboxed(float[] box, float input) {
        float width = box[2] - box[0];
        float height = box[3] - box[1];
        float longer = width > height ? width : height;
        float w = (float) Math.rint(width * input / longer);
        float h = (float) Math.rint(height * input / longer);
        return new Letterbox(floor((input - w) * 0.5f), floor((input - h) * 0.5f), w / width, h / height);
    }

    /** int(size * 0.0999...98), upstream's (1.2 - 1) / 2 in binary64: a whole size gives one less where ten divides it. */
    private static float justBelowATenth(float size) {
        return floor((size - 1) / 10);
    }

    private static FaceCrop square(float left, float top, float side) {
        return new FaceCrop(left, top, left + side, top + side);
    }

    private static float atLeast(float x, float lowest) {
        return x < lowest ? lowest : x;
    }

    private static float atMost(float x, float highest) {
        return x > highest ? highest : x;
    }

    private static float floor(float x) {
        return (float) Math.floor(x);
    }

    private static float truncated(float x) {
        return x < 0 ? (float) Math.ceil(x) : floor(x);
    }
}
