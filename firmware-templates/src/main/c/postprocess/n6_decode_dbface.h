/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_DBFACE_H
#define N6_DECODE_DBFACE_H

/* DBFace (dlunion/DBFace, main.py and common.py).
 *
 * Outputs on one grid of stride s = 4, channels first or last: heat map (1 channel, already a probability), box (4: left,
 * top, right, bottom in cells), landmarks (10: x of the five points, then y of the five points).
 * A cell (r, c) counts where it is the maximum of its 3x3 neighbourhood, border cells too, and its value >= threshold:
 *
 *     x1 = s * (c - b[0])     x2 = s * (c + b[2])     point j: x = s * (g(4 * k[j]) + c)
 *     y1 = s * (r - b[1])     y2 = s * (r + b[3])              y = s * (g(4 * k[5 + j]) + r)
 *
 *     g(v) = e * v for |v| < 1, otherwise sign(v) * exp(|v|)
 *
 * Corners in the wrong order are exchanged. Nothing is clipped. A quantized heat map has plateaus, and so several peaks a
 * face; suppression leaves one.
 * Points: image-left eye, image-right eye, nose tip, image-left mouth corner, image-right mouth corner. */

#include "n6_decoder.h"
#include "n6_scores.h"

#define N6_DBFACE_LANDMARKS 5

typedef struct {
    float stride; /* pixels */
    bool channels_last;
    uint32_t heatmap_output, box_output, landmark_output; /* indices into the outputs */
    n6_score_rule_t score;
    n6_threshold_t threshold; /* of the heat map */
} n6_dbface_t;

n6_status_t n6_dbface_prepare(n6_dbface_t *dbface, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_dbface_t *. */
n6_status_t n6_decode_dbface(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                             n6_workspace_t *workspace);

#endif
