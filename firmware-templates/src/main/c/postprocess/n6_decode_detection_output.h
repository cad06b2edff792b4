/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_DETECTION_OUTPUT_H
#define N6_DECODE_DETECTION_OUTPUT_H

/* Networks that end in DetectionOutput, the layer of Caffe's SSD that OpenVINO has as an operator (face-detection-adas-0001 of
 * openvinotoolkit/open_model_zoo; OpenCV's res10 SSD): boxes come decoded and suppressed.
 *
 * Output: [.., N, 7] rows of image, label, score, x1, y1, x2, y2, corners from 0 to 1. The first row with a negative image ends
 * the list; what lies behind it is left over from before. A row counts where score > threshold. Corners may lie outside. */

#include "n6_decoder.h"
#include "n6_scores.h"

typedef struct {
    uint32_t output;     /* index into the outputs */
    float width, height; /* of the network input */
    n6_score_rule_t score;
    n6_threshold_t threshold; /* of the score in stored values */
} n6_detection_output_t;

n6_status_t n6_detection_output_prepare(n6_detection_output_t *parameters, const n6_tensor_t *outputs,
                                        uint32_t output_count);

/* parameters: const n6_detection_output_t *. The index of a candidate is its row. */
n6_status_t n6_decode_detection_output(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                       n6_workspace_t *workspace);

#endif
