/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_centerface.h"

#include <math.h>

#include "n6_candidates.h"
#include "n6_view.h"

typedef struct {
    n6_grid_t heatmap, scale, offset, landmarks;
} centerface_grids_t;

n6_status_t n6_centerface_prepare(n6_centerface_t *centerface, const n6_tensor_t *outputs, uint32_t output_count) {
    if (centerface->heatmap_output >= output_count) {
        return N6_ERROR_ARGUMENT;
    }
    return n6_threshold_find(&outputs[centerface->heatmap_output], &centerface->score, &centerface->threshold);
}

/* NaN stays NaN. */
static float clamp(float x, float low, float high) {
    return x < low ? low : x > high ? high : x;
}

static void offer(const n6_centerface_t *centerface, const centerface_grids_t *grids, uint32_t r, uint32_t c,
                  float score, n6_workspace_t *workspace) {
    const float stride = centerface->stride;
    float scale[2];
    float offset[2];
    float points[2 * N6_CENTERFACE_LANDMARKS];
    n6_grid_reals(&grids->scale, 0, 2, r, c, scale);
    n6_grid_reals(&grids->offset, 0, 2, r, c, offset);
    n6_grid_reals(&grids->landmarks, 0, 2u * N6_CENTERFACE_LANDMARKS, r, c, points);
    const float height = stride * expf(scale[0]);
    const float width = stride * expf(scale[1]);
    const float cy = stride * ((float)r + offset[0] + 0.5f);
    const float cx = stride * ((float)c + offset[1] + 0.5f);
    const float x1 = clamp(cx - width * 0.5f, 0.0f, centerface->input_width);
    const float y1 = clamp(cy - height * 0.5f, 0.0f, centerface->input_height);
    const float x2 = x1 + width;
    const float y2 = y1 + height;
    float landmarks[2 * N6_CENTERFACE_LANDMARKS];
    for (uint32_t j = 0; j < N6_CENTERFACE_LANDMARKS; j++) {
        landmarks[2u * j] = points[2u * j + 1u] * width + x1;
        landmarks[2u * j + 1u] = points[2u * j] * height + y1;
    }
    const n6_candidate_t candidate = {.x1 = x1,
                                      .y1 = y1,
                                      .x2 = x2 > centerface->input_width ? centerface->input_width : x2,
                                      .y2 = y2 > centerface->input_height ? centerface->input_height : y2,
                                      .width = width, /* unclipped: an infinite one drops the candidate */
                                      .height = height,
                                      .score = score,
                                      .class_index = 0,
                                      .index = r * grids->heatmap.width + c};
    n6_candidates_offer(workspace, &candidate, landmarks, N6_CENTERFACE_LANDMARKS);
}

n6_status_t n6_decode_centerface(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                 n6_workspace_t *workspace) {
    const n6_centerface_t *centerface = parameters;
    const bool last = centerface->channels_last;
    centerface_grids_t grids;
    if (centerface->heatmap_output >= output_count || centerface->scale_output >= output_count ||
        centerface->offset_output >= output_count || centerface->landmark_output >= output_count ||
        workspace->landmark_capacity < N6_CENTERFACE_LANDMARKS ||
        n6_grid_of(&outputs[centerface->heatmap_output], last, &grids.heatmap) != N6_OK ||
        n6_grid_of(&outputs[centerface->scale_output], last, &grids.scale) != N6_OK ||
        n6_grid_of(&outputs[centerface->offset_output], last, &grids.offset) != N6_OK ||
        n6_grid_of(&outputs[centerface->landmark_output], last, &grids.landmarks) != N6_OK) {
        return N6_ERROR_ARGUMENT;
    }
    const n6_grid_t *others[] = {&grids.scale, &grids.offset, &grids.landmarks};
    const uint32_t channels[] = {2u, 2u, 2u * N6_CENTERFACE_LANDMARKS};
    for (uint32_t i = 0; i < 3u; i++) {
        if (others[i]->channels != channels[i] || others[i]->height != grids.heatmap.height ||
            others[i]->width != grids.heatmap.width) {
            return N6_ERROR_ARGUMENT;
        }
    }
    for (uint32_t r = 0; r < grids.heatmap.height; r++) {
        const n6_line_t line = n6_grid_line(&grids.heatmap, 0, r);
        for (uint32_t c = n6_line_next(&line, 0, &centerface->threshold); c < line.count;
             c = n6_line_next(&line, c + 1u, &centerface->threshold)) {
            const float score = n6_score_of(&centerface->score, n6_grid_real(&grids.heatmap, 0, r, c));
            offer(centerface, &grids, r, c, score, workspace);
        }
    }
    return N6_OK;
}
