/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODER_H
#define N6_DECODER_H

/* What the application calls after an inference: one constant descriptor says how this network's outputs are read. */

#include "n6_detections.h"
#include "n6_nms.h"
#include "n6_status.h"
#include "n6_tensor.h"

/* Offers every candidate in the outputs to the (cleared) workspace. parameters is the family's own structure. The function
 * is named in the descriptor, so a firmware links the families it uses and no other. */
typedef n6_status_t (*n6_decode_t)(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                   n6_workspace_t *workspace);

typedef enum {
    N6_RESULT_BOXES = 0,  /* boxes, perhaps with landmarks */
    N6_RESULT_CLASSES = 1, /* labels, best first; no boxes */
    N6_RESULT_POSE = 2     /* a head pose in degrees: yaw in x1, pitch in y1, roll in x2; no boxes */
} n6_result_kind_t;

typedef struct {
    n6_result_kind_t result;
    n6_decode_t decode;
    const void *parameters;
    uint32_t landmark_count; /* points per box; N6_ERROR_ARGUMENT where the family gives fewer */
    n6_nms_t nms;
} n6_decoder_t;

/* outputs: the network's outputs in the network's order, as many as output_count. */
n6_status_t n6_decoder_run(const n6_decoder_t *decoder, const n6_tensor_t *outputs, uint32_t output_count,
                           n6_workspace_t *workspace, n6_detections_t *detections);

#endif
