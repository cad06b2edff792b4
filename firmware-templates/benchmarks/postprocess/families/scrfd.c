/* SPDX-License-Identifier: Apache-2.0 */
/* SCRFD, 320x320: 4200 anchors of strides 8, 16, 32, nine outputs. */
#include "n6_decode_scrfd.h"

#include "benchmark.h"
#include "mutate.h"

#define SIDE 320.0f
#define ANCHORS 4200u
#define LEVEL(GRID, STRIDE, OUTPUT)                                                                                     \
    {                                                                                                                  \
        .grid_width = GRID, .grid_height = GRID, .stride = STRIDE,                                                     \
        .scores = {.output = OUTPUT, .layout = N6_HEAD_ROWS, .channels = 1},                                           \
        .boxes = {.output = OUTPUT + 3, .layout = N6_HEAD_ROWS, .channels = 4},                                        \
        .landmarks = {.output = OUTPUT + 6, .layout = N6_HEAD_ROWS, .channels = 10}                                    \
    }

static n6_scrfd_t parameters = {.score = {.activation = N6_ACTIVATION_NONE, .factor = 1.0f, .threshold = 0.5f},
                                .anchors_per_cell = 2,
                                .has_landmarks = true,
                                .level_count = 3,
                                .level = {LEVEL(40, 8.0f, 0), LEVEL(20, 16.0f, 1), LEVEL(10, 32.0f, 2)}};

static const n6_decoder_t decoder = {
    .decode = n6_decode_scrfd,
    .parameters = &parameters,
    .landmark_count = 5,
    .nms = {.kind = N6_NMS_HARD, .convention = N6_IOU_PLUS_ONE, .iou_threshold = 0.4f}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_scrfd_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) {
    for (uint32_t l = 0; l < 3u; l++) {
        const uint32_t rows = 2u * parameters.level[l].grid_width * parameters.level[l].grid_height;
        outputs[l] = make_output(0.0f, 0.996f, rows, 1, 0);
        outputs[3u + l] = make_output(0.0f, 12.0f, rows, 4, 0);
        outputs[6u + l] = make_output(-8.0f, 8.0f, rows, 10, 0);
        fill_noise(&outputs[l], 0.0f, 0.2f);
        fill_noise(&outputs[3u + l], 0.0f, 6.0f);
        fill_noise(&outputs[6u + l], -4.0f, 4.0f);
    }
}

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    for (uint32_t l = 0; l < 3u; l++) {
        const n6_scrfd_level_t *level = &parameters.level[l];
        const float s = level->stride;
        for (uint32_t row = 0; row < 2u * level->grid_width * level->grid_height; row++) {
            const float x = (float)(row / 2u % level->grid_width) * s;
            const float y = (float)(row / 2u / level->grid_width) * s;
            const float score = anchor_score(face, x, y);
            if (score <= 0.0f || !level_suits(face, s) || !put_greater(&outputs[l], row, score)) {
                continue;
            }
            put(&outputs[3u + l], 4u * row, (x - face->x + face->size / 2.0f) / s);
            put(&outputs[3u + l], 4u * row + 1u, (y - face->y + face->size / 2.0f) / s);
            put(&outputs[3u + l], 4u * row + 2u, (face->x + face->size / 2.0f - x) / s);
            put(&outputs[3u + l], 4u * row + 3u, (face->y + face->size / 2.0f - y) / s);
            for (uint32_t k = 0; k < 5u; k++) {
                put(&outputs[6u + l], 10u * row + 2u * k, (face->x + face_points[k][0] * face->size - x) / s);
                put(&outputs[6u + l], 10u * row + 2u * k + 1u, (face->y + face_points[k][1] * face->size - y) / s);
            }
        }
    }
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) {
    plain_box_t *box = boxes;
    for (uint32_t l = 0; l < 3u; l++) {
        const n6_scrfd_level_t *level = &parameters.level[l];
        const float *score = plain_reals(&outputs[l]);
        const float *d = plain_reals(&outputs[3u + l]);
        const float *k = plain_reals(&outputs[6u + l]);
        const float s = level->stride;
        for (uint32_t r = 0; r < level->grid_height; r++) {
            for (uint32_t c = 0; c < level->grid_width; c++) {
                for (uint32_t a = 0; a < 2u; a++, box++, score++, d += 4, k += 10) {
                    const float x = (float)c * s;
                    const float y = (float)r * s;
                    box->score = *score;
                    box->class_index = 0;
                    box->x1 = x - d[0] * s;
                    box->y1 = y - d[1] * s;
                    box->x2 = x + d[2] * s;
                    box->y2 = y + d[3] * s;
                    for (uint32_t j = 0; j < 5u; j++) {
                        box->points[2u * j] = x + k[2u * j] * s;
                        box->points[2u * j + 1u] = y + k[2u * j + 1u] * s;
                    }
                }
            }
        }
    }
}

static void mutate(void *of) {
    n6_scrfd_t *p = of;
    mutate_rule(&p->score);
    mutate_word(&p->anchors_per_cell);
    mutate_flag(&p->has_landmarks);
    mutate_word(&p->level_count);
    for (uint32_t i = 0; i < N6_SCRFD_MAX_LEVELS; i++) {
        mutate_word(&p->level[i].grid_width);
        mutate_word(&p->level[i].grid_height);
        mutate_real(&p->level[i].stride);
        mutate_head(&p->level[i].scores);
        mutate_head(&p->level[i].boxes);
        mutate_head(&p->level[i].landmarks);
    }
}

const family_t family_scrfd = {.name = "SCRFD 320x320",
                               .decoder = &decoder,
                               .parameters = &parameters,
                               .prepare = prepare,
                               .parameter_bytes = sizeof parameters,
                               .output_count = 9,
                               .anchor_count = ANCHORS,
                               .score_threshold = 0.5f,
                               .make = make,
                               .write = write_face,
                               .plain = plain,
                               .mutate = mutate,
                               .input_width = SIDE,
                               .input_height = SIDE};
