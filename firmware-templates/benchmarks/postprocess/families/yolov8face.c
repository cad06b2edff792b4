/* SPDX-License-Identifier: Apache-2.0 */
/* YOLOv8-face, 320x320: 2100 cells of strides 8, 16, 32, one raw head [1, 80, h, w] each: distributions over 16 distances, a
 * logit, five points. */
#include "n6_decode_yolov8.h"

#include <math.h>

#include "benchmark.h"
#include "mutate.h"

#define SIDE 320.0f
#define CELLS 2100u
#define CHANNELS 80u
#define BINS 16u
#define LOGIT 64u
#define POINTS 65u
#define PART(OUTPUT, FIRST) \
    {.output = OUTPUT, .layout = N6_HEAD_CHANNELS_FIRST, .channels = CHANNELS, .first_channel = FIRST}
#define LEVEL(GRID, STRIDE, OUTPUT)                                                                                     \
    {                                                                                                                  \
        .grid_width = GRID, .grid_height = GRID, .stride_x = STRIDE, .stride_y = STRIDE, .scores = PART(OUTPUT, LOGIT), \
        .boxes = PART(OUTPUT, 0), .landmarks = PART(OUTPUT, POINTS)                                                    \
    }

static n6_yolov8_t parameters = {.score = {.activation = N6_ACTIVATION_SIGMOID, .factor = 1.0f, .threshold = 0.45f,
                                           .strict = true},
                                 .class_count = 1,
                                 .bins = BINS,
                                 .clip_at_zero = true,
                                 .landmark_count = 5,
                                 .level_count = 3,
                                 .level = {LEVEL(40, 8.0f, 0), LEVEL(20, 16.0f, 1), LEVEL(10, 32.0f, 2)}};

static const n6_decoder_t decoder = {
    .decode = n6_decode_yolov8,
    .parameters = &parameters,
    .landmark_count = 5,
    .nms = {.kind = N6_NMS_HARD, .convention = N6_IOU_STANDARD, .iou_threshold = 0.5f}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_yolov8_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) {
    for (uint32_t l = 0; l < 3u; l++) {
        const uint32_t grid = parameters.level[l].grid_width;
        outputs[l] = make_output(-10.0f, 10.0f, CHANNELS, grid, grid);
        fill_noise(&outputs[l], -8.0f, -2.0f);
    }
}

/* A distribution with its mean at `distance`: two neighbouring bins share it. */
static void put_distance(const n6_tensor_t *output, uint32_t edge, uint32_t cells, uint32_t cell, float distance) {
    const float d = fminf(fmaxf(distance, 0.01f), (float)BINS - 1.01f);
    const uint32_t low = (uint32_t)d;
    const float part = fminf(fmaxf(d - (float)low, 0.01f), 0.99f);
    for (uint32_t bin = 0; bin < BINS; bin++) {
        put(output, (edge * BINS + bin) * cells + cell, -10.0f);
    }
    put(output, (edge * BINS + low) * cells + cell, 5.0f + logf(1.0f - part));
    put(output, (edge * BINS + low + 1u) * cells + cell, 5.0f + logf(part));
}

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    for (uint32_t l = 0; l < 3u; l++) {
        const n6_yolov8_level_t *level = &parameters.level[l];
        const uint32_t cells = level->grid_width * level->grid_height;
        const float s = level->stride_x;
        const float half = face->size / 2.0f;
        for (uint32_t cell = 0; cell < cells; cell++) {
            const float c = (float)(cell % level->grid_width);
            const float r = (float)(cell / level->grid_width);
            const float x = (c + 0.5f) * s;
            const float y = (r + 0.5f) * s;
            const float score = anchor_score(face, x, y);
            if (score <= 0.0f || !level_suits(face, s) ||
                !put_greater(&outputs[l], LOGIT * cells + cell, logit(score))) {
                continue;
            }
            put_distance(&outputs[l], 0, cells, cell, (x - face->x + half) / s);
            put_distance(&outputs[l], 1, cells, cell, (y - face->y + half) / s);
            put_distance(&outputs[l], 2, cells, cell, (face->x + half - x) / s);
            put_distance(&outputs[l], 3, cells, cell, (face->y + half - y) / s);
            for (uint32_t k = 0; k < 5u; k++) {
                const float px = (face->x + face_points[k][0] * face->size) / s - c;
                const float py = (face->y + face_points[k][1] * face->size) / s - r;
                put(&outputs[l], (POINTS + 3u * k) * cells + cell, px / 2.0f);
                put(&outputs[l], (POINTS + 3u * k + 1u) * cells + cell, py / 2.0f);
            }
        }
    }
}

