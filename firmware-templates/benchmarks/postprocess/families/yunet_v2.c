/* SPDX-License-Identifier: Apache-2.0 */
/* YuNet v2, 320x320: 2100 cells of strides 8, 16, 32, twelve outputs. */
#include "n6_decode_yunet_v2.h"

#include <math.h>

#include "benchmark.h"
#include "mutate.h"

#define SIDE 320.0f
#define CELLS 2100u

static n6_yunet_v2_t parameters = {.score = {.activation = N6_ACTIVATION_SQRT, .factor = 1.0f, .threshold = 0.6f},
                                   .level_count = 3,
                                   .level = {{40, 40, 8.0f, 0, 1, 2, 3, {0, 0.0f}},
                                             {20, 20, 16.0f, 4, 5, 6, 7, {0, 0.0f}},
                                             {10, 10, 32.0f, 8, 9, 10, 11, {0, 0.0f}}}};

static const n6_decoder_t decoder = {.decode = n6_decode_yunet_v2,
                                     .parameters = &parameters,
                                     .landmark_count = 5,
                                     .nms = {.kind = N6_NMS_HARD,
                                             .convention = N6_IOU_TRUNCATED,
                                             .iou_threshold = 0.3f,
                                             .recheck_above = true,
                                             .score_threshold = 0.6f,
                                             .top_k = 5000}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_yunet_v2_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) {
    for (uint32_t l = 0; l < 3u; l++) {
        const uint32_t cells = parameters.level[l].grid_width * parameters.level[l].grid_height;
        n6_tensor_t *of = &outputs[4u * l];
        of[0] = make_output(0.0f, 0.996f, cells, 1, 0);
        of[1] = make_output(0.0f, 0.996f, cells, 1, 0);
        of[2] = make_output(-4.0f, 4.0f, cells, 4, 0);
        of[3] = make_output(-6.0f, 6.0f, cells, 10, 0);
        fill_noise(&of[0], 0.0f, 0.25f);
        fill_noise(&of[1], 0.0f, 0.25f);
        fill_noise(&of[2], -2.0f, 2.0f);
        fill_noise(&of[3], -2.0f, 2.0f);
    }
}

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    for (uint32_t l = 0; l < 3u; l++) {
        const n6_yunet_v2_level_t *level = &parameters.level[l];
        const n6_tensor_t *of = &outputs[4u * l];
        const float s = level->stride;
        for (uint32_t cell = 0; cell < level->grid_width * level->grid_height; cell++) {
            const float c = (float)(cell % level->grid_width);
            const float r = (float)(cell / level->grid_width);
            const float score = anchor_score(face, c * s, r * s);
            if (score <= 0.0f || !level_suits(face, s) || !put_greater(&of[0], cell, score)) {
                continue;
            }
            put(&of[1], cell, score);
            put(&of[2], 4u * cell, face->x / s - c);
            put(&of[2], 4u * cell + 1u, face->y / s - r);
            put(&of[2], 4u * cell + 2u, logf(face->size / s));
            put(&of[2], 4u * cell + 3u, logf(face->size / s));
            for (uint32_t k = 0; k < 5u; k++) {
                put(&of[3], 10u * cell + 2u * k, (face->x + face_points[k][0] * face->size) / s - c);
                put(&of[3], 10u * cell + 2u * k + 1u, (face->y + face_points[k][1] * face->size) / s - r);
            }
        }
    }
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) {
    plain_box_t *box = boxes;
    for (uint32_t l = 0; l < 3u; l++) {
        const n6_yunet_v2_level_t *level = &parameters.level[l];
        const float *cls = plain_reals(&outputs[4u * l]);
        const float *obj = plain_reals(&outputs[4u * l + 1u]);
        const float *b = plain_reals(&outputs[4u * l + 2u]);
        const float *k = plain_reals(&outputs[4u * l + 3u]);
        const float s = level->stride;
        for (uint32_t r = 0; r < level->grid_height; r++) {
            for (uint32_t c = 0; c < level->grid_width; c++, box++, cls++, obj++, b += 4, k += 10) {
                const float w = expf(b[2]) * s;
                const float h = expf(b[3]) * s;
                box->score = sqrtf(fminf(fmaxf(*cls, 0.0f), 1.0f) * fminf(fmaxf(*obj, 0.0f), 1.0f));
                box->class_index = 0;
                box->x1 = ((float)c + b[0]) * s - w / 2.0f;
                box->y1 = ((float)r + b[1]) * s - h / 2.0f;
                box->x2 = box->x1 + w;
                box->y2 = box->y1 + h;
                for (uint32_t j = 0; j < 5u; j++) {
                    box->points[2u * j] = ((float)c + k[2u * j]) * s;
                    box->points[2u * j + 1u] = ((float)r + k[2u * j + 1u]) * s;
                }
            }
        }
    }
}

static void mutate(void *of) {
    n6_yunet_v2_t *p = of;
    mutate_rule(&p->score);
    mutate_word(&p->level_count);
    for (uint32_t i = 0; i < N6_YUNET_V2_MAX_LEVELS; i++) {
        mutate_word(&p->level[i].grid_width);
        mutate_word(&p->level[i].grid_height);
        mutate_real(&p->level[i].stride);
        mutate_word(&p->level[i].cls_output);
        mutate_word(&p->level[i].obj_output);
        mutate_word(&p->level[i].box_output);
        mutate_word(&p->level[i].landmark_output);
    }
}

const family_t family_yunet_v2 = {.name = "YuNet v2 320x320",
                                  .decoder = &decoder,
                                  .parameters = &parameters,
                                  .prepare = prepare,
                                  .parameter_bytes = sizeof parameters,
                                  .output_count = 12,
                                  .anchor_count = CELLS,
                                  .score_threshold = 0.6f,
                                  .make = make,
                                  .write = write_face,
                                  .plain = plain,
                                  .mutate = mutate,
                                  .input_width = SIDE,
                                  .input_height = SIDE};
