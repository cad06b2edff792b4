/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_head_pose.h"

#include <math.h>

#define DEGREES 57.2957795f
#define NORM_FLOOR 1e-8f
#define NORM_VALID 1e-6f
#define STAGES 3u
#define RANGE 99.0f
#define GATE_EPSILON 1e-5f
#define RIGHT_ANGLE 90.0f

float n6_pose_of_bins(const n6_rows_t *logits, uint32_t row, float first, float step) {
    float largest = -INFINITY;
    for (uint32_t k = 0; k < logits->columns; k++) {
        const float x = n6_rows_real(logits, row, k);
        largest = x > largest ? x : largest;
    }
    float sum = 0.0f;
    float weighted = 0.0f;
    for (uint32_t k = 0; k < logits->columns; k++) {
        const float e = expf(n6_rows_real(logits, row, k) - largest);
        sum += e;
        weighted += e * (float)k;
    }
    return weighted / sum * step + first;
}

float n6_pose_of_linear(float value, float factor, float offset) {
    return value * factor + offset;
}

n6_head_pose_t n6_pose_mean(const n6_head_pose_t *poses, uint32_t count) {
    n6_head_pose_t sum = {0.0f, 0.0f, 0.0f};
    if (count == 0u) {
        return sum;
    }
    for (uint32_t i = 0; i < count; i++) {
        sum.yaw += poses[i].yaw;
        sum.pitch += poses[i].pitch;
        sum.roll += poses[i].roll;
    }
    sum.yaw /= (float)count;
    sum.pitch /= (float)count;
    sum.roll /= (float)count;
    return sum;
}

static float norm(const float v[3]) {
    return sqrtf(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
}

static void cross(const float a[3], const float b[3], float c[3]) {
    c[0] = a[1] * b[2] - a[2] * b[1];
    c[1] = a[2] * b[0] - a[0] * b[2];
    c[2] = a[0] * b[1] - a[1] * b[0];
}

static float divide(float v[3], float by) {
    const float divisor = by < NORM_FLOOR ? NORM_FLOOR : by;
    for (uint32_t i = 0; i < 3u; i++) {
        v[i] /= divisor;
    }
    return by;
}

bool n6_pose_rotation_of_6d(const float six[6], float rotation[9]) {
    float x[3] = {six[0], six[1], six[2]};
    const float b[3] = {six[3], six[4], six[5]};
    float z[3];
    float y[3];
    const float x_norm = divide(x, norm(x));
    cross(x, b, z);
    const float z_norm = divide(z, norm(z));
    cross(z, x, y);
    for (uint32_t i = 0; i < 3u; i++) {
        rotation[3u * i] = x[i];
        rotation[3u * i + 1u] = y[i];
        rotation[3u * i + 2u] = z[i];
    }
    return x_norm >= NORM_VALID && z_norm >= NORM_VALID;
}

n6_head_pose_t n6_pose_of_rotation(const float rotation[9]) {
    const float sy = sqrtf(rotation[0] * rotation[0] + rotation[3] * rotation[3]);
    n6_head_pose_t pose;
    pose.yaw = DEGREES * atan2f(-rotation[6], sy);
    if (sy >= NORM_VALID) {
        pose.pitch = DEGREES * atan2f(rotation[7], rotation[8]);
        pose.roll = DEGREES * atan2f(rotation[3], rotation[0]);
    } else {
        pose.pitch = DEGREES * atan2f(-rotation[5], rotation[4]);
        pose.roll = 0.0f;
    }
    return pose;
}

float n6_pose_of_stages(const float prob[9], const float shift[3], const float scale[3]) {
    float divisor = 1.0f;
    float sum = 0.0f;
    for (uint32_t s = 0; s < STAGES; s++) {
        float bins = 0.0f;
        for (uint32_t i = 0; i < STAGES; i++) {
            bins += ((float)i - 1.0f + shift[s]) * prob[STAGES * s + i];
        }
        divisor *= (float)STAGES * (1.0f + scale[s]);
        sum += bins / divisor;
    }
    return RANGE * sum;
}

n6_head_pose_t n6_pose_of_camera(const float camera[12], float rotation[9], float *scale) {
    float first[3] = {camera[0], camera[1], camera[2]};
    float second[3] = {camera[4], camera[5], camera[6]};
    float third[3];
    const float first_norm = divide(first, norm(first));
    const float second_norm = divide(second, norm(second));
    cross(first, second, third);
    for (uint32_t i = 0; i < 3u; i++) {
        rotation[i] = first[i];
        rotation[3u + i] = second[i];
        rotation[6u + i] = third[i];
    }
    *scale = (first_norm + second_norm) * 0.5f;
    const float sine = third[0] > 1.0f ? 1.0f : third[0] < -1.0f ? -1.0f : third[0];
    const bool locked = sine >= 1.0f || sine <= -1.0f;
    n6_head_pose_t pose;
    pose.yaw = DEGREES * asinf(sine);
    pose.pitch = DEGREES * atan2f(rotation[5], rotation[8]);
    pose.roll = locked ? 0.0f : DEGREES * atan2f(rotation[1], rotation[0]);
    return pose;
}

static n6_head_pose_t gated(const n6_head_pose_t *pose, float yaw) {
    const float gate = yaw / (yaw + GATE_EPSILON);
    const n6_head_pose_t result = {yaw, pose->pitch * gate, pose->roll * gate};
    return result;
}

void n6_pose_gate(const n6_head_pose_t *six_d, const n6_head_pose_t *whenet, n6_head_pose_t *six_d_gated,
                  n6_head_pose_t *whenet_gated) {
    const float yaw = six_d->yaw;
    *six_d_gated = gated(six_d, yaw > RIGHT_ANGLE ? RIGHT_ANGLE : yaw < -RIGHT_ANGLE ? -RIGHT_ANGLE : yaw);
    *whenet_gated = gated(whenet, whenet->yaw > RIGHT_ANGLE || whenet->yaw < -RIGHT_ANGLE ? whenet->yaw : 0.0f);
}

/* Where a distance is 0 nothing is to be scaled. */
static float ratio(float x, float by) {
    return by > 0.0f ? x / by : 0.0f;
}

void n6_pose_input_of_points(const float points[15], float normalised[15]) {
    for (uint32_t axis = 0; axis < 2u; axis++) {
        float sum = 0.0f;
        float count = 0.0f;
        for (uint32_t i = axis; i < 15u; i += 3u) {
            if (points[i] != 0.0f) {
                sum += points[i];
                count += 1.0f;
            }
        }
        const float centre = count > 0.0f ? sum / count : 0.0f;
        float farthest = 0.0f;
        for (uint32_t i = axis; i < 15u; i += 3u) {
            const bool seen = points[i + 2u - axis] > 0.0f;
            normalised[i] = seen ? points[i] - centre : 0.0f;
            const float distance = fabsf(normalised[i]);
            farthest = distance > farthest ? distance : farthest;
        }
        for (uint32_t i = axis; i < 15u; i += 3u) {
            normalised[i] = ratio(normalised[i], farthest);
        }
    }
    for (uint32_t i = 2; i < 15u; i += 3u) {
        normalised[i] = points[i];
    }
}
