/* SPDX-License-Identifier: Apache-2.0 */
/* BlazeFace, short range, 128x128: 896 anchors, two joined outputs, weighted suppression. */
#include "n6_decode_blazeface.h"

#include "benchmark.h"
#include "mutate.h"

#define SIDE 128.0f
#define COLUMNS 16u

static n6_blazeface_t parameters = {
    .input_width = SIDE,
    .input_height = SIDE,
    .scale = SIDE,
    .landmark_count = 6,
    .score = {.activation = N6_ACTIVATION_SIGMOID, .factor = 1.0f, .threshold = 0.5f},
    .level_count = 2,
    .level = {{.grid_width = 16, .grid_height = 16, .anchors_per_cell = 2, .box_output = 0, .score_output = 1},
              {.grid_width = 8, .grid_height = 8, .anchors_per_cell = 6, .box_output = 0, .score_output = 1,
               .first_row = 512}}};

static const n6_decoder_t decoder = {
    .decode = n6_decode_blazeface,
    .parameters = &parameters,
    .landmark_count = 6,
    .nms = {.kind = N6_NMS_WEIGHTED, .convention = N6_IOU_STANDARD, .iou_threshold = 0.3f}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_blazeface_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) {
    outputs[0] = make_output(-60.0f, 100.0f, 896, COLUMNS, 0);
    outputs[1] = make_output(-12.0f, 6.0f, 896, 1, 0);
    fill_noise(&outputs[0], -20.0f, 40.0f);
    fill_noise(&outputs[1], -9.0f, -2.0f);
}

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    uint32_t row = 0;
    for (uint32_t l = 0; l < 2u; l++) {
        const n6_blazeface_level_t *level = &parameters.level[l];
        const float stride = SIDE / (float)level->grid_width;
        for (uint32_t i = 0; i < level->grid_width * level->grid_height * level->anchors_per_cell; i++, row++) {
            const uint32_t cell = i / level->anchors_per_cell;
            const float x = ((float)(cell % level->grid_width) + 0.5f) * stride;
            const float y = ((float)(cell / level->grid_width) + 0.5f) * stride;
            const float score = anchor_score(face, x, y);
            if (score <= 0.0f || !level_suits(face, stride) || !put_greater(&outputs[1], row, logit(score))) {
                continue;
            }
            put(&outputs[0], row * COLUMNS, face->x - x);
            put(&outputs[0], row * COLUMNS + 1u, face->y - y);
            put(&outputs[0], row * COLUMNS + 2u, face->size);
            put(&outputs[0], row * COLUMNS + 3u, face->size);
            for (uint32_t k = 0; k < 6u; k++) {
                put(&outputs[0], row * COLUMNS + 4u + 2u * k, face->x + face_points[k][0] * face->size - x);
                put(&outputs[0], row * COLUMNS + 5u + 2u * k, face->y + face_points[k][1] * face->size - y);
            }
        }
    }
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) {
    const float *r = plain_reals(&outputs[0]);
    const float *logits = plain_reals(&outputs[1]);
    const int grids[2][2] = {{16, 2}, {8, 6}};
    int n = 0;
    for (int l = 0; l < 2; l++) {
        const int grid = grids[l][0];
        for (int y = 0; y < grid; y++) {
            for (int x = 0; x < grid; x++) {
                for (int a = 0; a < grids[l][1]; a++, n++, r += COLUMNS) {
                    const float ax = ((float)x + 0.5f) * SIDE / (float)grid;
                    const float ay = ((float)y + 0.5f) * SIDE / (float)grid;
                    plain_box_t *box = &boxes[n];
                    box->score = plain_sigmoid(logits[n]);
                    box->class_index = 0;
                    box->x1 = r[0] + ax - r[2] / 2.0f;
                    box->y1 = r[1] + ay - r[3] / 2.0f;
                    box->x2 = r[0] + ax + r[2] / 2.0f;
                    box->y2 = r[1] + ay + r[3] / 2.0f;
                    for (int k = 0; k < 6; k++) {
                        box->points[2 * k] = r[4 + 2 * k] + ax;
                        box->points[2 * k + 1] = r[5 + 2 * k] + ay;
                    }
                }
            }
        }
    }
}

static void mutate(void *of) {
    n6_blazeface_t *p = of;
    mutate_real(&p->input_width);
    mutate_real(&p->scale);
    mutate_word(&p->landmark_count);
    mutate_rule(&p->score);
    mutate_word(&p->level_count);
    for (uint32_t i = 0; i < N6_BLAZEFACE_MAX_LEVELS; i++) {
        mutate_word(&p->level[i].grid_width);
        mutate_word(&p->level[i].grid_height);
        mutate_word(&p->level[i].anchors_per_cell);
        mutate_word(&p->level[i].box_output);
        mutate_word(&p->level[i].score_output);
        mutate_word(&p->level[i].first_row);
    }
}

const family_t family_blazeface = {.name = "BlazeFace short 128x128",
                                   .decoder = &decoder,
                                   .parameters = &parameters,
                                   .prepare = prepare,
                                   .parameter_bytes = sizeof parameters,
                                   .output_count = 2,
                                   .anchor_count = 896,
                                   .score_threshold = 0.5f,
                                   .make = make,
                                   .write = write_face,
                                   .plain = plain,
                                   .mutate = mutate,
                                   .input_width = SIDE,
                                   .input_height = SIDE};
