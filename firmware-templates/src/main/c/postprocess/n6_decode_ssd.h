/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_SSD_H
#define N6_DECODE_SSD_H

/* Detectors in the manner of SSD (Liu et al., arXiv:1512.02325): for each prior four numbers of a box, scores of classes and
 * perhaps landmarks. One decoder serves them all; priors, factors and thresholds make the family:
 *
 *     SSD            qfgaohao/pytorch-ssd; TensorFlow Object Detection     priors of the model, several classes
 *     UltraFace      Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB    10..256 pixels, clipped; boxes sometimes decoded
 *     RetinaFace     biubug6/Pytorch_Retinaface                            16..512 pixels, five landmarks
 *     FaceBoxes      zisianw/FaceBoxes.PyTorch (arXiv:1708.05234)          32..512 pixels, denser where they are small
 *     DSFD lightnet  610265158/DSFD-tensorflow                             corner by corner, boxes clipped
 *
 * With a prior p (centre, size) and numbers l, each multiplied by its factor first (the variances, 0.1 0.1 0.2 0.2 as a rule):
 *
 *     N6_SSD_CENTRE_DELTAS  cx = px + l0 * pw      cy = py + l1 * ph      w = pw * exp(l2)      h = ph * exp(l3)
 *     N6_SSD_CORNER_DELTAS  x1 = px - pw/2 + l0 * pw    y1 = py - ph/2 + l1 * ph    x2 = px + pw/2 + l2 * pw    ...
 *     N6_SSD_CORNERS        x1 = l0   y1 = l1   x2 = l2   y2 = l3: the network decoded them; factors make pixels of them
 *     N6_SSD_CENTRES        cx = l0   cy = l1   w = l2    h = l3: likewise
 *     landmark j            x = px + landmark_factor * k[2j] * pw     y = py + landmark_factor * k[2j + 1] * ph
 *
 * Scores: a column for each class, one of them perhaps the background. They are probabilities, or logits of a sigmoid, or
 * logits of a softmax over the columns. That of two columns is sigmoid(x1 - x0), and so a difference of stored values is
 * compared with the threshold. Of more columns the difference to the background decides what is looked at: a softmax is at
 * most the sigmoid of that difference.
 *
 * Outputs may be rows ([1, N, 4], any leading axes) or, for each grid, a feature map [1, h, w, A * 4] or [1, A * 4, h, w]. */

#include "n6_decoder.h"
#include "n6_priors.h"
#include "n6_scores.h"

#define N6_SSD_MAX_HEADS 8
#define N6_SSD_MAX_LANDMARKS 5
#define N6_SSD_NO_BACKGROUND (-1)

typedef enum {
    N6_SSD_CENTRE_DELTAS = 0,
    N6_SSD_CORNER_DELTAS = 1,
    N6_SSD_CORNERS = 2,
    N6_SSD_CENTRES = 3
} n6_ssd_coding_t;

typedef enum {
    N6_SSD_ROWS = 0,          /* [.., N, K] */
    N6_SSD_CHANNELS_LAST = 1, /* [1, h, w, A * K] */
    N6_SSD_CHANNELS_FIRST = 2 /* [1, A * K, h, w] */
} n6_ssd_layout_t;

/* Outputs of some of the priors; heads follow each other in the order of the priors. */
typedef struct {
    n6_ssd_layout_t layout;
    uint32_t box_output, score_output, landmark_output; /* indices into the outputs */
    uint32_t rows;                                      /* priors of this head */
    n6_threshold_t threshold;                           /* of a score, or of a difference of two logits */
} n6_ssd_head_t;

typedef struct {
    n6_ssd_coding_t coding;
    uint32_t column[4]; /* of x, y, width, height or x1, y1, x2, y2 among the numbers of a box */
    float factor[4];    /* in that order too */
    bool clip;          /* corners are clamped to 0 .. width and 0 .. height before suppression */
    float width, height;
    n6_priors_t priors; /* none where the network decodes boxes */
    uint32_t score_columns;
    int32_t background; /* column that stands for nothing, or N6_SSD_NO_BACKGROUND */
    bool softmax;
    int32_t first_class;   /* column that is class 0 of the results */
    n6_score_rule_t score; /* of a column; with softmax, of the difference of two */
    uint32_t landmark_count;
    float landmark_factor;
    uint32_t head_count;
    n6_ssd_head_t head[N6_SSD_MAX_HEADS];
} n6_ssd_t;

n6_status_t n6_ssd_prepare(n6_ssd_t *ssd, const n6_tensor_t *outputs, uint32_t output_count);

/* parameters: const n6_ssd_t *. Index of a candidate: its prior; with several classes, prior * classes + place of its class,
 * the background not counted. */
n6_status_t n6_decode_ssd(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                          n6_workspace_t *workspace);

#endif
