// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.landmark;

/**
 * The similarity that lays points on others: x' = a x - b y + tx, y' = b x + a y + ty. {@code n6_alignment.c}, which names the
 * source.
 */
public record FaceAlignment(float a, float b, float tx, float ty) {
    private static final float[] TEMPLATE_112 = {
        38.2946f, 51.6963f, 73.5318f, 51.5014f, 56.0252f, 71.7366f, 41.5493f, 92.3655f, 70.7299f, 92.2041f
    };

    /** x, y of five points in pixels of the 112 x 112 crop that networks for recognition are trained on. */
    public static float[] template112() {
        return TEMPLATE_112.clone();
    }

    /**
     * Least squares over similarities (Umeyama 1991).
     *
     * @param from x, y of each point
     * @param to as many
     * @throws IllegalArgumentException where fewer than two points differ
     */
    public static FaceAlignment of(float[] from, float[] to) {
        int count = from.length / 2;
        float[] mean = new float[4];
        for (int i = 0; i < count; i++) {
            mean[0] += from[2 * i];
            mean[1] += from[2 * i + 1];
            mean[2] += to[2 * i];
            mean[3] += to[2 * i + 1];
        }
        for (int i = 0; i < mean.length; i++) {
            mean[i] /= count;
        }
        float spread = 0;
        float dot = 0;
        float turn = 0;
        for (int i = 0; i < count; i++) {
            float x = from[2 * i] - mean[0];
            float y = from[2 * i + 1] - mean[1];
            float u = to[2 * i] - mean[2];
            float v = to[2 * i + 1] - mean[3];
            spread += x * x + y * y;
            dot += x * u + y * v;
            turn += x * v - y * u;
        }
        if (count < 2 || !(spread > 0) || Float.isInfinite(spread)) {
            throw new IllegalArgumentException(count + " points with a spread of " + spread
                    + " determine no similarity: at least two have to differ");
        }
        float a = dot / spread;
        float b = turn / spread;
        return new FaceAlignment(a, b, mean[2] - (a * mean[0] - b * mean[1]), mean[3] - (b * mean[0] + a * mean[1]));
    }

    public float[] apply(float x, float y) {
        return new float[] {a * x - b * y + tx, b * x + a * y + ty};
    }

    /**
     * The way back.
     *
     * @throws IllegalArgumentException where the scale is 0
     */
    public FaceAlignment inverse() {
        float scale = a * a + b * b;
        if (!(scale > 0)) {
            throw new IllegalArgumentException("a similarity of scale 0 has no inverse");
        }
        float ia = a / scale;
        float ib = -b / scale;
        return new FaceAlignment(ia, ib, -(ia * tx - ib * ty), -(ib * tx + ia * ty));
    }

    /** Scaled to length 1; the same values where the length is 0 or not finite. */
    public static float[] normalised(float[] embedding) {
        float length = (float) Math.sqrt(dot(embedding, embedding));
        float[] result = embedding.clone();
        if (length > 0 && !Float.isInfinite(length)) {
            for (int i = 0; i < result.length; i++) {
                result[i] /= length;
            }
        }
        return result;
    }

    /** Cosine of the angle between two embeddings; 0 where one of the two is 0. */
    public static float cosine(float[] a, float[] b) {
        float lengths = (float) Math.sqrt(dot(a, a)) * (float) Math.sqrt(dot(b, b));
        if (!(lengths > 0)) {
            return 0;
        }
        float cosine = dot(a, b) / lengths;
        return cosine > 1 ? 1 : cosine < -1 ? -1 : cosine;
    }

    private static float dot(float[] a, float[] b) {
        float sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
