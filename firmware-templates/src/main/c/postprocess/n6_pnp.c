/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_pnp.h"

#include <math.h>
#include <string.h>

#define UNKNOWNS 6
#define STEPS 100
#define FLAT 1e-6 /* of the largest spread: what is thinner is a plane or a line */
#define STILL 1e-12

typedef struct {
    const n6_camera_t *camera;
    const float *model;
    const float *image;
    uint32_t count;
} problem_t;

typedef struct {
    double rotation[9];
    double translation[3];
} state_t;

static void multiply(const double a[9], const double b[9], double c[9]) {
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            c[3 * i + j] = a[3 * i] * b[j] + a[3 * i + 1] * b[3 + j] + a[3 * i + 2] * b[6 + j];
        }
    }
}

/* Rodrigues. */
static void exponential(const double w[3], double r[9]) {
    const double angle = sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    const double sine = angle < 1e-8 ? 1.0 : sin(angle) / angle;
    const double cosine = angle < 1e-8 ? 0.5 : (1.0 - cos(angle)) / (angle * angle);
    const double k[9] = {0.0, -w[2], w[1], w[2], 0.0, -w[0], -w[1], w[0], 0.0};
    double kk[9];
    multiply(k, k, kk);
    for (int i = 0; i < 9; i++) {
        r[i] = (i % 4 == 0 ? 1.0 : 0.0) + sine * k[i] + cosine * kk[i];
    }
}

/* Residuals' squared sum and, where normal is given, the normal equations: normal (6x6, row-major) and gradient. */
static double accumulate(const problem_t *problem, const state_t *state, double *normal, double *gradient) {
    const double f = (double)problem->camera->focal;
    double sum = 0.0;
    if (normal != NULL) {
        memset(normal, 0, UNKNOWNS * UNKNOWNS * sizeof *normal);
        memset(gradient, 0, UNKNOWNS * sizeof *gradient);
    }
    for (uint32_t i = 0; i < problem->count; i++) {
        const double *r = state->rotation;
        const double *t = state->translation;
        const double m[3] = {(double)problem->model[3u * i], (double)problem->model[3u * i + 1u],
                             (double)problem->model[3u * i + 2u]};
        const double turned[3] = {r[0] * m[0] + r[1] * m[1] + r[2] * m[2], r[3] * m[0] + r[4] * m[1] + r[5] * m[2],
                                  r[6] * m[0] + r[7] * m[1] + r[8] * m[2]};
        const double z = turned[2] + t[2];
        const double x = (turned[0] + t[0]) / z;
        const double y = (turned[1] + t[1]) / z;
        const double residual[2] = {
            f * x + (double)problem->camera->cx - (double)problem->image[2u * i],
            f * y + (double)problem->camera->cy - (double)problem->image[2u * i + 1u],
        };
        sum += residual[0] * residual[0] + residual[1] * residual[1];
        if (normal == NULL) {
            continue;
        }
        /* d(x, y)/d(X, Y, Z) times d(X, Y, Z)/d(w, t) with the small rotation w on the left: w cross turned. */
        const double by[2][3] = {{f / z, 0.0, -f * x / z}, {0.0, f / z, -f * y / z}};
        for (int axis = 0; axis < 2; axis++) {
            const double *d = by[axis];
            const double row[UNKNOWNS] = {turned[1] * d[2] - turned[2] * d[1], turned[2] * d[0] - turned[0] * d[2],
                                          turned[0] * d[1] - turned[1] * d[0], d[0], d[1], d[2]};
            for (int a = 0; a < UNKNOWNS; a++) {
                gradient[a] += row[a] * residual[axis];
                for (int b = 0; b <= a; b++) {
                    normal[UNKNOWNS * a + b] += row[a] * row[b];
                }
            }
        }
    }
    return sum;
}

