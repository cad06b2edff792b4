/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_yolo.h"

#include <math.h>

#include "n6_candidates.h"

typedef struct {
    n6_head_t boxes, objectness, classes, landmarks;
} level_heads_t;

n6_status_t n6_yolo_prepare(n6_yolo_t *yolo, const n6_tensor_t *outputs, uint32_t output_count) {
    if (yolo->level_count > N6_YOLO_MAX_LEVELS) {
        return N6_ERROR_ARGUMENT;
    }
    for (uint32_t i = 0; i < yolo->level_count; i++) {
        n6_yolo_level_t *level = &yolo->level[i];
        if (level->objectness.output >= output_count) {
            return N6_ERROR_ARGUMENT;
        }
        const n6_status_t status =
            n6_threshold_find(&outputs[level->objectness.output], &yolo->score, &level->threshold);
        if (status != N6_OK) {
            return status;
        }
    }
    return N6_OK;
}

static n6_status_t open_level(const n6_yolo_t *yolo, const n6_yolo_level_t *level, const n6_tensor_t *outputs,
                              uint32_t output_count, level_heads_t *heads) {
    const uint32_t width = level->grid_width;
    const uint32_t height = level->grid_height;
    const uint32_t anchors = yolo->anchors_per_cell;
    if (n6_head_of(&level->boxes, outputs, output_count, width, height, anchors, 4u, &heads->boxes) != N6_OK ||
        n6_head_of(&level->objectness, outputs, output_count, width, height, anchors, 1u, &heads->objectness) != N6_OK) {
        return N6_ERROR_ARGUMENT;
    }
    if (yolo->score_of != N6_YOLO_OBJECTNESS &&
        n6_head_of(&level->classes, outputs, output_count, width, height, anchors, yolo->class_count,
                   &heads->classes) != N6_OK) {
        return N6_ERROR_ARGUMENT;
    }
    return yolo->landmark_count == 0u ? N6_OK
                                      : n6_head_of(&level->landmarks, outputs, output_count, width, height, anchors,
                                                   2u * yolo->landmark_count, &heads->landmarks);
}

/* NaN stays NaN. */
static float probability(const n6_yolo_t *yolo, float x) {
    const float p = n6_score_of(&yolo->score, x);
    return p > 1.0f ? 1.0f : p;
}

/* Softmax of the classes at one of the largest of them. */
static float softmax_at(const n6_head_t *classes, int32_t place, uint32_t count, uint32_t at) {
    const float largest = n6_head_real(classes, place, at);
    float sum = 0.0f;
    for (uint32_t i = 0; i < count; i++) {
        sum += expf(n6_head_real(classes, place, i) - largest);
    }
    return 1.0f / sum;
}

static float objectness_of(const n6_yolo_t *yolo, const level_heads_t *heads, uint32_t anchor, uint32_t cell) {
    const int32_t place = n6_head_place(&heads->objectness, anchor, cell);
    return probability(yolo, n6_head_real(&heads->objectness, place, 0));
}

static float twice_sigmoid(float x) {
    return 2.0f * n6_sigmoid(x);
}

static void offer(const n6_yolo_t *yolo, const n6_yolo_level_t *level, const level_heads_t *heads, uint32_t anchor,
                  uint32_t cell, float score, uint32_t class_index, uint32_t index, n6_workspace_t *workspace) {
    const float c = (float)(cell % level->grid_width);
    const float r = (float)(cell / level->grid_width);
    const float anchor_width = level->anchor[anchor].width;
    const float anchor_height = level->anchor[anchor].height;
    float t[4];
    n6_head_reals(&heads->boxes, n6_head_place(&heads->boxes, anchor, cell), 0, 4u, t);
    float cx, cy, width, height;
    switch (yolo->box) {
    case N6_YOLO_TWICE_SIGMOID: {
        const float w = twice_sigmoid(t[2]);
        const float h = twice_sigmoid(t[3]);
        cx = (twice_sigmoid(t[0]) - 0.5f + c) * level->step_x;
        cy = (twice_sigmoid(t[1]) - 0.5f + r) * level->step_y;
        width = w * w * anchor_width;
        height = h * h * anchor_height;
        break;
    }
    case N6_YOLO_SIGMOID_EXP:
        cx = (n6_sigmoid(t[0]) + c) * level->step_x;
        cy = (n6_sigmoid(t[1]) + r) * level->step_y;
        width = expf(t[2]) * anchor_width;
        height = expf(t[3]) * anchor_height;
        break;
    case N6_YOLO_LINEAR_EXP:
        cx = (t[0] + c) * level->step_x;
        cy = (t[1] + r) * level->step_y;
        width = expf(t[2]) * level->step_x;
        height = expf(t[3]) * level->step_y;
        break;
    case N6_YOLO_DECODED:
    default:
        cx = t[0] * level->step_x;
        cy = t[1] * level->step_y;
        width = t[2] * level->step_x;
        height = t[3] * level->step_y;
        break;
    }
    float landmarks[2 * N6_YOLO_MAX_LANDMARKS];
    if (yolo->landmark_count > 0u) {
        const bool decoded = yolo->box == N6_YOLO_DECODED;
        n6_head_reals(&heads->landmarks, n6_head_place(&heads->landmarks, anchor, cell), 0, 2u * yolo->landmark_count,
                      landmarks);
        for (uint32_t j = 0; j < 2u * yolo->landmark_count; j += 2u) {
            landmarks[j] = decoded ? landmarks[j] * level->step_x : landmarks[j] * anchor_width + c * level->step_x;
            landmarks[j + 1u] =
                decoded ? landmarks[j + 1u] * level->step_y : landmarks[j + 1u] * anchor_height + r * level->step_y;
        }
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
                                      .class_index = (int32_t)class_index,
                                      .index = index};
    n6_candidates_offer(workspace, &candidate, landmarks, yolo->landmark_count);
}

