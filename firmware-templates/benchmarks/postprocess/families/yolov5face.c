/* SPDX-License-Identifier: Apache-2.0 */
/* YOLOv5-face, 320x320: 6300 anchors of strides 8, 16, 32, one raw head [1, 3 * 16, h, w] each. */
#include "n6_decode_yolo.h"

#include <math.h>

#include "benchmark.h"
#include "mutate.h"

#define SIDE 320.0f
#define ANCHORS 6300u
#define CHANNELS 16u
#define OBJECTNESS 4u
#define POINTS 5u
#define CLASS 15u
#define PART(OUTPUT, FIRST) \
    {.output = OUTPUT, .layout = N6_HEAD_CHANNELS_FIRST, .channels = CHANNELS, .first_channel = FIRST}
#define LEVEL(GRID, STEP, OUTPUT, ...)                                                                                  \
    {                                                                                                                  \
        .grid_width = GRID, .grid_height = GRID, .step_x = STEP, .step_y = STEP, .anchor = {__VA_ARGS__},              \
        .boxes = PART(OUTPUT, 0), .objectness = PART(OUTPUT, OBJECTNESS), .classes = PART(OUTPUT, CLASS),              \
        .landmarks = PART(OUTPUT, POINTS)                                                                              \
    }

static n6_yolo_t parameters = {
    .score = {.activation = N6_ACTIVATION_SIGMOID, .factor = 1.0f, .threshold = 0.5f, .strict = true},
    .box = N6_YOLO_TWICE_SIGMOID,
    .score_of = N6_YOLO_TIMES_CLASS,
    .class_count = 1,
    .landmark_count = 5,
    .anchors_per_cell = 3,
    .level_count = 3,
    .level = {LEVEL(40, 8.0f, 0, {4.0f, 5.0f}, {8.0f, 10.0f}, {13.0f, 16.0f}),
              LEVEL(20, 16.0f, 1, {23.0f, 29.0f}, {43.0f, 55.0f}, {73.0f, 105.0f}),
              LEVEL(10, 32.0f, 2, {146.0f, 217.0f}, {231.0f, 300.0f}, {335.0f, 433.0f})}};

static const n6_decoder_t decoder = {
    .decode = n6_decode_yolo,
    .parameters = &parameters,
    .landmark_count = 5,
    .nms = {.kind = N6_NMS_HARD, .convention = N6_IOU_STANDARD, .iou_threshold = 0.5f}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_yolo_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) {
    for (uint32_t l = 0; l < 3u; l++) {
        const uint32_t grid = parameters.level[l].grid_width;
        outputs[l] = make_output(-8.0f, 8.0f, 3u * CHANNELS, grid, grid);
        fill_noise(&outputs[l], -7.0f, -2.0f);
    }
}

