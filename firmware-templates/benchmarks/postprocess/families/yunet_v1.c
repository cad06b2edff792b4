/* SPDX-License-Identifier: Apache-2.0 */
/* YuNet v1, 160x120: 1076 priors. */
#include "n6_decode_yunet_v1.h"

#include <math.h>

#include "benchmark.h"
#include "mutate.h"

#define WIDTH 160.0f
#define HEIGHT 120.0f
#define PRIORS 1076u
#define COLUMNS 14u

enum { LOC, CONF, IOU };

static n6_yunet_v1_t parameters = {
    .loc_output = LOC,
    .conf_output = CONF,
    .iou_output = IOU,
    .centre_variance = 0.1f,
    .width_variance = 0.1f,
    .height_variance = 0.2f,
    .score = {.activation = N6_ACTIVATION_SQRT, .factor = 1.0f, .threshold = 0.6f, .strict = true},
    .level_count = 4,
    .level = {{20, 15, 8.0f, 3, {10.0f, 16.0f, 24.0f}},
              {10, 7, 16.0f, 2, {32.0f, 48.0f}},
              {5, 3, 32.0f, 2, {64.0f, 96.0f}},
              {2, 1, 64.0f, 3, {128.0f, 192.0f, 256.0f}}}};

static const n6_decoder_t decoder = {
    .decode = n6_decode_yunet_v1,
    .parameters = &parameters,
    .landmark_count = 5,
    .nms = {.kind = N6_NMS_HARD, .convention = N6_IOU_TRUNCATED, .iou_threshold = 0.3f, .top_k = 5000}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_yunet_v1_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) {
    outputs[LOC] = make_output(-8.0f, 8.0f, PRIORS, COLUMNS, 0);
    outputs[CONF] = make_output(0.0f, 0.996f, PRIORS, 2, 0);
    outputs[IOU] = make_output(0.0f, 1.0f, PRIORS, 1, 0);
    fill_noise(&outputs[LOC], -4.0f, 4.0f);
    fill_noise(&outputs[CONF], 0.0f, 0.2f);
    fill_noise(&outputs[IOU], 0.0f, 0.8f);
}

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    uint32_t row = 0;
    for (uint32_t l = 0; l < parameters.level_count; l++) {
        const n6_yunet_v1_level_t *level = &parameters.level[l];
        for (uint32_t i = 0; i < level->grid_width * level->grid_height * level->size_count; i++, row++) {
            const uint32_t cell = i / level->size_count;
            const float x = ((float)(cell % level->grid_width) + 0.5f) * level->step;
            const float y = ((float)(cell / level->grid_width) + 0.5f) * level->step;
            const float size = level->size[i % level->size_count];
            const float score = anchor_score(face, x, y);
            const bool fits = face->size > 0.6f * size && face->size < 1.6f * size;
            if (score <= 0.0f || !fits || !put_greater(&outputs[CONF], 2u * row + 1u, score)) {
                continue;
            }
            put(&outputs[IOU], row, 0.9f);
            put(&outputs[LOC], row * COLUMNS, (face->x - x) / (0.1f * size));
            put(&outputs[LOC], row * COLUMNS + 1u, (face->y - y) / (0.1f * size));
            put(&outputs[LOC], row * COLUMNS + 2u, logf(face->size / size) / 0.1f);
            put(&outputs[LOC], row * COLUMNS + 3u, logf(face->size / size) / 0.2f);
            for (uint32_t k = 0; k < 5u; k++) {
                const float px = face->x + face_points[k][0] * face->size;
                const float py = face->y + face_points[k][1] * face->size;
                put(&outputs[LOC], row * COLUMNS + 4u + 2u * k, (px - x) / (0.1f * size));
                put(&outputs[LOC], row * COLUMNS + 5u + 2u * k, (py - y) / (0.1f * size));
            }
        }
    }
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) {
    const float *loc = plain_reals(&outputs[LOC]);
    const float *conf = plain_reals(&outputs[CONF]);
    const float *iou = plain_reals(&outputs[IOU]);
    uint32_t n = 0;
    for (uint32_t l = 0; l < parameters.level_count; l++) {
        const n6_yunet_v1_level_t *level = &parameters.level[l];
        for (uint32_t r = 0; r < level->grid_height; r++) {
            for (uint32_t c = 0; c < level->grid_width; c++) {
                for (uint32_t s = 0; s < level->size_count; s++, n++, loc += COLUMNS) {
                    const float size = level->size[s];
                    const float px = ((float)c + 0.5f) * level->step;
                    const float py = ((float)r + 0.5f) * level->step;
                    const float cx = px + loc[0] * 0.1f * size;
                    const float cy = py + loc[1] * 0.1f * size;
                    const float w = size * expf(loc[2] * 0.1f);
                    const float h = size * expf(loc[3] * 0.2f);
                    plain_box_t *box = &boxes[n];
                    box->score = sqrtf(conf[2u * n + 1u] * fminf(fmaxf(iou[n], 0.0f), 1.0f));
                    box->class_index = 0;
                    box->x1 = cx - w / 2.0f;
                    box->y1 = cy - h / 2.0f;
                    box->x2 = box->x1 + w;
                    box->y2 = box->y1 + h;
                    for (uint32_t k = 0; k < 5u; k++) {
                        box->points[2u * k] = px + loc[4u + 2u * k] * 0.1f * size;
                        box->points[2u * k + 1u] = py + loc[5u + 2u * k] * 0.1f * size;
                    }
                }
            }
        }
    }
}

static void mutate(void *of) {
    n6_yunet_v1_t *p = of;
    mutate_word(&p->loc_output);
    mutate_word(&p->conf_output);
    mutate_word(&p->iou_output);
    mutate_real(&p->centre_variance);
    mutate_real(&p->width_variance);
    mutate_flag(&p->logits);
    mutate_rule(&p->score);
    mutate_word(&p->level_count);
    for (uint32_t i = 0; i < N6_YUNET_V1_MAX_LEVELS; i++) {
        mutate_word(&p->level[i].grid_width);
        mutate_word(&p->level[i].grid_height);
        mutate_real(&p->level[i].step);
        mutate_word(&p->level[i].size_count);
        mutate_real(&p->level[i].size[0]);
    }
}

const family_t family_yunet_v1 = {.name = "YuNet v1 160x120",
                                  .decoder = &decoder,
                                  .parameters = &parameters,
                                  .prepare = prepare,
                                  .parameter_bytes = sizeof parameters,
                                  .output_count = 3,
                                  .anchor_count = PRIORS,
                                  .score_threshold = 0.6f,
                                  .strict = true,
                                  .make = make,
                                  .write = write_face,
                                  .plain = plain,
                                  .mutate = mutate,
                                  .input_width = WIDTH,
                                  .input_height = HEIGHT};
