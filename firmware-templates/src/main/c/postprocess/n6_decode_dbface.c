/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_dbface.h"

#include <math.h>

#include "n6_candidates.h"
#include "n6_peaks.h"
#include "n6_view.h"

#define E 2.7182817f
#define LANDMARK_FACTOR 4.0f

typedef struct {
    n6_grid_t heatmap, box, landmarks;
} dbface_grids_t;

n6_status_t n6_dbface_prepare(n6_dbface_t *dbface, const n6_tensor_t *outputs, uint32_t output_count) {
    if (dbface->heatmap_output >= output_count) {
        return N6_ERROR_ARGUMENT;
    }
    return n6_threshold_find(&outputs[dbface->heatmap_output], &dbface->score, &dbface->threshold);
}

/* NaN stays NaN. */
static float stretched(float v) {
    if (v >= 1.0f) {
        return expf(v);
    }
    if (v <= -1.0f) {
        return -expf(-v);
    }
    return v * E;
}

static void offer(const n6_dbface_t *dbface, const dbface_grids_t *grids, uint32_t r, uint32_t c, float score,
                  n6_workspace_t *workspace) {
    const float stride = dbface->stride;
    float b[4];
    float k[2 * N6_DBFACE_LANDMARKS];
    n6_grid_reals(&grids->box, 0, 4, r, c, b);
    n6_grid_reals(&grids->landmarks, 0, 2u * N6_DBFACE_LANDMARKS, r, c, k);
    const float left = ((float)c - b[0]) * stride;
    const float top = ((float)r - b[1]) * stride;
    const float right = ((float)c + b[2]) * stride;
    const float bottom = ((float)r + b[3]) * stride;
    const float x1 = right < left ? right : left;
    const float y1 = bottom < top ? bottom : top;
    const float x2 = right < left ? left : right;
    const float y2 = bottom < top ? top : bottom;
    float landmarks[2 * N6_DBFACE_LANDMARKS];
    for (uint32_t j = 0; j < N6_DBFACE_LANDMARKS; j++) {
        landmarks[2u * j] = (stretched(k[j] * LANDMARK_FACTOR) + (float)c) * stride;
        landmarks[2u * j + 1u] = (stretched(k[N6_DBFACE_LANDMARKS + j] * LANDMARK_FACTOR) + (float)r) * stride;
    }
    const n6_candidate_t candidate = {.x1 = x1,
                                      .y1 = y1,
                                      .x2 = x2,
                                      .y2 = y2,
                                      .width = x2 - x1,
                                      .height = y2 - y1,
                                      .score = score,
                                      .class_index = 0,
                                      .index = r * grids->heatmap.width + c};
    n6_candidates_offer(workspace, &candidate, landmarks, N6_DBFACE_LANDMARKS);
}

static bool fits(const n6_grid_t *grid, const n6_grid_t *heatmap, uint32_t channels) {
    return grid->channels == channels && grid->height == heatmap->height && grid->width == heatmap->width;
}

n6_status_t n6_decode_dbface(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                             n6_workspace_t *workspace) {
    const n6_dbface_t *dbface = parameters;
    const bool last = dbface->channels_last;
    dbface_grids_t grids;
    if (dbface->heatmap_output >= output_count || dbface->box_output >= output_count ||
        dbface->landmark_output >= output_count || workspace->landmark_capacity < N6_DBFACE_LANDMARKS ||
        n6_grid_of(&outputs[dbface->heatmap_output], last, &grids.heatmap) != N6_OK ||
        n6_grid_of(&outputs[dbface->box_output], last, &grids.box) != N6_OK ||
        n6_grid_of(&outputs[dbface->landmark_output], last, &grids.landmarks) != N6_OK ||
        !fits(&grids.box, &grids.heatmap, 4u) ||
        !fits(&grids.landmarks, &grids.heatmap, 2u * N6_DBFACE_LANDMARKS)) {
        return N6_ERROR_ARGUMENT;
    }
    for (uint32_t r = 0; r < grids.heatmap.height; r++) {
        const n6_line_t line = n6_grid_line(&grids.heatmap, 0, r);
        for (uint32_t c = n6_line_next(&line, 0, &dbface->threshold); c < line.count;
             c = n6_line_next(&line, c + 1u, &dbface->threshold)) {
            if (n6_grid_is_peak(&grids.heatmap, 0, r, c)) {
                offer(dbface, &grids, r, c, n6_score_of(&dbface->score, n6_grid_real(&grids.heatmap, 0, r, c)),
                      workspace);
            }
        }
    }
    return N6_OK;
}