static float limited(float part) { return fminf(fmaxf(part, 0.01f), 0.99f); }

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    for (uint32_t l = 0; l < 3u; l++) {
        const n6_yolo_level_t *level = &parameters.level[l];
        const uint32_t cells = level->grid_width * level->grid_height;
        const float s = level->step_x;
        for (uint32_t i = 0; i < 3u * cells; i++) {
            const uint32_t cell = i % cells;
            const n6_yolo_anchor_t *anchor = &level->anchor[i / cells];
            const uint32_t at = i / cells * CHANNELS * cells + cell;
            const float c = (float)(cell % level->grid_width);
            const float r = (float)(cell / level->grid_width);
            const float score = anchor_score(face, (c + 0.5f) * s, (r + 0.5f) * s);
            const float dx = face->x / s - c;
            const float dy = face->y / s - r;
            const bool fits = face->size > 0.6f * anchor->width && face->size < 1.6f * anchor->width;
            if (score <= 0.0f || !fits || dx < -0.5f || dx > 1.5f || dy < -0.5f || dy > 1.5f ||
                !put_greater(&outputs[l], at + OBJECTNESS * cells, logit(score))) {
                continue;
            }
            put(&outputs[l], at, logit(limited((dx + 0.5f) / 2.0f)));
            put(&outputs[l], at + cells, logit(limited((dy + 0.5f) / 2.0f)));
            put(&outputs[l], at + 2u * cells, logit(limited(0.5f * sqrtf(face->size / anchor->width))));
            put(&outputs[l], at + 3u * cells, logit(limited(0.5f * sqrtf(face->size / anchor->height))));
            put(&outputs[l], at + CLASS * cells, 6.0f);
            for (uint32_t k = 0; k < 5u; k++) {
                const float px = face->x + face_points[k][0] * face->size - c * s;
                const float py = face->y + face_points[k][1] * face->size - r * s;
                put(&outputs[l], at + (POINTS + 2u * k) * cells, px / anchor->width);
                put(&outputs[l], at + (POINTS + 2u * k + 1u) * cells, py / anchor->height);
            }
        }
    }
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) {
    plain_box_t *box = boxes;
    for (uint32_t l = 0; l < 3u; l++) {
        const n6_yolo_level_t *level = &parameters.level[l];
        const uint32_t cells = level->grid_width * level->grid_height;
        const float *raw = plain_reals(&outputs[l]);
        const float s = level->step_x;
        for (uint32_t cell = 0; cell < cells; cell++) {
            for (uint32_t a = 0; a < 3u; a++, box++) {
                const float *t = &raw[a * CHANNELS * cells + cell];
                const float c = (float)(cell % level->grid_width);
                const float r = (float)(cell / level->grid_width);
                const float cx = (2.0f * plain_sigmoid(t[0]) - 0.5f + c) * s;
                const float cy = (2.0f * plain_sigmoid(t[cells]) - 0.5f + r) * s;
                const float w = 2.0f * plain_sigmoid(t[2u * cells]);
                const float h = 2.0f * plain_sigmoid(t[3u * cells]);
                box->score = plain_sigmoid(t[OBJECTNESS * cells]) * plain_sigmoid(t[CLASS * cells]);
                box->class_index = 0;
                box->x1 = cx - w * w * level->anchor[a].width / 2.0f;
                box->y1 = cy - h * h * level->anchor[a].height / 2.0f;
                box->x2 = cx + w * w * level->anchor[a].width / 2.0f;
                box->y2 = cy + h * h * level->anchor[a].height / 2.0f;
                for (uint32_t k = 0; k < 5u; k++) {
                    box->points[2u * k] = t[(POINTS + 2u * k) * cells] * level->anchor[a].width + c * s;
                    box->points[2u * k + 1u] = t[(POINTS + 2u * k + 1u) * cells] * level->anchor[a].height + r * s;
                }
            }
        }
    }
}

static void mutate(void *of) {
    n6_yolo_t *p = of;
    mutate_rule(&p->score);
    if (one_in(2)) {
        p->box = (n6_yolo_box_t)choose(4);
        p->score_of = (n6_yolo_score_t)choose(4);
    }
    mutate_word(&p->class_count);
    mutate_word(&p->landmark_count);
    mutate_word(&p->anchors_per_cell);
    mutate_word(&p->level_count);
    for (uint32_t i = 0; i < N6_YOLO_MAX_LEVELS; i++) {
        mutate_word(&p->level[i].grid_width);
        mutate_word(&p->level[i].grid_height);
        mutate_real(&p->level[i].step_x);
        mutate_head(&p->level[i].boxes);
        mutate_head(&p->level[i].objectness);
        mutate_head(&p->level[i].classes);
        mutate_head(&p->level[i].landmarks);
    }
}

const family_t family_yolov5face = {.name = "YOLOv5-face 320x320",
                                    .decoder = &decoder,
                                    .parameters = &parameters,
                                    .prepare = prepare,
                                    .parameter_bytes = sizeof parameters,
                                    .output_count = 3,
                                    .anchor_count = ANCHORS,
                                    .score_threshold = 0.5f,
                                    .strict = true,
                                    .make = make,
                                    .write = write_face,
                                    .plain = plain,
                                    .mutate = mutate,
                                    .input_width = SIDE,
                                    .input_height = SIDE};
