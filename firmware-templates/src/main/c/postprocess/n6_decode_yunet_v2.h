/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_YUNET_V2_H
#define N6_DECODE_YUNET_V2_H

/* YuNet of 2023 (yunet_n, yunet_s; ShiqiYu/libfacedetection.train; FaceDetectorYN of OpenCV 4.8 and later).
 *
 * Outputs per stride s: cls [1, n, 1], obj [1, n, 1] (probabilities), bbox [1, n, 4], kps [1, n, 10], n = (H / s) * (W / s).
 * Cell (r, c):
 *
 *     cx = (c + b[0]) * s      w = exp(b[2]) * s      point j: x = (c + k[2j]) * s
 *     cy = (r + b[1]) * s      h = exp(b[3]) * s               y = (r + k[2j + 1]) * s
 *
 * no half cell. Score: sqrt(clamp(cls, 0, 1) * clamp(obj, 0, 1)) (OpenCV), or cls * obj, negative factors as 0 (training
 * repository). Which one is score.activation: N6_ACTIVATION_SQRT or N6_ACTIVATION_NONE.
 * Points: image-left eye, image-right eye, nose tip, image-left mouth corner, image-right mouth corner. */

#include "n6_decoder.h"
#include "n6_scores.h"

#define N6_YUNET_V2_LANDMARKS 5
#define N6_YUNET_V2_MAX_LEVELS 4

typedef struct {
    uint32_t grid_width, grid_height;
    float stride; /* pixels */
    uint32_t cls_output, obj_output, box_output, landmark_output; /* indices into the outputs */
    n6_threshold_t threshold; /* of cls where obj is at its largest: what cannot pass with any obj is not looked at */
} n6_yunet_v2_level_t;

typedef struct {
    n6_score_rule_t score; /* factor is not used: the level's obj tensor bounds it */
    uint32_t level_count;
    n6_yunet_v2_level_t level[N6_YUNET_V2_MAX_LEVELS];
} n6_yunet_v2_t;

n6_status_t n6_yunet_v2_prepare(n6_yunet_v2_t *yunet, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_yunet_v2_t *. */
n6_status_t n6_decode_yunet_v2(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                               n6_workspace_t *workspace);

#endif
