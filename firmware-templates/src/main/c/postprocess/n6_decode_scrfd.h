/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_SCRFD_H
#define N6_DECODE_SCRFD_H

/* SCRFD (Guo et al., arXiv:2105.04714; deepinsight/insightface, python-package/insightface/model_zoo/scrfd.py).
 *
 * For each stride s and each anchor of cell (r, c), two of them in the published models: a score (1 channel, a probability in
 * the published files), distances d to the edges (4) and points k (10, not in every model), in strides:
 *
 *     x1 = c * s - d[0] * s      x2 = c * s + d[2] * s      point j: x = c * s + k[2j] * s
 *     y1 = r * s - d[1] * s      y2 = r * s + d[3] * s               y = r * s + k[2j + 1] * s
 *
 * no half cell. All anchors of a cell start from the same place.
 * Points: image-left eye, image-right eye, nose tip, image-left mouth corner, image-right mouth corner. */

#include "n6_decoder.h"
#include "n6_head.h"
#include "n6_scores.h"

#define N6_SCRFD_LANDMARKS 5
#define N6_SCRFD_MAX_LEVELS 5

typedef struct {
    uint32_t grid_width, grid_height;
    float stride; /* pixels */
    n6_head_part_t scores, boxes, landmarks;
    n6_threshold_t threshold; /* of the scores */
} n6_scrfd_level_t;

typedef struct {
    n6_score_rule_t score;
    uint32_t anchors_per_cell;
    bool has_landmarks;
    uint32_t level_count;
    n6_scrfd_level_t level[N6_SCRFD_MAX_LEVELS];
} n6_scrfd_t;

n6_status_t n6_scrfd_prepare(n6_scrfd_t *scrfd, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_scrfd_t *. */
n6_status_t n6_decode_scrfd(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                            n6_workspace_t *workspace);

#endif
