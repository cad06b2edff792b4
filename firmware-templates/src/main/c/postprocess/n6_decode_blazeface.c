/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_blazeface.h"

#include "n6_candidates.h"
#include "n6_view.h"

n6_status_t n6_blazeface_prepare(n6_blazeface_t *blazeface, const n6_tensor_t *outputs, uint32_t output_count) {
    if (blazeface->level_count > N6_BLAZEFACE_MAX_LEVELS) {
        return N6_ERROR_ARGUMENT;
    }
    for (uint32_t i = 0; i < blazeface->level_count; i++) {
        n6_blazeface_level_t *level = &blazeface->level[i];
        if (level->score_output >= output_count) {
            return N6_ERROR_ARGUMENT;
        }
        const n6_status_t status =
            n6_threshold_find(&outputs[level->score_output], &blazeface->score, &level->threshold);
        if (status != N6_OK) {
            return status;
        }
    }
    return N6_OK;
}

static void offer(const n6_blazeface_t *blazeface, const n6_blazeface_level_t *level, const n6_rows_t *boxes,
                  uint32_t row, uint32_t anchor, float score, uint32_t index, n6_workspace_t *workspace) {
    const uint32_t cell = anchor / level->anchors_per_cell;
    const float to_x = blazeface->input_width / blazeface->scale;
    const float to_y = blazeface->input_height / blazeface->scale;
    const float anchor_x =
        ((float)(cell % level->grid_width) + 0.5f) * (blazeface->input_width / (float)level->grid_width);
    const float anchor_y =
        ((float)(cell / level->grid_width) + 0.5f) * (blazeface->input_height / (float)level->grid_height);
    float r[4 + 2 * N6_BLAZEFACE_MAX_LANDMARKS];
    n6_rows_reals(boxes, row, 0, 4u + 2u * blazeface->landmark_count, r);
    const float cx = r[0] * to_x + anchor_x;
    const float cy = r[1] * to_y + anchor_y;
    const float width = r[2] * to_x;
    const float height = r[3] * to_y;
    if (width < 0.0f || height < 0.0f) {
        return;
    }
    float *landmarks = &r[4];
    for (uint32_t k = 0; k < blazeface->landmark_count; k++) {
        landmarks[2u * k] = landmarks[2u * k] * to_x + anchor_x;
        landmarks[2u * k + 1u] = landmarks[2u * k + 1u] * to_y + anchor_y;
    }
    const n6_candidate_t candidate = {.x1 = cx - width * 0.5f,
                                      .y1 = cy - height * 0.5f,
                                      .x2 = cx + width * 0.5f,
                                      .y2 = cy + height * 0.5f,
                                      .width = width,
                                      .height = height,
                                      .score = score,
                                      .class_index = 0,
                                      .index = index};
    n6_candidates_offer(workspace, &candidate, landmarks, blazeface->landmark_count);
}

n6_status_t n6_decode_blazeface(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                                n6_workspace_t *workspace) {
    const n6_blazeface_t *blazeface = parameters;
    if (blazeface->level_count > N6_BLAZEFACE_MAX_LEVELS || blazeface->landmark_count > N6_BLAZEFACE_MAX_LANDMARKS ||
        blazeface->landmark_count > workspace->landmark_capacity) {
        return N6_ERROR_ARGUMENT;
    }
    uint32_t first_index = 0;
    for (uint32_t i = 0; i < blazeface->level_count; i++) {
        const n6_blazeface_level_t *level = &blazeface->level[i];
        const uint32_t anchors = level->grid_width * level->grid_height * level->anchors_per_cell;
        if (level->box_output >= output_count || level->score_output >= output_count) {
            return N6_ERROR_ARGUMENT;
        }
        n6_rows_t boxes;
        n6_rows_t scores;
        if (n6_rows_of(&outputs[level->box_output], 4u + 2u * blazeface->landmark_count, &boxes) != N6_OK ||
            n6_rows_of(&outputs[level->score_output], 1u, &scores) != N6_OK ||
            !n6_rows_hold(&boxes, level->first_row, anchors) || !n6_rows_hold(&scores, level->first_row, anchors)) {
            return N6_ERROR_ARGUMENT;
        }
        const n6_line_t line = n6_rows_line(&scores, 0, level->first_row, anchors);
        for (uint32_t anchor = n6_line_next(&line, 0, &level->threshold); anchor < anchors;
             anchor = n6_line_next(&line, anchor + 1u, &level->threshold)) {
            const uint32_t row = level->first_row + anchor;
            const float score = n6_score_of(&blazeface->score, n6_rows_real(&scores, row, 0));
            offer(blazeface, level, &boxes, row, anchor, score, first_index + anchor, workspace);
        }
        first_index += anchors;
    }
    return N6_OK;
}
