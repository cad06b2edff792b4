// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.landmark;

import java.util.Optional;

/**
 * Pose of a rigid shape from its projected points, as {@code n6_pnp.c}, which states what is minimised and how.
 *
 * @param rotation row-major, from model to camera: x right, y down, z away from the camera
 * @param translation in units of the model
 * @param rms root of the mean of the squared distances in pixels
 */
public record PerspectivePose(float[] rotation, float[] translation, float rms) {
    private static final int UNKNOWNS = 6;
    private static final int STEPS = 100;
    private static final double FLAT = 1e-6;
    private static final double STILL = 1e-12;
    private static final int LEAST_POINTS = 4;

    /** A pinhole camera without distortion, in pixels. */
    public record Pinhole(float focal, float cx, float cy) {}

    private record Problem(Pinhole camera, float[] model, float[] image, int count) {}

    /** Where the search stands. */
    private record State(double[] rotation, double[] translation) {}

    /** Sums over the model's points. */
    private record Moments(double[] mean, double[] spread) {}

    private static final class Normal {
        private final double[] matrix = new double[UNKNOWNS * UNKNOWNS];
        private final double[] gradient = new double[UNKNOWNS];
    }

    /**
     * Finds a pose.
     *
     * @param model x, y, z of each point
     * @param image x, y of each point in pixels
     * @param guess rotation and translation to start from; without one the points may not lie in a plane
     * @return empty where the points do not determine a pose
     * @throws IllegalArgumentException where there are fewer than four points, or the focal length is not above 0
     */
    public static Optional<PerspectivePose> solve(
            Pinhole camera, float[] model, float[] image, Optional<PerspectivePose> guess) {
        int count = model.length / 3;
        if (count < LEAST_POINTS || !(camera.focal() > 0)) {
            throw new IllegalArgumentException(
                    count + " points and a focal length of " + camera.focal() + ": at least 4, and above 0");
        }
        if (!finite(model) || !finite(image)) {
            return Optional.empty();
        }
        Problem problem = new Problem(camera, model, image, count);
        Moments moments = moments(problem);
        int rank = rank(moments.spread());
        if (rank < 2 || (guess.isEmpty() && rank < 3)) {
            return Optional.empty();
        }
        return guess.map(start -> new State(wide(start.rotation()), wide(start.translation())))
                .or(() -> orthographic(problem, moments))
                .flatMap(start -> minimise(problem, start));
    }

