/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_BLAZEFACE_H
#define N6_DECODE_BLAZEFACE_H

/* BlazeFace (Bazarevsky et al., arXiv:1907.05047; google-ai-edge/mediapipe, modules/face_detection).
 *
 * Outputs, joined or one pair per level: regressors [1, N, 4 + 2 * landmarks], classificators [1, N, 1] (logits).
 * Anchors: levels from fine to coarse, per level cell by cell, row-major, anchors_per_cell in every cell, all with the centre
 * a = ((c + 0.5) / grid_width, (r + 0.5) / grid_height) and without a size of their own.
 *
 *     cx = r[0] / scale + ax      w = r[2] / scale      point k: x = r[4 + 2k] / scale + ax
 *     cy = r[1] / scale + ay      h = r[3] / scale               y = r[5 + 2k] / scale + ay
 *     score = sigmoid(clamp(logit, -100, 100)) >= threshold
 *
 * times the input size. A negative width or height is dropped. Nothing is clipped.
 * Points: image-left eye, image-right eye, nose tip, mouth centre, image-left ear, image-right ear. */

#include "n6_decoder.h"
#include "n6_scores.h"

#define N6_BLAZEFACE_MAX_LEVELS 4
#define N6_BLAZEFACE_MAX_LANDMARKS 8

typedef struct {
    uint32_t grid_width, grid_height;
    uint32_t anchors_per_cell;
    uint32_t box_output, score_output; /* indices into the outputs */
    uint32_t first_row;                /* of this level in those outputs */
    n6_threshold_t threshold;          /* of its score output */
} n6_blazeface_level_t;

typedef struct {
    float input_width, input_height; /* pixels */
    float scale;                     /* regressors are pixels of a square of this size */
    uint32_t landmark_count;
    n6_score_rule_t score;
    uint32_t level_count;
    n6_blazeface_level_t level[N6_BLAZEFACE_MAX_LEVELS];
} n6_blazeface_t;

/* Fills in level[].threshold from the score outputs; a generator may have done so already. */
n6_status_t n6_blazeface_prepare(n6_blazeface_t *blazeface, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_blazeface_t *. */
n6_status_t n6_decode_blazeface(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                n6_workspace_t *workspace);

#endif
