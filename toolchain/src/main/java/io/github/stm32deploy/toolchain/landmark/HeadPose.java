// SPDX-License-Identifier: Apache-2.0
package io.github.stm32deploy.toolchain.landmark;

import java.util.List;

/**
 * A head pose in degrees, and the ways in which networks state it: {@code n6_head_pose.c}, which names sources and
 * conventions.
 */
public record HeadPose(float yaw, float pitch, float roll) {
    private static final float DEGREES = 57.2957795f;
    private static final float NORM_FLOOR = 1e-8f;
    private static final float NORM_VALID = 1e-6f;
    private static final int STAGES = 3;
    private static final float RANGE = 99;
    private static final float GATE_EPSILON = 1e-5f;
    private static final float RIGHT_ANGLE = 90;
    private static final int POINT_VALUES = 15;

    /** A row-major rotation; not valid where the input determines none. */
    public record Rotation(float[] matrix, boolean valid) {}

    /** A camera's rotation and scale. */
    public record Camera(HeadPose pose, float[] rotation, float scale) {}

    /** The two branches of DMHead after their gates. */
    public record Gated(HeadPose sixD, HeadPose wheNet) {}

    /** Expectation over softmax bins: sum p_k (first + step * k). */
    public static float ofBins(float[] logits, float first, float step) {
        float largest = Float.NEGATIVE_INFINITY;
        for (float x : logits) {
            largest = x > largest ? x : largest;
        }
        float sum = 0;
        float weighted = 0;
        for (int k = 0; k < logits.length; k++) {
            float e = (float) Math.exp(logits[k] - largest);
            sum += e;
            weighted += e * k;
        }
        return weighted / sum * step + first;
    }

    /** An angle that a network states directly. */
    public static float ofLinear(float value, float factor, float offset) {
        return value * factor + offset;
    }

    /** Mean of each angle; 0 where there is none. */
    public static HeadPose mean(List<HeadPose> poses) {
        float yaw = 0;
        float pitch = 0;
        float roll = 0;
        for (HeadPose pose : poses) {
            yaw += pose.yaw();
            pitch += pose.pitch();
            roll += pose.roll();
        }
        int count = Math.max(1, poses.size());
        return new HeadPose(yaw / count, pitch / count, roll / count);
    }

    /** Rotation of six values, two columns that need not be orthogonal. */
    public static Rotation ofSixD(float[] six) {
        float[] x = {six[0], six[1], six[2]};
        float[] b = {six[3], six[4], six[5]};
        float xNorm = divided(x);
        float[] z = cross(x, b);
        float zNorm = divided(z);
        float[] y = cross(z, x);
        float[] matrix = {x[0], y[0], z[0], x[1], y[1], z[1], x[2], y[2], z[2]};
        return new Rotation(matrix, xNorm >= NORM_VALID && zNorm >= NORM_VALID);
    }

    /** Angles of a row-major rotation. */
    public static HeadPose ofRotation(float[] r) {
        float sy = (float) Math.sqrt(r[0] * r[0] + r[3] * r[3]);
        float yaw = DEGREES * atan2(-r[6], sy);
        if (sy >= NORM_VALID) {
            return new HeadPose(yaw, DEGREES * atan2(r[7], r[8]), DEGREES * atan2(r[3], r[0]));
        }
        return new HeadPose(yaw, DEGREES * atan2(-r[5], r[4]), 0);
    }

    /** One angle of FSA-Net's three stages of three bins. */
    public static float ofStages(float[] prob, float[] shift, float[] scale) {
        float divisor = 1;
        float sum = 0;
        for (int s = 0; s < STAGES; s++) {
            float bins = 0;
            for (int i = 0; i < STAGES; i++) {
                bins += (i - 1.0f + shift[s]) * prob[STAGES * s + i];
            }
            divisor *= STAGES * (1 + scale[s]);
            sum += bins / divisor;
        }
        return RANGE * sum;
    }

    /** Angles of a row-major 3x4 camera of weak perspective. */
    public static Camera ofCamera(float[] camera) {
        float[] first = {camera[0], camera[1], camera[2]};
        float[] second = {camera[4], camera[5], camera[6]};
        float firstNorm = divided(first);
        float secondNorm = divided(second);
        float[] third = cross(first, second);
        float sine = third[0] > 1 ? 1 : third[0] < -1 ? -1 : third[0];
        boolean locked = sine >= 1 || sine <= -1;
        HeadPose pose = new HeadPose(
                DEGREES * (float) Math.asin(sine),
                DEGREES * atan2(second[2], third[2]),
                locked ? 0 : DEGREES * atan2(first[1], first[0]));
        float[] rotation = {first[0], first[1], first[2], second[0], second[1], second[2], third[0], third[1], third[2]
        };
        return new Camera(pose, rotation, (firstNorm + secondNorm) * 0.5f);
    }

    /** The two branches of DMHead after their gates; their sum is the pose. */
    public static Gated gated(HeadPose sixD, HeadPose wheNet) {
        float yaw = sixD.yaw() > RIGHT_ANGLE ? RIGHT_ANGLE : sixD.yaw() < -RIGHT_ANGLE ? -RIGHT_ANGLE : sixD.yaw();
        boolean beyond = wheNet.yaw() > RIGHT_ANGLE || wheNet.yaw() < -RIGHT_ANGLE;
        return new Gated(sixD.withGate(yaw), wheNet.withGate(beyond ? wheNet.yaw() : 0));
    }

    private HeadPose withGate(float gatedYaw) {
        float gate = gatedYaw / (gatedYaw + GATE_EPSILON);
        return new HeadPose(gatedYaw, pitch * gate, roll * gate);
    }

    /** HHP-Net's input of five points x, y, confidence. */
    public static float[] inputOfPoints(float[] points) {
        float[] normalised = new float[POINT_VALUES];
        for (int axis = 0; axis < 2; axis++) {
            float sum = 0;
            float count = 0;
            for (int i = axis; i < POINT_VALUES; i += 3) {
                if (points[i] != 0) {
                    sum += points[i];
                    count++;
                }
            }
            float centre = count > 0 ? sum / count : 0;
            float farthest = 0;
            for (int i = axis; i < POINT_VALUES; i += 3) {
                normalised[i] = points[i + 2 - axis] > 0 ? points[i] - centre : 0;
                farthest = Math.max(farthest, Math.abs(normalised[i]));
            }
            for (int i = axis; i < POINT_VALUES; i += 3) {
                normalised[i] = farthest > 0 ? normalised[i] / farthest : 0;
            }
        }
        for (int i = 2; i < POINT_VALUES; i += 3) {
            normalised[i] = points[i];
        }
        return normalised;
    }

    private static float atan2(float y, float x) {
        return (float) Math.atan2(y, x);
    }

    /** Divides by the norm, which it returns; the divisor has a floor. */
    private static float divided(float[] v) {
        float norm = (float) Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
        float divisor = norm < NORM_FLOOR ? NORM_FLOOR : norm;
        for (int i = 0; i < v.length; i++) {
            v[i] /= divisor;
        }
        return norm;
    }

    private static float[] cross(float[] a, float[] b) {
        return new float[] {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
    }
}