    private static boolean finite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }

    private static double[] wide(float[] values) {
        double[] result = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = values[i];
        }
        return result;
    }

    private static float[] narrow(double[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (float) values[i];
        }
        return result;
    }

    private static double[] multiply(double[] a, double[] b) {
        double[] c = new double[9];
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
            }
        }
        return c;
    }

    /** Rodrigues. */
    private static double[] exponential(double wx, double wy, double wz) {
        double angle = Math.sqrt(wx * wx + wy * wy + wz * wz);
        double sine = angle < 1e-8 ? 1 : Math.sin(angle) / angle;
        double cosine = angle < 1e-8 ? 0.5 : (1 - Math.cos(angle)) / (angle * angle);
        double[] k = {0, -wz, wy, wz, 0, -wx, -wy, wx, 0};
        double[] kk = multiply(k, k);
        double[] r = new double[9];
        for (int i = 0; i < 9; i++) {
            r[i] = (i % 4 == 0 ? 1 : 0) + sine * k[i] + cosine * kk[i];
        }
        return r;
    }

    /** Squared sum of the residuals; fills the normal equations where they are given. */
    private static double accumulate(Problem problem, State state, Normal normal) {
        double f = problem.camera().focal();
        double[] r = state.rotation();
        double[] t = state.translation();
        float[] model = problem.model();
        double sum = 0;
        for (int i = 0; i < problem.count(); i++) {
            double mx = model[3 * i];
            double my = model[3 * i + 1];
            double mz = model[3 * i + 2];
            double[] turned = {
                r[0] * mx + r[1] * my + r[2] * mz, r[3] * mx + r[4] * my + r[5] * mz, r[6] * mx + r[7] * my + r[8] * mz
            };
            double z = turned[2] + t[2];
            double x = (turned[0] + t[0]) / z;
            double y = (turned[1] + t[1]) / z;
            double[] residual = {
                f * x + problem.camera().cx() - problem.image()[2 * i],
                f * y + problem.camera().cy() - problem.image()[2 * i + 1]
            };
            sum += residual[0] * residual[0] + residual[1] * residual[1];
            if (normal != null) {
                add(normal, turned, new double[] {f / z, 0, -f * x / z}, residual[0]);
                add(normal, turned, new double[] {0, f / z, -f * y / z}, residual[1]);
            }
        }
        return sum;
    }

    /** One row of the derivative: a small rotation on the left is w cross turned. */
    private static void add(Normal normal, double[] turned, double[] d, double residual) {
        double[] row = {
            turned[1] * d[2] - turned[2] * d[1],
            turned[2] * d[0] - turned[0] * d[2],
            turned[0] * d[1] - turned[1] * d[0],
            d[0],
            d[1],
            d[2]
        };
        for (int a = 0; a < UNKNOWNS; a++) {
            normal.gradient[a] += row[a] * residual;
            for (int b = 0; b <= a; b++) {
                normal.matrix[UNKNOWNS * a + b] += row[a] * row[b];
            }
        }
    }

    /** Cholesky; null where the matrix is not positive. */
    private static double[] solve(Normal normal, double damping) {
        double[] l = new double[UNKNOWNS * UNKNOWNS];
        for (int a = 0; a < UNKNOWNS; a++) {
            for (int b = 0; b <= a; b++) {
                double sum = normal.matrix[UNKNOWNS * a + b] * (a == b ? 1 + damping : 1);
                for (int k = 0; k < b; k++) {
                    sum -= l[UNKNOWNS * a + k] * l[UNKNOWNS * b + k];
                }
                if (a == b && !(sum > 0)) {
                    return null;
                }
                l[UNKNOWNS * a + b] = a == b ? Math.sqrt(sum) : sum / l[UNKNOWNS * b + b];
            }
        }
        double[] step = new double[UNKNOWNS];
        for (int a = 0; a < UNKNOWNS; a++) {
            double sum = -normal.gradient[a];
            for (int k = 0; k < a; k++) {
                sum -= l[UNKNOWNS * a + k] * step[k];
            }
            step[a] = sum / l[UNKNOWNS * a + a];
        }
        for (int a = UNKNOWNS - 1; a >= 0; a--) {
            double sum = step[a];
            for (int k = a + 1; k < UNKNOWNS; k++) {
                sum -= l[UNKNOWNS * k + a] * step[k];
            }
            step[a] = sum / l[UNKNOWNS * a + a];
        }
        return step;
    }

    private static Optional<PerspectivePose> minimise(Problem problem, State start) {
        State state = start;
        Normal normal = new Normal();
        double damping = 1e-3;
        double error = accumulate(problem, state, normal);
        for (int i = 0; i < STEPS; i++) {
            double[] step = solve(normal, damping);
            State next = step == null ? null : moved(state, step);
            double reached = next == null ? Double.POSITIVE_INFINITY : accumulate(problem, next, null);
            if (reached < error) {
                boolean still = error - reached <= STILL * error;
                state = next;
                normal = new Normal();
                error = accumulate(problem, state, normal);
                damping *= 0.1;
                if (still) {
                    break;
                }
            } else {
                damping *= 10;
                if (damping > 1e12) {
                    break;
                }
            }
        }
        if (!Double.isFinite(error)) {
            return Optional.empty();
        }
        PerspectivePose pose = new PerspectivePose(
                narrow(state.rotation()), narrow(state.translation()), (float) Math.sqrt(error / problem.count()));
        // binary32 may not hold what binary64 does.
        boolean held = finite(pose.rotation()) && finite(pose.translation()) && Float.isFinite(pose.rms());
        return held ? Optional.of(pose) : Optional.empty();
    }

    private static State moved(State from, double[] step) {
        double[] translation = from.translation().clone();
        for (int i = 0; i < 3; i++) {
            translation[i] += step[3 + i];
        }
        return new State(multiply(exponential(step[0], step[1], step[2]), from.rotation()), translation);
    }

    private static Moments moments(Problem problem) {
        double[] mean = new double[3];
        double[] spread = new double[9];
        float[] model = problem.model();
        for (int i = 0; i < problem.count(); i++) {
            for (int k = 0; k < 3; k++) {
                mean[k] += (double) model[3 * i + k] / problem.count();
            }
        }
        for (int i = 0; i < problem.count(); i++) {
            for (int a = 0; a < 3; a++) {
                for (int b = 0; b < 3; b++) {
                    spread[3 * a + b] += (model[3 * i + a] - mean[a]) * (model[3 * i + b] - mean[b]);
                }
            }
        }
        return new Moments(mean, spread);
    }

    /** 3: the points fill space, 2: a plane, 1 or 0: a line or a point. */
    private static int rank(double[] spread) {
        double[] m = spread.clone();
        double largest = 0;
        for (int rank = 0; rank < 3; rank++) {
            int pivot = rank;
            for (int i = rank + 1; i < 3; i++) {
                if (m[4 * i] > m[4 * pivot]) {
                    pivot = i;
                }
            }
            for (int i = 0; i < 3; i++) {
                swap(m, 3 * rank + i, 3 * pivot + i);
            }
            for (int i = 0; i < 3; i++) {
                swap(m, 3 * i + rank, 3 * i + pivot);
            }
            if (rank == 0) {
                largest = m[0];
            }
            if (!(m[4 * rank] > FLAT * largest)) {
                return rank;
            }
            for (int i = rank + 1; i < 3; i++) {
                double part = m[3 * i + rank] / m[4 * rank];
                for (int k = 0; k < 3; k++) {
                    m[3 * i + k] -= part * m[3 * rank + k];
                }
            }
        }
        return 3;
    }

    private static void swap(double[] m, int a, int b) {
        double held = m[a];
        m[a] = m[b];
        m[b] = held;
    }

    private static double[] inverse(double[] m) {
        double[] inverse = new double[9];
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                int a = (j + 1) % 3;
                int b = (j + 2) % 3;
                int c = (i + 1) % 3;
                int d = (i + 2) % 3;
                inverse[3 * i + j] = m[3 * a + c] * m[3 * b + d] - m[3 * a + d] * m[3 * b + c];
            }
        }
        double determinant = m[0] * inverse[0] + m[1] * inverse[3] + m[2] * inverse[6];
        for (int i = 0; i < 9; i++) {
            inverse[i] /= determinant;
        }
        return inverse;
    }

    /** The best scaled orthographic projection. */
    private static Optional<State> orthographic(Problem problem, Moments moments) {
        double[] inverse = inverse(moments.spread());
        double[] products = new double[6];
        double[] centre = new double[2];
        for (int i = 0; i < problem.count(); i++) {
            for (int axis = 0; axis < 2; axis++) {
                double p = problem.image()[2 * i + axis];
                centre[axis] += p / problem.count();
                for (int k = 0; k < 3; k++) {
                    products[3 * axis + k] += p * (problem.model()[3 * i + k] - moments.mean()[k]);
                }
            }
        }
        double[] rows = new double[6];
        double[] lengths = new double[2];
        for (int axis = 0; axis < 2; axis++) {
            int at = 3 * axis;
            for (int k = 0; k < 3; k++) {
                rows[at + k] = inverse[3 * k] * products[at]
                        + inverse[3 * k + 1] * products[at + 1]
                        + inverse[3 * k + 2] * products[at + 2];
            }
            lengths[axis] = Math.sqrt(rows[at] * rows[at] + rows[at + 1] * rows[at + 1] + rows[at + 2] * rows[at + 2]);
            if (!(lengths[axis] > 0) || Double.isInfinite(lengths[axis])) {
                return Optional.empty();
            }
        }
        double[] r = new double[9];
        double along = 0;
        for (int k = 0; k < 3; k++) {
            r[k] = rows[k] / lengths[0];
            r[3 + k] = rows[3 + k] / lengths[1];
            along += r[k] * r[3 + k];
        }
        double length = 0;
        for (int k = 0; k < 3; k++) {
            r[3 + k] -= along * r[k];
            length += r[3 + k] * r[3 + k];
        }
        if (!(length > 0)) {
            return Optional.empty();
        }
        for (int k = 0; k < 3; k++) {
            r[3 + k] /= Math.sqrt(length);
        }
        r[6] = r[1] * r[5] - r[2] * r[4];
        r[7] = r[2] * r[3] - r[0] * r[5];
        r[8] = r[0] * r[4] - r[1] * r[3];
        double f = problem.camera().focal();
        double z = f / (0.5 * (lengths[0] + lengths[1]));
        double[] at = {
            (centre[0] - problem.camera().cx()) * z / f,
            (centre[1] - problem.camera().cy()) * z / f,
            z
        };
        double[] mean = moments.mean();
        double[] translation = new double[3];
        for (int k = 0; k < 3; k++) {
            translation[k] = at[k] - (r[3 * k] * mean[0] + r[3 * k + 1] * mean[1] + r[3 * k + 2] * mean[2]);
        }
        return Optional.of(new State(r, translation));
    }

    /** Row-major rotation of a rotation vector: axis times angle in radians. */
    public static float[] rotation(float[] vector) {
        return narrow(exponential(vector[0], vector[1], vector[2]));
    }
}
