/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_YOLOV8_H
#define N6_DECODE_YOLOV8_H

/* YOLOv8 and its face and pose models (ultralytics; derronqi/yolov8-face; hpc203/yolov8-face-landmarks-opencv-dnn).
 *
 * Raw heads: for cell (r, c) of a grid 4 * bins numbers, a distribution over distances for each edge (Generalized Focal Loss,
 * arXiv:2006.04388), one logit a class, and perhaps three numbers (x, y, visibility) a point v:
 *
 *     d[k] = sum of b * softmax(bins of edge k)[b] over b = 0, 1, 2, ...
 *     x1 = (c + 0.5 - d[0]) * s      x2 = (c + 0.5 + d[2]) * s      point: x = (2 * v[0] + c) * s
 *     y1 = (r + 0.5 - d[1]) * s      y2 = (r + 0.5 + d[3]) * s             y = (2 * v[1] + r) * s
 *
 * Decoded exports: [1, 4 + classes, n]: cx, cy, w, h, then points likewise, all times s (1 for pixels, the size of the input
 * for shares of it). One grid of n cells.
 *
 * Score: that of the best class, the first one where several are equal. */

#include "n6_decoder.h"
#include "n6_head.h"
#include "n6_scores.h"

#define N6_YOLOV8_MAX_LANDMARKS 17
#define N6_YOLOV8_MAX_BINS 32
#define N6_YOLOV8_MAX_LEVELS 5

typedef struct {
    uint32_t grid_width, grid_height;
    float stride_x, stride_y; /* pixels of the network input for one unit */
    n6_head_part_t scores, boxes, landmarks;
    n6_threshold_t threshold; /* of the scores */
} n6_yolov8_level_t;

typedef struct {
    n6_score_rule_t score;
    uint32_t class_count;
    uint32_t bins; /* of the distribution of each edge; 0: boxes are decoded */
    bool clip_at_zero; /* edges left of or above the input move to its border, as hpc203's demonstration does */
    uint32_t landmark_count;
    uint32_t level_count;
    n6_yolov8_level_t level[N6_YOLOV8_MAX_LEVELS];
} n6_yolov8_t;

n6_status_t n6_yolov8_prepare(n6_yolov8_t *yolo, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_yolov8_t *. */
n6_status_t n6_decode_yolov8(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                             n6_workspace_t *workspace);

#endif
