// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.landmark;

/** Around MediaPipe's face mesh: {@code n6_mesh.c}, which names the sources. */
public final class FaceMesh {
    private static final int IRIS_POINTS = 5;

    private FaceMesh() {}

    /**
     * Points x, y, z in input pixels as parts of the crop.
     *
     * @param mirrored x counts from the right edge, as for the right eye
     */
    public static float[] parts(float[] points, float inputWidth, float inputHeight, boolean mirrored) {
        float[] parts = new float[points.length];
        for (int i = 0; i + 2 < points.length; i += 3) {
            parts[i] = (mirrored ? inputWidth - points[i] : points[i]) / inputWidth;
            parts[i + 1] = points[i + 1] / inputHeight;
            parts[i + 2] = points[i + 2] / inputWidth;
        }
        return parts;
    }

    /** Whether a face is in the crop: sigmoid(logit) &gt; 1/2. */
    public static boolean isPresent(float logit) {
        return logit > 0;
    }

    /**
     * Writes x and y of refined points over the mesh's points that the list names; z stays.
     *
     * @param mesh x, y, z of each point
     * @param stride values of a refined point
     */
    public static void refine(float[] mesh, int[] list, float[] refined, int stride) {
        for (int i = 0; i < list.length; i++) {
            mesh[3 * list[i]] = refined[stride * i];
            mesh[3 * list[i] + 1] = refined[stride * i + 1];
        }
    }

    /**
     * Adds an iris at the mesh points first .. first + 4; z is the mean over the contour.
     *
     * @param iris x, y of five points
     */
    public static void addIris(float[] mesh, int first, float[] iris, int[] contour) {
        float sum = 0;
        for (int point : contour) {
            sum += mesh[3 * point + 2];
        }
        float z = contour.length == 0 ? 0 : sum / contour.length;
        for (int i = 0; i < IRIS_POINTS; i++) {
            int to = 3 * (first + i);
            mesh[to] = iris[2 * i];
            mesh[to + 1] = iris[2 * i + 1];
            mesh[to + 2] = z;
        }
    }

    /**
     * x, y in image pixels of the points that the list names: the input of the blendshape network.
     *
     * @param points in parts of the image, {@code stride} values each
     */
    public static float[] gather(float[] points, int stride, int[] list, float imageWidth, float imageHeight) {
        float[] gathered = new float[2 * list.length];
        for (int i = 0; i < list.length; i++) {
            gathered[2 * i] = points[stride * list[i]] * imageWidth;
            gathered[2 * i + 1] = points[stride * list[i] + 1] * imageHeight;
        }
        return gathered;
    }
}