/* An anchor whose objectness passes. index: of the anchor. */
static void offer_anchor(const n6_yolo_t *yolo, const n6_yolo_level_t *level, const level_heads_t *heads,
                         uint32_t anchor, uint32_t cell, uint32_t index, n6_workspace_t *workspace) {
    const float objectness = objectness_of(yolo, heads, anchor, cell);
    if (yolo->score_of == N6_YOLO_OBJECTNESS) {
        if (n6_score_passes(&yolo->score, objectness)) {
            offer(yolo, level, heads, anchor, cell, objectness, 0, index, workspace);
        }
        return;
    }
    const int32_t place = n6_head_place(&heads->classes, anchor, cell);
    const bool every = yolo->score_of == N6_YOLO_EVERY_CLASS;
    const uint32_t first = every ? 0u : n6_head_largest(&heads->classes, place, yolo->class_count);
    const uint32_t end = every ? yolo->class_count : first + 1u;
    for (uint32_t class_index = first; class_index < end; class_index++) {
        const float class_score = yolo->score_of == N6_YOLO_TIMES_SOFTMAX
                                      ? softmax_at(&heads->classes, place, yolo->class_count, class_index)
                                      : probability(yolo, n6_head_real(&heads->classes, place, class_index));
        const float score = objectness * class_score;
        if (n6_score_passes(&yolo->score, score)) {
            offer(yolo, level, heads, anchor, cell, score, class_index,
                  every ? index * yolo->class_count + class_index : index, workspace);
        }
    }
}

static void decode_level(const n6_yolo_t *yolo, const n6_yolo_level_t *level, const level_heads_t *heads,
                         uint32_t first_index, n6_workspace_t *workspace) {
    for (uint32_t anchor = 0; anchor < yolo->anchors_per_cell; anchor++) {
        for (uint32_t l = 0; l < heads->objectness.lines; l++) {
            const n6_line_t line = n6_head_line(&heads->objectness, anchor, 0, l);
            for (uint32_t at = n6_line_next(&line, 0, &level->threshold); at < line.count;
                 at = n6_line_next(&line, at + 1u, &level->threshold)) {
                const uint32_t cell = l * line.count + at;
                const uint32_t index = first_index + cell * yolo->anchors_per_cell + anchor;
                offer_anchor(yolo, level, heads, anchor, cell, index, workspace);
            }
        }
    }
}

n6_status_t n6_decode_yolo(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                           n6_workspace_t *workspace) {
    const n6_yolo_t *yolo = parameters;
    if (yolo->level_count > N6_YOLO_MAX_LEVELS || yolo->anchors_per_cell > N6_YOLO_MAX_ANCHORS ||
        yolo->landmark_count > N6_YOLO_MAX_LANDMARKS || workspace->landmark_capacity < yolo->landmark_count) {
        return N6_ERROR_ARGUMENT;
    }
    uint32_t first_index = 0;
    for (uint32_t i = 0; i < yolo->level_count; i++) {
        const n6_yolo_level_t *level = &yolo->level[i];
        level_heads_t heads;
        const n6_status_t status = open_level(yolo, level, outputs, output_count, &heads);
        if (status != N6_OK) {
            return status;
        }
        decode_level(yolo, level, &heads, first_index, workspace);
        first_index += level->grid_width * level->grid_height * yolo->anchors_per_cell;
    }
    return N6_OK;
}
