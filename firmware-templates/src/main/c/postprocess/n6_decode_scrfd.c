/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_scrfd.h"

#include "n6_candidates.h"

typedef struct {
    n6_head_t scores, boxes, landmarks;
} level_heads_t;

n6_status_t n6_scrfd_prepare(n6_scrfd_t *scrfd, const n6_tensor_t *outputs, uint32_t output_count) {
    if (scrfd->level_count > N6_SCRFD_MAX_LEVELS) {
        return N6_ERROR_ARGUMENT;
    }
    for (uint32_t i = 0; i < scrfd->level_count; i++) {
        n6_scrfd_level_t *level = &scrfd->level[i];
        if (level->scores.output >= output_count) {
            return N6_ERROR_ARGUMENT;
        }
        const n6_status_t status =
            n6_threshold_find(&outputs[level->scores.output], &scrfd->score, &level->threshold);
        if (status != N6_OK) {
            return status;
        }
    }
    return N6_OK;
}

static n6_status_t open_level(const n6_scrfd_t *scrfd, const n6_scrfd_level_t *level, const n6_tensor_t *outputs,
                              uint32_t output_count, level_heads_t *heads) {
    const uint32_t width = level->grid_width;
    const uint32_t height = level->grid_height;
    const uint32_t anchors = scrfd->anchors_per_cell;
    if (n6_head_of(&level->scores, outputs, output_count, width, height, anchors, 1u, &heads->scores) != N6_OK ||
        n6_head_of(&level->boxes, outputs, output_count, width, height, anchors, 4u, &heads->boxes) != N6_OK) {
        return N6_ERROR_ARGUMENT;
    }
    return scrfd->has_landmarks ? n6_head_of(&level->landmarks, outputs, output_count, width, height, anchors,
                                             2u * N6_SCRFD_LANDMARKS, &heads->landmarks)
                                : N6_OK;
}

static void offer(const n6_scrfd_t *scrfd, const n6_scrfd_level_t *level, const level_heads_t *heads, uint32_t anchor,
                  uint32_t cell, uint32_t index, n6_workspace_t *workspace) {
    const float s = level->stride;
    const float x = (float)(cell % level->grid_width) * s;
    const float y = (float)(cell / level->grid_width) * s;
    float d[4];
    n6_head_reals(&heads->boxes, n6_head_place(&heads->boxes, anchor, cell), 0, 4u, d);
    const float x1 = x - d[0] * s;
    const float y1 = y - d[1] * s;
    const float x2 = x + d[2] * s;
    const float y2 = y + d[3] * s;
    float landmarks[2 * N6_SCRFD_LANDMARKS];
    const uint32_t landmark_count = scrfd->has_landmarks ? N6_SCRFD_LANDMARKS : 0u;
    if (scrfd->has_landmarks) {
        n6_head_reals(&heads->landmarks, n6_head_place(&heads->landmarks, anchor, cell), 0, 2u * N6_SCRFD_LANDMARKS,
                      landmarks);
        for (uint32_t j = 0; j < N6_SCRFD_LANDMARKS; j++) {
            landmarks[2u * j] = x + landmarks[2u * j] * s;
            landmarks[2u * j + 1u] = y + landmarks[2u * j + 1u] * s;
        }
    }
    const float logit = n6_head_real(&heads->scores, n6_head_place(&heads->scores, anchor, cell), 0);
    const n6_candidate_t candidate = {.x1 = x1,
                                      .y1 = y1,
                                      .x2 = x2,
                                      .y2 = y2,
                                      .width = x2 - x1,
                                      .height = y2 - y1,
                                      .score = n6_score_of(&scrfd->score, logit),
                                      .class_index = 0,
                                      .index = index};
    n6_candidates_offer(workspace, &candidate, landmarks, landmark_count);
}

n6_status_t n6_decode_scrfd(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                            n6_workspace_t *workspace) {
    const n6_scrfd_t *scrfd = parameters;
    if (scrfd->level_count > N6_SCRFD_MAX_LEVELS ||
        (scrfd->has_landmarks && workspace->landmark_capacity < N6_SCRFD_LANDMARKS)) {
        return N6_ERROR_ARGUMENT;
    }
    uint32_t first_index = 0;
    for (uint32_t i = 0; i < scrfd->level_count; i++) {
        const n6_scrfd_level_t *level = &scrfd->level[i];
        level_heads_t heads;
        const n6_status_t status = open_level(scrfd, level, outputs, output_count, &heads);
        if (status != N6_OK) {
            return status;
        }
        for (uint32_t anchor = 0; anchor < scrfd->anchors_per_cell; anchor++) {
            for (uint32_t l = 0; l < heads.scores.lines; l++) {
                const n6_line_t line = n6_head_line(&heads.scores, anchor, 0, l);
                for (uint32_t at = n6_line_next(&line, 0, &level->threshold); at < line.count;
                     at = n6_line_next(&line, at + 1u, &level->threshold)) {
                    const uint32_t cell = l * line.count + at;
                    const uint32_t index = first_index + cell * scrfd->anchors_per_cell + anchor;
                    offer(scrfd, level, &heads, anchor, cell, index, workspace);
                }
            }
        }
        first_index += level->grid_width * level->grid_height * scrfd->anchors_per_cell;
    }
    return N6_OK;
}
