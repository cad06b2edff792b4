/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_ANGLES_H
#define N6_DECODE_ANGLES_H

/* Head-pose networks that give angles directly: FSA-Net (yaw, pitch, roll in one output; omasaht/headpose-fsanet-pytorch
 * 0025499), head-pose-estimation-adas-0001 (one output each). angle = factor * value + offset, in degrees; conventions:
 * n6_head_pose.h. The result is of kind N6_RESULT_POSE: one detection of score 1 with yaw in x1, pitch in y1, roll in x2;
 * none where an angle is not finite. */

#include "n6_decoder.h"

typedef struct {
    uint32_t output; /* index into the outputs */
    uint32_t place;  /* which of its numbers */
    float factor, offset;
} n6_angle_t;

typedef struct {
    n6_angle_t yaw, pitch, roll;
} n6_angles_t;

/* parameters: const n6_angles_t *. */
n6_status_t n6_decode_angles(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                             n6_workspace_t *workspace);

#endif
