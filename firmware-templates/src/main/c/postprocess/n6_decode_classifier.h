/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_DECODE_CLASSIFIER_H
#define N6_DECODE_CLASSIFIER_H

/* Plain output of a classifier: one value per label. The result lists the labels with the largest values as class_index,
 * equal values by lower index; score is the real value as the network gives it (a probability where it ends in softmax).
 * As many labels are returned as the workspace and the result hold. */

#include "n6_decoder.h"

typedef struct {
    uint32_t output; /* index into the outputs */
} n6_classifier_t;

/* parameters: const n6_classifier_t *. */
n6_status_t n6_decode_classifier(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                 n6_workspace_t *workspace);

#endif
