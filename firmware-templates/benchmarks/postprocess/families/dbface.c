/* SPDX-License-Identifier: Apache-2.0 */
/* DBFace, 256x256, channels last: 4096 cells of stride 4, peaks. */
#include "n6_decode_dbface.h"

#include <math.h>

#include "benchmark.h"
#include "mutate.h"

#define SIDE 256.0f
#define GRID 64u
#define CELLS (GRID * GRID)
#define STRIDE 4.0f

enum { LANDMARKS, BOX, HEATMAP };

static n6_dbface_t parameters = {.stride = STRIDE,
                                 .channels_last = true,
                                 .heatmap_output = HEATMAP,
                                 .box_output = BOX,
                                 .landmark_output = LANDMARKS,
                                 .score = {.factor = 1.0f, .threshold = 0.4f}};

static const n6_decoder_t decoder = {
    .decode = n6_decode_dbface,
    .parameters = &parameters,
    .landmark_count = 5,
    .nms = {.kind = N6_NMS_HARD, .convention = N6_IOU_PLUS_ONE, .iou_threshold = 0.5f}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_dbface_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) {
    outputs[LANDMARKS] = make_output(-0.8f, 0.8f, GRID, GRID, 10);
    outputs[BOX] = make_output(0.0f, 40.0f, GRID, GRID, 4);
    outputs[HEATMAP] = make_output(0.0f, 0.996f, GRID, GRID, 1);
    fill_noise(&outputs[LANDMARKS], -0.5f, 0.5f);
    fill_noise(&outputs[BOX], 0.0f, 20.0f);
    fill_noise(&outputs[HEATMAP], 0.0f, 0.2f);
}

/* Inverse of the stretch of landmark distances, v in cells. */
static float shrunk(float v) {
    const float e = 2.7182817f;
    return 0.25f * (fabsf(v) < e ? v / e : copysignf(logf(fabsf(v)), v));
}

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    const float x0 = face->x / STRIDE;
    const float y0 = face->y / STRIDE;
    const float half = 0.5f * face->size / STRIDE;
    for (uint32_t cell = 0; cell < CELLS; cell++) {
        const float x = (float)(cell % GRID);
        const float y = (float)(cell / GRID);
        const face_t middle = {face->x, face->y, fminf(face->size, 24.0f), face->score};
        const float score = anchor_score(&middle, x * STRIDE, y * STRIDE);
        if (score <= 0.0f || !put_greater(&outputs[HEATMAP], cell, score)) {
            continue;
        }
        put(&outputs[BOX], 4u * cell, x - (x0 - half));
        put(&outputs[BOX], 4u * cell + 1u, y - (y0 - half));
        put(&outputs[BOX], 4u * cell + 2u, x0 + half - x);
        put(&outputs[BOX], 4u * cell + 3u, y0 + half - y);
        for (uint32_t k = 0; k < 5u; k++) {
            put(&outputs[LANDMARKS], 10u * cell + k, shrunk(x0 + face_points[k][0] * 2.0f * half - x));
            put(&outputs[LANDMARKS], 10u * cell + 5u + k, shrunk(y0 + face_points[k][1] * 2.0f * half - y));
        }
    }
}

static float stretched(float v) {
    if (fabsf(v) < 1.0f) {
        return v * 2.7182817f;
    }
    return v > 0.0f ? expf(v) : -expf(-v);
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) {
    const float *heatmap = plain_reals(&outputs[HEATMAP]);
    const float *sides = plain_reals(&outputs[BOX]);
    const float *points = plain_reals(&outputs[LANDMARKS]);
    for (int r = 0; r < (int)GRID; r++) {
        for (int c = 0; c < (int)GRID; c++) {
            const int cell = r * (int)GRID + c;
            float most = heatmap[cell];
            for (int y = r - 1; y <= r + 1; y++) {
                for (int x = c - 1; x <= c + 1; x++) {
                    if (y >= 0 && y < (int)GRID && x >= 0 && x < (int)GRID) {
                        most = fmaxf(most, heatmap[y * (int)GRID + x]);
                    }
                }
            }
            plain_box_t *box = &boxes[cell];
            box->score = most > heatmap[cell] ? 0.0f : heatmap[cell];
            box->class_index = 0;
            box->x1 = ((float)c - sides[4 * cell]) * STRIDE;
            box->y1 = ((float)r - sides[4 * cell + 1]) * STRIDE;
            box->x2 = ((float)c + sides[4 * cell + 2]) * STRIDE;
            box->y2 = ((float)r + sides[4 * cell + 3]) * STRIDE;
            for (int k = 0; k < 5; k++) {
                box->points[2 * k] = (stretched(4.0f * points[10 * cell + k]) + (float)c) * STRIDE;
                box->points[2 * k + 1] = (stretched(4.0f * points[10 * cell + 5 + k]) + (float)r) * STRIDE;
            }
        }
    }
}

static void mutate(void *of) {
    n6_dbface_t *p = of;
    mutate_real(&p->stride);
    mutate_flag(&p->channels_last);
    mutate_word(&p->heatmap_output);
    mutate_word(&p->box_output);
    mutate_word(&p->landmark_output);
    mutate_rule(&p->score);
}

const family_t family_dbface = {.name = "DBFace 256x256",
                                .decoder = &decoder,
                                .parameters = &parameters,
                                .prepare = prepare,
                                .parameter_bytes = sizeof parameters,
                                .output_count = 3,
                                .anchor_count = CELLS,
                                .score_threshold = 0.4f,
                                .make = make,
                                .write = write_face,
                                .plain = plain,
                                .mutate = mutate,
                                .input_width = SIDE,
                                .input_height = SIDE};
