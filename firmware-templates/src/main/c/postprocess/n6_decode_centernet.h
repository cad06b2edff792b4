/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_CENTERNET_H
#define N6_DECODE_CENTERNET_H

/* CenterNet (Zhou et al., arXiv:1904.07850; xingyizhou/CenterNet, src/lib/models/decode.py), and ST's variant of it in one
 * tensor.
 *
 * On one grid, channels first or last: heat maps, sizes (width, height in cells), offsets (x, y in cells); as outputs of
 * their own (hm [1, C, h, w], wh [1, 2, h, w], reg [1, 2, h, w]) or as channels of one (ST: [1, h, w, 5 + C + 1] holds heat
 * map, size, offset, C classes, segmentation).
 * A cell (r, c) of a heat map counts where it is the maximum of its 3x3 neighbourhood and passes the threshold:
 *
 *     cx = (c + offset[0]) * sx    w = size[0] * sx    x1 = cx - w / 2
 *     cy = (r + offset[1]) * sy    h = size[1] * sy    y1 = cy - h / 2
 *
 * sx = input width / w of the grid. The class is the number of the heat map, or, where the classes have channels of their
 * own, the first greatest of these. ST takes no peaks from the cells of the border. Upstream takes the best 100 and
 * suppresses nothing else; ST suppresses within each class. */

#include "n6_decoder.h"
#include "n6_scores.h"

/* Neighbouring channels of one output. */
typedef struct {
    uint32_t output; /* index into the outputs */
    uint32_t first;
    uint32_t count;
} n6_centernet_channels_t;

typedef struct {
    float input_width, input_height; /* pixels */
    bool channels_last;
    bool border; /* cells of the border can be peaks */
    n6_centernet_channels_t heatmap, size, offset;
    n6_centernet_channels_t classes; /* count 0: one heat map a class */
    n6_score_rule_t score;
    n6_threshold_t threshold; /* of the heat maps */
} n6_centernet_t;

n6_status_t n6_centernet_prepare(n6_centernet_t *centernet, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_centernet_t *. */
n6_status_t n6_decode_centernet(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                n6_workspace_t *workspace);

#endif