static float plain_distance(const float *raw, uint32_t edge, uint32_t cells, uint32_t cell) {
    float most = raw[edge * BINS * cells + cell];
    for (uint32_t bin = 1; bin < BINS; bin++) {
        most = fmaxf(most, raw[(edge * BINS + bin) * cells + cell]);
    }
    float sum = 0.0f;
    float mean = 0.0f;
    for (uint32_t bin = 0; bin < BINS; bin++) {
        const float weight = expf(raw[(edge * BINS + bin) * cells + cell] - most);
        sum += weight;
        mean += (float)bin * weight;
    }
    return mean / sum;
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) {
    plain_box_t *box = boxes;
    for (uint32_t l = 0; l < 3u; l++) {
        const n6_yolov8_level_t *level = &parameters.level[l];
        const uint32_t cells = level->grid_width * level->grid_height;
        const float *raw = plain_reals(&outputs[l]);
        const float s = level->stride_x;
        for (uint32_t cell = 0; cell < cells; cell++, box++) {
            const float c = (float)(cell % level->grid_width);
            const float r = (float)(cell / level->grid_width);
            box->score = plain_sigmoid(raw[LOGIT * cells + cell]);
            box->class_index = 0;
            box->x1 = fmaxf(0.0f, c + 0.5f - plain_distance(raw, 0, cells, cell)) * s;
            box->y1 = fmaxf(0.0f, r + 0.5f - plain_distance(raw, 1, cells, cell)) * s;
            box->x2 = fmaxf(0.0f, c + 0.5f + plain_distance(raw, 2, cells, cell)) * s;
            box->y2 = fmaxf(0.0f, r + 0.5f + plain_distance(raw, 3, cells, cell)) * s;
            for (uint32_t k = 0; k < 5u; k++) {
                box->points[2u * k] = (2.0f * raw[(POINTS + 3u * k) * cells + cell] + c) * s;
                box->points[2u * k + 1u] = (2.0f * raw[(POINTS + 3u * k + 1u) * cells + cell] + r) * s;
            }
        }
    }
}

static void mutate(void *of) {
    n6_yolov8_t *p = of;
    mutate_rule(&p->score);
    mutate_word(&p->class_count);
    mutate_word(&p->bins);
    mutate_flag(&p->clip_at_zero);
    mutate_word(&p->landmark_count);
    mutate_word(&p->level_count);
    for (uint32_t i = 0; i < N6_YOLOV8_MAX_LEVELS; i++) {
        mutate_word(&p->level[i].grid_width);
        mutate_word(&p->level[i].grid_height);
        mutate_real(&p->level[i].stride_x);
        mutate_head(&p->level[i].scores);
        mutate_head(&p->level[i].boxes);
        mutate_head(&p->level[i].landmarks);
    }
}

const family_t family_yolov8face = {.name = "YOLOv8-face 320x320",
                                    .decoder = &decoder,
                                    .parameters = &parameters,
                                    .prepare = prepare,
                                    .parameter_bytes = sizeof parameters,
                                    .output_count = 3,
                                    .anchor_count = CELLS,
                                    .score_threshold = 0.45f,
                                    .strict = true,
                                    .make = make,
                                    .write = write_face,
                                    .plain = plain,
                                    .mutate = mutate,
                                    .input_width = SIDE,
                                    .input_height = SIDE};
