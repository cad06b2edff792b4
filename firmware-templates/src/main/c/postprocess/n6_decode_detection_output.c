/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_detection_output.h"

#include <math.h>
#include <stddef.h>

#include "n6_candidates.h"
#include "n6_view.h"

#define COLUMNS 7u
#define SCORE_COLUMN 2u
/* Labels are small; what no int32_t holds is no label. */
#define LARGEST_LABEL 1e6f

n6_status_t n6_detection_output_prepare(n6_detection_output_t *parameters, const n6_tensor_t *outputs,
                                        uint32_t output_count) {
    if (parameters->output >= output_count) {
        return N6_ERROR_ARGUMENT;
    }
    return n6_threshold_find(&outputs[parameters->output], &parameters->score, &parameters->threshold);
}

/* Rows before the first whose image is negative or not a number. */
static uint32_t rows_in_use(const n6_rows_t *rows) {
    uint32_t row = 0;
    while (row < rows->rows && n6_rows_real(rows, row, 0) >= 0.0f) {
        row++;
    }
    return row;
}

n6_status_t n6_decode_detection_output(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                       n6_workspace_t *workspace) {
    const n6_detection_output_t *how = parameters;
    n6_rows_t rows;
    if (how->output >= output_count || n6_rows_of(&outputs[how->output], COLUMNS, &rows) != N6_OK) {
        return N6_ERROR_ARGUMENT;
    }
    const n6_line_t scores = n6_rows_line(&rows, SCORE_COLUMN, 0, rows_in_use(&rows));
    for (uint32_t row = n6_line_next(&scores, 0, &how->threshold); row < scores.count;
         row = n6_line_next(&scores, row + 1u, &how->threshold)) {
        float v[COLUMNS];
        n6_rows_reals(&rows, row, 0, COLUMNS, v);
        const float score = n6_score_of(&how->score, v[SCORE_COLUMN]);
        if (!n6_score_passes(&how->score, score) || !(fabsf(v[1]) < LARGEST_LABEL)) {
            continue;
        }
        n6_candidate_t candidate = {.x1 = v[3] * how->width,
                                    .y1 = v[4] * how->height,
                                    .x2 = v[5] * how->width,
                                    .y2 = v[6] * how->height,
                                    .score = score,
                                    .class_index = (int32_t)v[1],
                                    .index = row};
        candidate.width = candidate.x2 - candidate.x1;
        candidate.height = candidate.y2 - candidate.y1;
        n6_candidates_offer(workspace, &candidate, NULL, 0);
    }
    return N6_OK;
}
