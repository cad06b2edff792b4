/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_YUNET_V1_H
#define N6_DECODE_YUNET_V1_H

/* YuNet before 2023 (ShiqiYu/libfacedetection.train; FaceDetectorYN of OpenCV 4.5.4 to 4.7).
 *
 * Outputs: loc [N, 14], conf [N, 2] (probabilities or logits, column 1 = face), iou [N, 1]; any leading batch axis.
 * Priors: levels from fine to coarse, cell by cell, row-major, one prior per size; centre p = ((c + 0.5) * step, (r + 0.5) *
 * step), a square of m pixels.
 *
 *     cx = px + 0.1 * l[0] * m      w = m * exp(0.1 * l[2])      point j: x = px + 0.1 * l[4 + 2j] * m
 *     cy = py + 0.1 * l[1] * m      h = m * exp(0.2 * l[3])               y = py + 0.1 * l[5 + 2j] * m
 *     score = sqrt(conf[1] * clamp(iou, 0, 1)) > threshold      of logits: sigmoid(conf[1] - conf[0]) for conf[1]
 *
 * Width uses variance 0.1, height 0.2. The box's corner is the centre minus half the size.
 * Points: image-left eye, image-right eye, nose tip, image-left mouth corner, image-right mouth corner. */

#include "n6_decoder.h"
#include "n6_scores.h"

#define N6_YUNET_LANDMARKS 5
#define N6_YUNET_V1_MAX_LEVELS 4
#define N6_YUNET_V1_MAX_SIZES 3

typedef struct {
    uint32_t grid_width, grid_height;
    float step; /* pixels */
    uint32_t size_count;
    float size[N6_YUNET_V1_MAX_SIZES]; /* pixels */
} n6_yunet_v1_level_t;

typedef struct {
    uint32_t loc_output, conf_output, iou_output; /* indices into the outputs */
    float centre_variance, width_variance, height_variance;
    bool logits;              /* conf has no softmax yet */
    n6_score_rule_t score;    /* of the probability conf[1] where iou is at its largest, 1 */
    n6_threshold_t threshold; /* of conf[1], or of conf[1] - conf[0] of logits: what cannot pass with any iou is not looked at */
    uint32_t level_count;
    n6_yunet_v1_level_t level[N6_YUNET_V1_MAX_LEVELS];
} n6_yunet_v1_t;

n6_status_t n6_yunet_v1_prepare(n6_yunet_v1_t *yunet, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_yunet_v1_t *. */
n6_status_t n6_decode_yunet_v1(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                               n6_workspace_t *workspace);

#endif
