/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_classifier.h"

#include <stddef.h>

#include "n6_candidates.h"
#include "n6_view.h"

n6_status_t n6_decode_classifier(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                 n6_workspace_t *workspace) {
    const n6_classifier_t *classifier = parameters;
    n6_rows_t values;
    if (classifier->output >= output_count || n6_rows_of(&outputs[classifier->output], 1u, &values) != N6_OK) {
        return N6_ERROR_ARGUMENT;
    }
    for (uint32_t i = 0; i < values.rows; i++) {
        const n6_candidate_t candidate = {
            .score = n6_rows_real(&values, i, 0), .class_index = (int32_t)i, .index = i};
        n6_candidates_offer(workspace, &candidate, NULL, 0);
    }
    /* The best few were asked for: the others are not missing. */
    workspace->offered = workspace->count;
    return N6_OK;
}
