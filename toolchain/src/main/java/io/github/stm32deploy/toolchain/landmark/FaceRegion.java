// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.landmark;

/**
 * A rotated region of an image, as MediaPipe's face pipelines use it: {@code n6_region.c}, which states the formulas and
 * their source.
 *
 * @param cx centre and sizes as parts of the image size
 * @param rotation radians, positive clockwise on the screen, -pi to pi
 */
public record FaceRegion(float cx, float cy, float width, float height, float rotation) {
    private static final float PI = 3.14159274f;
    private static final float TWO_PI = 6.28318548f;

    /**
     * How a box becomes a region.
     *
     * @param scale both sides are multiplied by it
     * @param squareLong before that, both sides become the longer one in pixels
     */
    public record Rule(float scale, boolean squareLong) {}

    /** A region that was grown to the proportions of the input; padding left, top, right, bottom as parts of its sides. */
    public record Grown(FaceRegion region, float[] padding) {}

    /**
     * The region of a box with two points that become level.
     *
     * @param box left, top, width, height as parts of the image size
     * @param a first point (image-left eye) as parts of the image size
     * @param b second point
     */
    public static FaceRegion of(float[] box, float[] a, float[] b, float imageWidth, float imageHeight, Rule rule) {
        float dx = b[0] * imageWidth - a[0] * imageWidth;
        float dy = b[1] * imageHeight - a[1] * imageHeight;
        float width = box[2];
        float height = box[3];
        if (rule.squareLong()) {
            float w = width * imageWidth;
            float h = height * imageHeight;
            float side = w > h ? w : h;
            width = side / imageWidth;
            height = side / imageHeight;
        }
        return new FaceRegion(
                box[0] + box[2] * 0.5f,
                box[1] + box[3] * 0.5f,
                width * rule.scale(),
                height * rule.scale(),
                folded(-(float) Math.atan2(-dy, dx)));
    }

    private static float folded(float angle) {
        return angle - TWO_PI * (float) Math.floor((angle + PI) / TWO_PI);
    }

    /**
     * Left, top, width, height around points.
     *
     * @param stride values of a point, x and y first
     * @param fromZero right and lower edges are at least 0, as MediaPipe's are
     */
    public static float[] bounds(float[] points, int stride, boolean fromZero) {
        float left = Float.POSITIVE_INFINITY;
        float top = Float.POSITIVE_INFINITY;
        float right = fromZero ? 0 : Float.NEGATIVE_INFINITY;
        float bottom = right;
        for (int i = 0; i + 1 < points.length; i += stride) {
            float x = points[i];
            float y = points[i + 1];
            left = x < left ? x : left;
            right = x > right ? x : right;
            top = y < top ? y : top;
            bottom = y > bottom ? y : bottom;
        }
        return new float[] {left, top, right - left, bottom - top};
    }

    /** Grows the shorter side until the crop has the input's proportions. */
    public Grown keepingAspect(float imageWidth, float imageHeight, float inputWidth, float inputHeight) {
        float w = width * imageWidth;
        float h = height * imageHeight;
        float inputAspect = inputHeight / inputWidth;
        float aspect = h / w;
        if (inputAspect > aspect) {
            float vertical = (1 - aspect / inputAspect) * 0.5f;
            return new Grown(
                    new FaceRegion(cx, cy, width, w * inputAspect / imageHeight, rotation),
                    new float[] {0, vertical, 0, vertical});
        }
        float horizontal = (1 - inputAspect / aspect) * 0.5f;
        return new Grown(
                new FaceRegion(cx, cy, h / inputAspect / imageWidth, height, rotation),
                new float[] {horizontal, 0, horizontal, 0});
    }

    /** Row-major 2x3 matrix from a point (u, v) of the crop, each 0..1, to parts of the image size. */
    public float[] matrix(float imageWidth, float imageHeight) {
        float a = width * imageWidth;
        float b = height * imageHeight;
        float c = (float) Math.cos(rotation);
        float s = (float) Math.sin(rotation);
        float ux = a * c / imageWidth;
        float vx = -b * s / imageWidth;
        float uy = a * s / imageHeight;
        float vy = b * c / imageHeight;
        return new float[] {ux, vx, cx - 0.5f * (ux + vx), uy, vy, cy - 0.5f * (uy + vy)};
    }

    /** By what z is multiplied beside a matrix. */
    public static float depth(float[] matrix) {
        return (float) Math.sqrt(matrix[0] * matrix[0] + matrix[3] * matrix[3]);
    }

    /** x, y, z in parts of the image of a point u, v, z of the crop. */
    public static float[] project(float[] matrix, float depth, float u, float v, float z) {
        return new float[] {
            matrix[0] * u + matrix[1] * v + matrix[2], matrix[3] * u + matrix[4] * v + matrix[5], z * depth
        };
    }

    /** As MediaPipe's older graphs project: rotated in parts of the image size, z times the region's width. */
    public float[] projectNormalised(float u, float v, float z) {
        float du = u - 0.5f;
        float dv = v - 0.5f;
        float c = (float) Math.cos(rotation);
        float s = (float) Math.sin(rotation);
        return new float[] {(c * du - s * dv) * width + cx, (s * du + c * dv) * height + cy, z * width};
    }
}
