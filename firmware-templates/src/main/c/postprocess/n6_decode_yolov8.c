/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_yolov8.h"

#include <math.h>

#include "n6_candidates.h"

typedef struct {
    n6_head_t scores, boxes, landmarks;
} level_heads_t;

n6_status_t n6_yolov8_prepare(n6_yolov8_t *yolo, const n6_tensor_t *outputs, uint32_t output_count) {
    if (yolo->level_count > N6_YOLOV8_MAX_LEVELS) {
        return N6_ERROR_ARGUMENT;
    }
    for (uint32_t i = 0; i < yolo->level_count; i++) {
        n6_yolov8_level_t *level = &yolo->level[i];
        if (level->scores.output >= output_count) {
            return N6_ERROR_ARGUMENT;
        }
        const n6_status_t status = n6_threshold_find(&outputs[level->scores.output], &yolo->score, &level->threshold);
        if (status != N6_OK) {
            return status;
        }
    }
    return N6_OK;
}

static n6_status_t open_level(const n6_yolov8_t *yolo, const n6_yolov8_level_t *level, const n6_tensor_t *outputs,
                              uint32_t output_count, level_heads_t *heads) {
    const uint32_t width = level->grid_width;
    const uint32_t height = level->grid_height;
    const uint32_t numbers = yolo->bins == 0u ? 4u : 4u * yolo->bins;
    if (n6_head_of(&level->scores, outputs, output_count, width, height, 1u, yolo->class_count, &heads->scores) !=
            N6_OK ||
        n6_head_of(&level->boxes, outputs, output_count, width, height, 1u, numbers, &heads->boxes) != N6_OK) {
        return N6_ERROR_ARGUMENT;
    }
    return yolo->landmark_count == 0u ? N6_OK
                                      : n6_head_of(&level->landmarks, outputs, output_count, width, height, 1u,
                                                   3u * yolo->landmark_count, &heads->landmarks);
}

/* The mean of a distribution over 0, 1, 2, ... NaN and infinite logits make it NaN. */
static float mean_of(const n6_head_t *boxes, int32_t place, uint32_t edge, uint32_t bins) {
    float x[N6_YOLOV8_MAX_BINS];
    n6_head_reals(boxes, place, edge * bins, bins, x);
    float largest = x[0];
    for (uint32_t bin = 1; bin < bins; bin++) {
        largest = x[bin] > largest ? x[bin] : largest;
    }
    float sum = 0.0f;
    float weighted = 0.0f;
    for (uint32_t bin = 0; bin < bins; bin++) {
        const float weight = expf(x[bin] - largest);
        sum += weight;
        weighted += (float)bin * weight;
    }
    return weighted / sum;
}

/* NaN stays NaN. */
static float clipped(const n6_yolov8_t *yolo, float x) {
    return yolo->clip_at_zero && x < 0.0f ? 0.0f : x;
}

static void offer(const n6_yolov8_t *yolo, const n6_yolov8_level_t *level, const level_heads_t *heads, uint32_t cell,
                  uint32_t class_index, float score, uint32_t index, n6_workspace_t *workspace) {
    const bool decoded = yolo->bins == 0u;
    const float c = decoded ? 0.0f : (float)(cell % level->grid_width);
    const float r = decoded ? 0.0f : (float)(cell / level->grid_width);
    const int32_t box = n6_head_place(&heads->boxes, 0, cell);
    n6_candidate_t candidate = {.score = score, .class_index = (int32_t)class_index, .index = index};
    if (decoded) {
        float b[4];
        n6_head_reals(&heads->boxes, box, 0, 4u, b);
        candidate.width = b[2] * level->stride_x;
        candidate.height = b[3] * level->stride_y;
        candidate.x1 = b[0] * level->stride_x - candidate.width * 0.5f;
        candidate.y1 = b[1] * level->stride_y - candidate.height * 0.5f;
        candidate.x2 = candidate.x1 + candidate.width;
        candidate.y2 = candidate.y1 + candidate.height;
    } else {
        candidate.x1 = clipped(yolo, c + 0.5f - mean_of(&heads->boxes, box, 0, yolo->bins)) * level->stride_x;
        candidate.y1 = clipped(yolo, r + 0.5f - mean_of(&heads->boxes, box, 1, yolo->bins)) * level->stride_y;
        candidate.x2 = clipped(yolo, c + 0.5f + mean_of(&heads->boxes, box, 2, yolo->bins)) * level->stride_x;
        candidate.y2 = clipped(yolo, r + 0.5f + mean_of(&heads->boxes, box, 3, yolo->bins)) * level->stride_y;
        candidate.width = candidate.x2 - candidate.x1;
        candidate.height = candidate.y2 - candidate.y1;
    }
    float landmarks[2 * N6_YOLOV8_MAX_LANDMARKS];
    if (yolo->landmark_count > 0u) {
        const float factor = decoded ? 1.0f : 2.0f;
        const int32_t points = n6_head_place(&heads->landmarks, 0, cell);
        for (uint32_t j = 0; j < yolo->landmark_count; j++) {
            float v[2];
            n6_head_reals(&heads->landmarks, points, 3u * j, 2u, v);
            landmarks[2u * j] = (factor * v[0] + c) * level->stride_x;
            landmarks[2u * j + 1u] = (factor * v[1] + r) * level->stride_y;
        }
    }
    n6_candidates_offer(workspace, &candidate, landmarks, yolo->landmark_count);
}

n6_status_t n6_decode_yolov8(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                             n6_workspace_t *workspace) {
    const n6_yolov8_t *yolo = parameters;
    if (yolo->level_count > N6_YOLOV8_MAX_LEVELS || yolo->bins > N6_YOLOV8_MAX_BINS ||
        yolo->landmark_count > N6_YOLOV8_MAX_LANDMARKS || workspace->landmark_capacity < yolo->landmark_count) {
        return N6_ERROR_ARGUMENT;
    }
    uint32_t first_index = 0;
    for (uint32_t i = 0; i < yolo->level_count; i++) {
        const n6_yolov8_level_t *level = &yolo->level[i];
        level_heads_t heads;
        const n6_status_t status = open_level(yolo, level, outputs, output_count, &heads);
        if (status != N6_OK) {
            return status;
        }
        for (uint32_t class_index = 0; class_index < yolo->class_count; class_index++) {
            for (uint32_t l = 0; l < heads.scores.lines; l++) {
                const n6_line_t line = n6_head_line(&heads.scores, 0, class_index, l);
                for (uint32_t at = n6_line_next(&line, 0, &level->threshold); at < line.count;
                     at = n6_line_next(&line, at + 1u, &level->threshold)) {
                    const uint32_t cell = l * line.count + at;
                    const int32_t place = n6_head_place(&heads.scores, 0, cell);
                    if (n6_head_largest(&heads.scores, place, yolo->class_count) == class_index) {
                        const float score =
                            n6_score_of(&yolo->score, n6_head_real(&heads.scores, place, class_index));
                        offer(yolo, level, &heads, cell, class_index, score, first_index + cell, workspace);
                    }
                }
            }
        }
        first_index += level->grid_width * level->grid_height;
    }
    return N6_OK;
}
