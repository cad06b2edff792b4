/* SPDX-License-Identifier: Apache-2.0 */
/* CenterFace, 128x128, channels first: 1024 cells of stride 4. */
#include "n6_decode_centerface.h"

#include <math.h>

#include "benchmark.h"
#include "mutate.h"

#define SIDE 128.0f
#define GRID 32u
#define CELLS (GRID * GRID)
#define STRIDE 4.0f

enum { HEATMAP, SCALE, OFFSET, LANDMARKS };

static n6_centerface_t parameters = {.input_width = SIDE,
                                     .input_height = SIDE,
                                     .stride = STRIDE,
                                     .heatmap_output = HEATMAP,
                                     .scale_output = SCALE,
                                     .offset_output = OFFSET,
                                     .landmark_output = LANDMARKS,
                                     .score = {.factor = 1.0f, .threshold = 0.5f, .strict = true}};

static const n6_decoder_t decoder = {.decode = n6_decode_centerface,
                                     .parameters = &parameters,
                                     .landmark_count = 5,
                                     .nms = {.kind = N6_NMS_HARD,
                                             .convention = N6_IOU_PLUS_ONE,
                                             .iou_threshold = 0.3f,
                                             .inclusive = true}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_centerface_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) {
    outputs[HEATMAP] = make_output(0.0f, 0.996f, 1, GRID, GRID);
    outputs[SCALE] = make_output(0.0f, 4.0f, 2, GRID, GRID);
    outputs[OFFSET] = make_output(-4.0f, 4.0f, 2, GRID, GRID);
    outputs[LANDMARKS] = make_output(-0.2f, 1.2f, 10, GRID, GRID);
    fill_noise(&outputs[HEATMAP], 0.0f, 0.2f);
    fill_noise(&outputs[SCALE], 0.0f, 3.0f);
    fill_noise(&outputs[OFFSET], -0.5f, 0.5f);
    fill_noise(&outputs[LANDMARKS], 0.0f, 1.0f);
}

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    for (uint32_t cell = 0; cell < CELLS; cell++) {
        const float x = (float)(cell % GRID) + 0.5f;
        const float y = (float)(cell / GRID) + 0.5f;
        /* A heat map is narrow: neighbours of the peak pass, not the whole face. */
        const face_t middle = {face->x, face->y, fminf(face->size, 24.0f), face->score};
        const float score = anchor_score(&middle, x * STRIDE, y * STRIDE);
        if (score <= 0.0f || !put_greater(&outputs[HEATMAP], cell, score)) {
            continue;
        }
        put(&outputs[SCALE], cell, logf(face->size / STRIDE));
        put(&outputs[SCALE], CELLS + cell, logf(face->size / STRIDE));
        put(&outputs[OFFSET], cell, face->y / STRIDE - y);
        put(&outputs[OFFSET], CELLS + cell, face->x / STRIDE - x);
        for (uint32_t k = 0; k < 5u; k++) {
            put(&outputs[LANDMARKS], 2u * k * CELLS + cell, 0.5f + face_points[k][1]);
            put(&outputs[LANDMARKS], (2u * k + 1u) * CELLS + cell, 0.5f + face_points[k][0]);
        }
    }
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) {
    const float *heatmap = plain_reals(&outputs[HEATMAP]);
    const float *scale = plain_reals(&outputs[SCALE]);
    const float *offset = plain_reals(&outputs[OFFSET]);
    const float *points = plain_reals(&outputs[LANDMARKS]);
    for (uint32_t cell = 0; cell < CELLS; cell++) {
        plain_box_t *box = &boxes[cell];
        const float h = expf(scale[cell]) * STRIDE;
        const float w = expf(scale[CELLS + cell]) * STRIDE;
        const float cy = ((float)(cell / GRID) + offset[cell] + 0.5f) * STRIDE;
        const float cx = ((float)(cell % GRID) + offset[CELLS + cell] + 0.5f) * STRIDE;
        box->score = heatmap[cell];
        box->class_index = 0;
        box->x1 = fminf(fmaxf(cx - w / 2.0f, 0.0f), SIDE);
        box->y1 = fminf(fmaxf(cy - h / 2.0f, 0.0f), SIDE);
        box->x2 = fminf(box->x1 + w, SIDE);
        box->y2 = fminf(box->y1 + h, SIDE);
        for (uint32_t k = 0; k < 5u; k++) {
            box->points[2u * k] = points[(2u * k + 1u) * CELLS + cell] * w + box->x1;
            box->points[2u * k + 1u] = points[2u * k * CELLS + cell] * h + box->y1;
        }
    }
}

static void mutate(void *of) {
    n6_centerface_t *p = of;
    mutate_real(&p->input_width);
    mutate_real(&p->stride);
    mutate_flag(&p->channels_last);
    mutate_word(&p->heatmap_output);
    mutate_word(&p->scale_output);
    mutate_word(&p->offset_output);
    mutate_word(&p->landmark_output);
    mutate_rule(&p->score);
}

const family_t family_centerface = {.name = "CenterFace 128x128",
                                    .decoder = &decoder,
                                    .parameters = &parameters,
                                    .prepare = prepare,
                                    .parameter_bytes = sizeof parameters,
                                    .output_count = 4,
                                    .anchor_count = CELLS,
                                    .score_threshold = 0.5f,
                                    .strict = true,
                                    .make = make,
                                    .write = write_face,
                                    .plain = plain,
                                    .mutate = mutate,
                                    .input_width = SIDE,
                                    .input_height = SIDE};
