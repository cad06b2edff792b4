/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_CENTERFACE_H
#define N6_DECODE_CENTERFACE_H

/* CenterFace (Xu et al., arXiv:1911.03599; Star-Clouds/CenterFace, prj-python/centerface.py).
 *
 * Outputs on one grid of stride 4, channels first or last: heatmap (1 channel, already a probability), scale (2: log height,
 * log width), offset (2: y, x), landmarks (10: y before x).
 * Cell (r, c), score v > threshold:
 *
 *     bh = s * exp(scale[0])      x1 = clamp(s * (c + offset[1] + 0.5) - bw / 2, 0, W)      x2 = min(x1 + bw, W)
 *     bw = s * exp(scale[1])      y1 = clamp(s * (r + offset[0] + 0.5) - bh / 2, 0, H)      y2 = min(y1 + bh, H)
 *     point j: x = landmarks[2j + 1] * bw + x1, y = landmarks[2j] * bh + y1
 *
 * The size is added to the clamped corner, as upstream does: a face cut by the left or top border moves.
 * Points: image-left eye, image-right eye, nose tip, image-left mouth corner, image-right mouth corner. */

#include "n6_decoder.h"
#include "n6_scores.h"

#define N6_CENTERFACE_LANDMARKS 5

typedef struct {
    float input_width, input_height; /* pixels */
    float stride;
    bool channels_last;
    uint32_t heatmap_output, scale_output, offset_output, landmark_output; /* indices into the outputs */
    n6_score_rule_t score;
    n6_threshold_t threshold; /* of the heatmap */
} n6_centerface_t;

n6_status_t n6_centerface_prepare(n6_centerface_t *centerface, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_centerface_t *. */
n6_status_t n6_decode_centerface(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                 n6_workspace_t *workspace);

#endif