/* Solves normal * step = -gradient by Cholesky; the diagonal is raised by damping. false where it is not positive. */
static bool solve(const double *normal, const double *gradient, double damping, double step[UNKNOWNS]) {
    double l[UNKNOWNS * UNKNOWNS];
    for (int a = 0; a < UNKNOWNS; a++) {
        for (int b = 0; b <= a; b++) {
            double sum = normal[UNKNOWNS * a + b] * (a == b ? 1.0 + damping : 1.0);
            for (int k = 0; k < b; k++) {
                sum -= l[UNKNOWNS * a + k] * l[UNKNOWNS * b + k];
            }
            if (a == b) {
                if (!(sum > 0.0)) {
                    return false;
                }
                l[UNKNOWNS * a + a] = sqrt(sum);
            } else {
                l[UNKNOWNS * a + b] = sum / l[UNKNOWNS * b + b];
            }
        }
    }
    for (int a = 0; a < UNKNOWNS; a++) {
        double sum = -gradient[a];
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
    return true;
}

static void moved(const state_t *from, const double step[UNKNOWNS], state_t *to) {
    double turn[9];
    exponential(step, turn);
    multiply(turn, from->rotation, to->rotation);
    for (int i = 0; i < 3; i++) {
        to->translation[i] = from->translation[i] + step[3 + i];
    }
}

static double minimise(const problem_t *problem, state_t *state) {
    double normal[UNKNOWNS * UNKNOWNS];
    double gradient[UNKNOWNS];
    double damping = 1e-3;
    double error = accumulate(problem, state, normal, gradient);
    for (int i = 0; i < STEPS; i++) {
        double step[UNKNOWNS];
        state_t next;
        double reached = (double)INFINITY;
        if (solve(normal, gradient, damping, step)) {
            moved(state, step, &next);
            reached = accumulate(problem, &next, NULL, NULL);
        }
        /* Written so that NaN is no improvement. */
        if (reached < error) {
            const bool still = error - reached <= STILL * error;
            *state = next;
            error = accumulate(problem, state, normal, gradient);
            damping *= 0.1;
            if (still) {
                break;
            }
        } else {
            damping *= 10.0;
            if (damping > 1e12) {
                break;
            }
        }
    }
    return error;
}

typedef struct {
    double mean[3];
    double spread[9]; /* sums of products of centred coordinates */
} moments_t;

static moments_t moments(const problem_t *problem) {
    moments_t m;
    memset(&m, 0, sizeof m);
    for (uint32_t i = 0; i < problem->count; i++) {
        for (int k = 0; k < 3; k++) {
            m.mean[k] += (double)problem->model[3u * i + (uint32_t)k] / (double)problem->count;
        }
    }
    for (uint32_t i = 0; i < problem->count; i++) {
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b < 3; b++) {
                m.spread[3 * a + b] += ((double)problem->model[3u * i + (uint32_t)a] - m.mean[a]) *
                                       ((double)problem->model[3u * i + (uint32_t)b] - m.mean[b]);
            }
        }
    }
    return m;
}

/* 3: the points fill space, 2: a plane, 1 or 0: a line or a point. By Gaussian elimination with full pivoting. */
static int rank_of(const double spread[9]) {
    double m[9];
    memcpy(m, spread, sizeof m);
    double largest = 0.0;
    for (int rank = 0; rank < 3; rank++) {
        int pivot = rank;
        /* Symmetric and not negative: the largest element lies on the diagonal. */
        for (int i = rank + 1; i < 3; i++) {
            if (m[4 * i] > m[4 * pivot]) {
                pivot = i;
            }
        }
        for (int i = 0; i < 3; i++) {
            const double held = m[3 * rank + i];
            m[3 * rank + i] = m[3 * pivot + i];
            m[3 * pivot + i] = held;
        }
        for (int i = 0; i < 3; i++) {
            const double held = m[3 * i + rank];
            m[3 * i + rank] = m[3 * i + pivot];
            m[3 * i + pivot] = held;
        }
        if (rank == 0) {
            largest = m[0];
        }
        if (!(m[4 * rank] > FLAT * largest)) {
            return rank;
        }
        for (int i = rank + 1; i < 3; i++) {
            const double part = m[3 * i + rank] / m[4 * rank];
            for (int k = 0; k < 3; k++) {
                m[3 * i + k] -= part * m[3 * rank + k];
            }
        }
    }
    return 3;
}

static void inverse_of(const double m[9], double inverse[9]) {
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            const int a = (j + 1) % 3;
            const int b = (j + 2) % 3;
            const int c = (i + 1) % 3;
            const int d = (i + 2) % 3;
            inverse[3 * i + j] = m[3 * a + c] * m[3 * b + d] - m[3 * a + d] * m[3 * b + c];
        }
    }
    const double determinant = m[0] * inverse[0] + m[1] * inverse[3] + m[2] * inverse[6];
    for (int i = 0; i < 9; i++) {
        inverse[i] /= determinant;
    }
}

/* Scaled orthographic projection: rows i and j with image = (i . model, j . model) + shift by least squares; their lengths
 * are f / Z, their directions, made orthogonal, the first two rows of the rotation. */
