/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_decode_yunet_v1.h"

#include <math.h>

#include "n6_candidates.h"
#include "n6_view.h"

#define LOC_COLUMNS (4u + 2u * N6_YUNET_LANDMARKS)

typedef struct {
    float x, y, size; /* centre and side in pixels */
} prior_t;

n6_status_t n6_yunet_v1_prepare(n6_yunet_v1_t *yunet, const n6_tensor_t *outputs, uint32_t output_count) {
    if (yunet->conf_output >= output_count) {
        return N6_ERROR_ARGUMENT;
    }
    const n6_tensor_t *conf = &outputs[yunet->conf_output];
    if (!yunet->logits) {
        return n6_threshold_find(conf, &yunet->score, &yunet->threshold);
    }
    /* The smallest probability that passes, then the smallest difference of logits that gives it. */
    const n6_tensor_t probability = {.type = N6_FLOAT32};
    n6_threshold_t smallest;
    const n6_status_t status = n6_threshold_find(&probability, &yunet->score, &smallest);
    if (status != N6_OK) {
        return status;
    }
    const n6_score_rule_t of_logits = {
        .activation = N6_ACTIVATION_SIGMOID, .factor = 1.0f, .threshold = smallest.value, .strict = false};
    return n6_threshold_find_difference(conf, &of_logits, &yunet->threshold);
}

static float face_probability(const n6_yunet_v1_t *yunet, const n6_rows_t *conf, uint32_t row) {
    if (!yunet->logits) {
        return n6_rows_real(conf, row, 1);
    }
    const int32_t background = (int32_t)row * conf->row_stride;
    return n6_sigmoid(n6_tensor_difference(conf->tensor, background + conf->column_stride, background));
}

static uint32_t next_row(const n6_yunet_v1_t *yunet, const n6_rows_t *conf, const n6_line_t *line, uint32_t start) {
    return yunet->logits ? n6_line_next_difference(line, -conf->column_stride, start, &yunet->threshold)
                         : n6_line_next(line, start, &yunet->threshold);
}

/* NaN stays NaN. */
static float clamp_unit(float x) {
    return x < 0.0f ? 0.0f : x > 1.0f ? 1.0f : x;
}

static void offer(const n6_yunet_v1_t *yunet, const prior_t *prior, const n6_rows_t *loc, uint32_t row, float score,
                  n6_workspace_t *workspace) {
    const float reach = yunet->centre_variance * prior->size;
    float l[LOC_COLUMNS];
    n6_rows_reals(loc, row, 0, LOC_COLUMNS, l);
    const float cx = prior->x + l[0] * reach;
    const float cy = prior->y + l[1] * reach;
    const float width = prior->size * expf(l[2] * yunet->width_variance);
    const float height = prior->size * expf(l[3] * yunet->height_variance);
    float *landmarks = &l[4];
    for (uint32_t j = 0; j < N6_YUNET_LANDMARKS; j++) {
        landmarks[2u * j] = prior->x + landmarks[2u * j] * reach;
        landmarks[2u * j + 1u] = prior->y + landmarks[2u * j + 1u] * reach;
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
                                      .index = row};
    n6_candidates_offer(workspace, &candidate, landmarks, N6_YUNET_LANDMARKS);
}

n6_status_t n6_decode_yunet_v1(const void *parameters, const n6_tensor_t *outputs, uint32_t output_count,
                               n6_workspace_t *workspace) {
    const n6_yunet_v1_t *yunet = parameters;
    n6_rows_t loc;
    n6_rows_t conf;
    n6_rows_t iou;
    if (yunet->loc_output >= output_count || yunet->conf_output >= output_count || yunet->iou_output >= output_count ||
        yunet->level_count > N6_YUNET_V1_MAX_LEVELS || workspace->landmark_capacity < N6_YUNET_LANDMARKS ||
        n6_rows_of(&outputs[yunet->loc_output], LOC_COLUMNS, &loc) != N6_OK ||
        n6_rows_of(&outputs[yunet->conf_output], 2u, &conf) != N6_OK ||
        n6_rows_of(&outputs[yunet->iou_output], 1u, &iou) != N6_OK) {
        return N6_ERROR_ARGUMENT;
    }
    uint32_t first_row = 0;
    for (uint32_t i = 0; i < yunet->level_count; i++) {
        const n6_yunet_v1_level_t *level = &yunet->level[i];
        const uint32_t priors = level->grid_width * level->grid_height * level->size_count;
        if (level->size_count > N6_YUNET_V1_MAX_SIZES || !n6_rows_hold(&loc, first_row, priors) ||
            !n6_rows_hold(&conf, first_row, priors) || !n6_rows_hold(&iou, first_row, priors)) {
            return N6_ERROR_ARGUMENT;
        }
        const n6_line_t line = n6_rows_line(&conf, 1, first_row, priors);
        for (uint32_t n = next_row(yunet, &conf, &line, 0); n < priors; n = next_row(yunet, &conf, &line, n + 1u)) {
            const uint32_t row = first_row + n;
            const float score = sqrtf(face_probability(yunet, &conf, row) * clamp_unit(n6_rows_real(&iou, row, 0)));
            if (n6_score_passes(&yunet->score, score)) {
                const uint32_t cell = n / level->size_count;
                const prior_t prior = {((float)(cell % level->grid_width) + 0.5f) * level->step,
                                       ((float)(cell / level->grid_width) + 0.5f) * level->step,
                                       level->size[n % level->size_count]};
                offer(yunet, &prior, &loc, row, score, workspace);
            }
        }
        first_row += priors;
    }
    return N6_OK;
}
