/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_LANDMARKS_H
#define N6_DECODE_LANDMARKS_H

/* Networks that see one face and give its points: PFLD and its relatives, MediaPipe's face mesh.
 * One output holds x, y or x, y, z of each point, in parts of the input (PFLD) or in pixels of it (face mesh); a second one,
 * where there is one, the logit of "there is a face": present where it is above 0 (sigmoid above 1/2).
 * The result is one detection with all points, its box drawn around them, its score the presence, or 1 without one. A face
 * that is absent, and points that are not finite, give none. z is left in the output.
 * Crops and the way back to the image: n6_crop.h, n6_region.h. Family notes and sources: n6_mesh.h, n6_crop.h. */

#include <stdbool.h>

#include "n6_decoder.h"

typedef struct {
    uint32_t output;          /* index into the outputs: the points */
    uint32_t points;          /* how many */
    uint32_t values;          /* numbers of each point, 2 or 3; x and y first */
    float scale_x, scale_y;   /* input pixels of 1 */
    bool has_presence;
    uint32_t presence_output; /* index into the outputs: one logit */
} n6_landmarks_t;

/* parameters: const n6_landmarks_t *. */
n6_status_t n6_decode_landmarks(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                n6_workspace_t *workspace);

#endif
