/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_PNP_H
#define N6_PNP_H

/* Pose of a rigid shape from its projected points (perspective-n-point): the rotation R and translation t that minimise
 *     sum_i | (f X/Z + cx, f Y/Z + cy) - image_i |^2     with (X, Y, Z) = R model_i + t
 * by Levenberg-Marquardt over a small rotation beside R and over t. Without a guess the start is the best scaled
 * orthographic projection (DeMenthon and Davis 1995, first step of POSIT), which has a closed form for points that do not lie
 * in a plane. Computed in binary64: with 68 landmarks the normal equations lose seven digits. */

#include <stdbool.h>
#include <stdint.h>

#include "n6_status.h"

typedef struct {
    float focal, cx, cy; /* pixels; no distortion */
} n6_camera_t;

typedef struct {
    float rotation[9];    /* row-major, from model to camera: x right, y down, z away from the camera */
    float translation[3]; /* in units of the model */
    float rms;            /* root of the mean of the squared distances in pixels */
    bool valid;           /* false: the points do not determine a pose; the other fields are 0 */
} n6_pose_t;

/* model: count points x, y, z; image: count points x, y in pixels; count is at least 4. from_guess: pose holds a rotation
 * and a translation to start from, and the minimum that is reached from there is the result; a shape behind the camera
 * (negative z) is one. Points on a line, points in a plane without a guess, coincident and non-finite points are answered as
 * not valid. */
n6_status_t n6_pnp_solve(const n6_camera_t *camera, const float *model, const float *image, uint32_t count,
                         bool from_guess, n6_pose_t *pose);

/* The rotation of a rotation vector (axis times angle in radians), row-major, and the other way. */
void n6_rotation_of_vector(const float vector[3], float rotation[9]);
void n6_rotation_to_vector(const float rotation[9], float vector[3]);

#endif
