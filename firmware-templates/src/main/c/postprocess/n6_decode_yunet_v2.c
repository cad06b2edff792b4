/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_yunet_v2.h"

#include <math.h>

#include "n6_candidates.h"
#include "n6_view.h"

typedef struct {
    n6_rows_t cls, obj, boxes, landmarks;
} level_rows_t;

/* A factor of the score as the rule takes it. NaN stays NaN. */
static float factor(const n6_score_rule_t *rule, float x) {
    if (x < 0.0f) {
        return 0.0f;
    }
    return rule->activation == N6_ACTIVATION_SQRT && x > 1.0f ? 1.0f : x;
}

static float largest_factor(const n6_score_rule_t *rule, const n6_tensor_t *tensor) {
    switch (tensor->type) {
    case N6_INT8:
        return factor(rule, tensor->scale * (float)(INT8_MAX - tensor->zero_point));
    case N6_UINT8:
        return factor(rule, tensor->scale * (float)(UINT8_MAX - tensor->zero_point));
    case N6_INT32:
    case N6_FLOAT32:
    default:
        return factor(rule, INFINITY);
    }
}

n6_status_t n6_yunet_v2_prepare(n6_yunet_v2_t *yunet, const n6_tensor_t *outputs, uint32_t output_count) {
    if (yunet->level_count > N6_YUNET_V2_MAX_LEVELS) {
        return N6_ERROR_ARGUMENT;
    }
    for (uint32_t i = 0; i < yunet->level_count; i++) {
        n6_yunet_v2_level_t *level = &yunet->level[i];
        if (level->cls_output >= output_count || level->obj_output >= output_count) {
            return N6_ERROR_ARGUMENT;
        }
        n6_score_rule_t rule = yunet->score;
        rule.factor = largest_factor(&rule, &outputs[level->obj_output]);
        const n6_status_t status = n6_threshold_find(&outputs[level->cls_output], &rule, &level->threshold);
        if (status != N6_OK) {
            return status;
        }
    }
    return N6_OK;
}

static void offer(const n6_yunet_v2_level_t *level, const level_rows_t *rows, uint32_t cell, float score,
                  uint32_t index, n6_workspace_t *workspace) {
    const float c = (float)(cell % level->grid_width);
    const float r = (float)(cell / level->grid_width);
    float b[4];
    float landmarks[2 * N6_YUNET_V2_LANDMARKS];
    n6_rows_reals(&rows->boxes, cell, 0, 4u, b);
    n6_rows_reals(&rows->landmarks, cell, 0, 2u * N6_YUNET_V2_LANDMARKS, landmarks);
    const float cx = (c + b[0]) * level->stride;
    const float cy = (r + b[1]) * level->stride;
    const float width = expf(b[2]) * level->stride;
    const float height = expf(b[3]) * level->stride;
    for (uint32_t j = 0; j < N6_YUNET_V2_LANDMARKS; j++) {
        landmarks[2u * j] = (c + landmarks[2u * j]) * level->stride;
        landmarks[2u * j + 1u] = (r + landmarks[2u * j + 1u]) * level->stride;
    }
    const float x1 = cx - width * 0.5f;
    const float y1 = cy - height * 0.5f;
    const n6_candidate_t candidate = {.x1 = x1,
                                      .y1 = y1,
                                      .x2 = x1 + width,
                                      .y2 = y1 + height,
                                      .width = width,
                                      .height = height,
                                      .score = score,
                                      .class_index = 0,
                                      .index = index};
    n6_candidates_offer(workspace, &candidate, landmarks, N6_YUNET_V2_LANDMARKS);
}

static n6_status_t open_level(const n6_yunet_v2_level_t *level, const n6_tensor_t *outputs, uint32_t output_count,
                              level_rows_t *rows) {
    if (level->cls_output >= output_count || level->obj_output >= output_count || level->box_output >= output_count ||
        level->landmark_output >= output_count || n6_rows_of(&outputs[level->cls_output], 1u, &rows->cls) != N6_OK ||
        n6_rows_of(&outputs[level->obj_output], 1u, &rows->obj) != N6_OK ||
        n6_rows_of(&outputs[level->box_output], 4u, &rows->boxes) != N6_OK ||
        n6_rows_of(&outputs[level->landmark_output], 2u * N6_YUNET_V2_LANDMARKS, &rows->landmarks) != N6_OK) {
        return N6_ERROR_ARGUMENT;
    }
    const uint32_t cells = level->grid_width * level->grid_height;
    const bool complete = rows->cls.rows == cells && rows->obj.rows == cells && rows->boxes.rows == cells &&
                          rows->landmarks.rows == cells;
    return complete ? N6_OK : N6_ERROR_ARGUMENT;
}

n6_status_t n6_decode_yunet_v2(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                               n6_workspace_t *workspace) {
    const n6_yunet_v2_t *yunet = parameters;
    const bool root = yunet->score.activation == N6_ACTIVATION_SQRT;
    if (yunet->level_count > N6_YUNET_V2_MAX_LEVELS || workspace->landmark_capacity < N6_YUNET_V2_LANDMARKS) {
        return N6_ERROR_ARGUMENT;
    }
    uint32_t first_index = 0;
    for (uint32_t i = 0; i < yunet->level_count; i++) {
        const n6_yunet_v2_level_t *level = &yunet->level[i];
        level_rows_t rows;
        const n6_status_t status = open_level(level, outputs, output_count, &rows);
        if (status != N6_OK) {
            return status;
        }
        const n6_line_t line = n6_rows_line(&rows.cls, 0, 0, rows.cls.rows);
        for (uint32_t cell = n6_line_next(&line, 0, &level->threshold); cell < line.count;
             cell = n6_line_next(&line, cell + 1u, &level->threshold)) {
            const float product = factor(&yunet->score, n6_rows_real(&rows.cls, cell, 0)) *
                                  factor(&yunet->score, n6_rows_real(&rows.obj, cell, 0));
            const float score = root ? sqrtf(product) : product;
            if (n6_score_passes(&yunet->score, score)) {
                offer(level, &rows, cell, score, first_index + cell, workspace);
            }
        }
        first_index += line.count;
    }
    return N6_OK;
}