static bool orthographic(const problem_t *problem, const moments_t *m, state_t *state) {
    double inverse[9];
    double products[6] = {0.0};
    double centre[2] = {0.0};
    inverse_of(m->spread, inverse);
    for (uint32_t i = 0; i < problem->count; i++) {
        for (uint32_t axis = 0; axis < 2u; axis++) {
            const double p = (double)problem->image[2u * i + axis];
            centre[axis] += p / (double)problem->count;
            for (uint32_t k = 0; k < 3u; k++) {
                products[3u * axis + k] += p * ((double)problem->model[3u * i + k] - m->mean[k]);
            }
        }
    }
    double rows[6];
    double lengths[2];
    for (int axis = 0; axis < 2; axis++) {
        for (int k = 0; k < 3; k++) {
            rows[3 * axis + k] = inverse[3 * k] * products[3 * axis] + inverse[3 * k + 1] * products[3 * axis + 1] +
                                 inverse[3 * k + 2] * products[3 * axis + 2];
        }
        const double *row = &rows[3 * axis];
        lengths[axis] = sqrt(row[0] * row[0] + row[1] * row[1] + row[2] * row[2]);
        if (!(lengths[axis] > 0.0) || isinf(lengths[axis])) {
            return false;
        }
    }
    double *r = state->rotation;
    double along = 0.0;
    for (int k = 0; k < 3; k++) {
        r[k] = rows[k] / lengths[0];
        r[3 + k] = rows[3 + k] / lengths[1];
        along += r[k] * r[3 + k];
    }
    double length = 0.0;
    for (int k = 0; k < 3; k++) {
        r[3 + k] -= along * r[k];
        length += r[3 + k] * r[3 + k];
    }
    if (!(length > 0.0)) {
        return false;
    }
    for (int k = 0; k < 3; k++) {
        r[3 + k] /= sqrt(length);
    }
    r[6] = r[1] * r[5] - r[2] * r[4];
    r[7] = r[2] * r[3] - r[0] * r[5];
    r[8] = r[0] * r[4] - r[1] * r[3];
    const double f = (double)problem->camera->focal;
    const double z = f / (0.5 * (lengths[0] + lengths[1]));
    const double at[3] = {(centre[0] - (double)problem->camera->cx) * z / f,
                          (centre[1] - (double)problem->camera->cy) * z / f, z};
    for (int k = 0; k < 3; k++) {
        state->translation[k] =
            at[k] - (r[3 * k] * m->mean[0] + r[3 * k + 1] * m->mean[1] + r[3 * k + 2] * m->mean[2]);
    }
    return true;
}

static bool is_finite(const float *values, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return false;
        }
    }
    return true;
}

n6_status_t n6_pnp_solve(const n6_camera_t *camera, const float *model, const float *image, uint32_t count,
                         bool from_guess, n6_pose_t *pose) {
    if (count < 4u || !(camera->focal > 0.0f)) {
        return N6_ERROR_ARGUMENT;
    }
    const problem_t problem = {camera, model, image, count};
    state_t state;
    for (int i = 0; i < 9; i++) {
        state.rotation[i] = (double)pose->rotation[i];
    }
    for (int i = 0; i < 3; i++) {
        state.translation[i] = (double)pose->translation[i];
    }
    memset(pose, 0, sizeof *pose);
    if (!is_finite(model, 3u * count) || !is_finite(image, 2u * count)) {
        return N6_OK;
    }
    const moments_t m = moments(&problem);
    const int rank = rank_of(m.spread);
    if (rank < 2 || (!from_guess && (rank < 3 || !orthographic(&problem, &m, &state)))) {
        return N6_OK;
    }
    const double error = minimise(&problem, &state);
    if (!isfinite(error)) {
        return N6_OK;
    }
    for (int i = 0; i < 9; i++) {
        pose->rotation[i] = (float)state.rotation[i];
    }
    for (int i = 0; i < 3; i++) {
        pose->translation[i] = (float)state.translation[i];
    }
    pose->rms = (float)sqrt(error / (double)count);
    pose->valid = is_finite(pose->rotation, 9) && is_finite(pose->translation, 3) && isfinite(pose->rms);
    if (!pose->valid) {
        memset(pose, 0, sizeof *pose); /* binary32 does not hold it */
    }
    return N6_OK;
}

void n6_rotation_of_vector(const float vector[3], float rotation[9]) {
    const double w[3] = {(double)vector[0], (double)vector[1], (double)vector[2]};
    double r[9];
    exponential(w, r);
    for (int i = 0; i < 9; i++) {
        rotation[i] = (float)r[i];
    }
}

void n6_rotation_to_vector(const float rotation[9], float vector[3]) {
    const float trace = rotation[0] + rotation[4] + rotation[8];
    const float x = rotation[7] - rotation[5];
    const float y = rotation[2] - rotation[6];
    const float z = rotation[3] - rotation[1];
    const float twice_sine = sqrtf(x * x + y * y + z * z);
    const float angle = atan2f(twice_sine, trace - 1.0f);
    if (twice_sine > 1e-5f) {
        vector[0] = x / twice_sine * angle;
        vector[1] = y / twice_sine * angle;
        vector[2] = z / twice_sine * angle;
        return;
    }
    /* Near 0 the axis does not matter; near pi it is the column of (R + 1) / 2 with the largest diagonal. */
    uint32_t k = 0;
    for (uint32_t i = 1; i < 3u; i++) {
        k = rotation[4u * i] > rotation[4u * k] ? i : k;
    }
    const float length = trace > 0.0f ? 0.0f : sqrtf((rotation[4u * k] + 1.0f) * 0.5f);
    for (uint32_t i = 0; i < 3u; i++) {
        const float half = (rotation[3u * i + k] + (i == k ? 1.0f : 0.0f)) * 0.5f;
        vector[i] = length > 0.0f ? half / length * angle : 0.0f;
    }
}
