/* SPDX-License-Identifier: Apache-2.0 */
/* CenterNet in one tensor, 192x192 with stride 4, channels last, one class: 2304 cells, peaks. */
#include "n6_decode_centernet.h"

#include <math.h>

#include "benchmark.h"
#include "mutate.h"

#define SIDE 192.0f
#define GRID 48u
#define CELLS (GRID * GRID)
#define STRIDE 4.0f
#define COLUMNS 7u

static n6_centernet_t parameters = {.input_width = SIDE,
                                    .input_height = SIDE,
                                    .channels_last = true,
                                    .heatmap = {0, 0, 1},
                                    .size = {0, 1, 2},
                                    .offset = {0, 3, 2},
                                    .classes = {0, 5, 1},
                                    .score = {.factor = 1.0f, .threshold = 0.3f, .strict = true}};

static const n6_decoder_t decoder = {.decode = n6_decode_centernet,
                                     .parameters = &parameters,
                                     .nms = {.kind = N6_NMS_HARD,
                                             .convention = N6_IOU_STANDARD,
                                             .iou_threshold = 0.5f,
                                             .per_class = true}};

static n6_status_t prepare(void *p, const n6_tensor_t *outputs, uint32_t count) {
    return n6_centernet_prepare(p, outputs, count);
}

static void make(n6_tensor_t *outputs) {
    outputs[0] = make_output(-1.0f, 24.0f, GRID, GRID, COLUMNS);
    for (uint32_t cell = 0; cell < CELLS; cell++) {
        put(&outputs[0], cell * COLUMNS, 0.1f * (float)(cell % 3u));
    }
}

static void write_face(const n6_tensor_t *outputs, const face_t *face) {
    for (uint32_t cell = 0; cell < CELLS; cell++) {
        const float x = (float)(cell % GRID);
        const float y = (float)(cell / GRID);
        const face_t middle = {face->x, face->y, fminf(face->size, 24.0f), face->score};
        const float score = anchor_score(&middle, x * STRIDE, y * STRIDE);
        if (score <= 0.0f || !put_greater(&outputs[0], cell * COLUMNS, score)) {
            continue;
        }
        put(&outputs[0], cell * COLUMNS + 1u, face->size / STRIDE);
        put(&outputs[0], cell * COLUMNS + 2u, face->size / STRIDE);
        put(&outputs[0], cell * COLUMNS + 3u, face->x / STRIDE - x);
        put(&outputs[0], cell * COLUMNS + 4u, face->y / STRIDE - y);
    }
}

static void plain(const n6_tensor_t *outputs, plain_box_t *boxes) {
    const float *raw = plain_reals(&outputs[0]);
    for (int r = 0; r < (int)GRID; r++) {
        for (int c = 0; c < (int)GRID; c++) {
            const int cell = r * (int)GRID + c;
            const float *values = &raw[cell * (int)COLUMNS];
            bool peak = r > 0 && c > 0 && r < (int)GRID - 1 && c < (int)GRID - 1;
            for (int y = r - 1; peak && y <= r + 1; y++) {
                for (int x = c - 1; peak && x <= c + 1; x++) {
                    peak = raw[(y * (int)GRID + x) * (int)COLUMNS] <= values[0];
                }
            }
            plain_box_t *box = &boxes[cell];
            const float cx = ((float)c + values[3]) * STRIDE;
            const float cy = ((float)r + values[4]) * STRIDE;
            box->score = peak ? values[0] : 0.0f;
            box->class_index = 0;
            box->x1 = cx - values[1] * STRIDE / 2.0f;
            box->y1 = cy - values[2] * STRIDE / 2.0f;
            box->x2 = cx + values[1] * STRIDE / 2.0f;
            box->y2 = cy + values[2] * STRIDE / 2.0f;
        }
    }
}

static void mutate_channels(n6_centernet_channels_t *channels) {
    mutate_word(&channels->output);
    mutate_word(&channels->first);
    mutate_word(&channels->count);
}

static void mutate(void *of) {
    n6_centernet_t *p = of;
    mutate_real(&p->input_width);
    mutate_flag(&p->channels_last);
    mutate_flag(&p->border);
    mutate_channels(&p->heatmap);
    mutate_channels(&p->size);
    mutate_channels(&p->offset);
    mutate_channels(&p->classes);
    mutate_rule(&p->score);
}

const family_t family_centernet = {.name = "CenterNet 192x192",
                                   .decoder = &decoder,
                                   .parameters = &parameters,
                                   .prepare = prepare,
                                   .parameter_bytes = sizeof parameters,
                                   .output_count = 1,
                                   .anchor_count = CELLS,
                                   .score_threshold = 0.3f,
                                   .strict = true,
                                   .make = make,
                                   .write = write_face,
                                   .plain = plain,
                                   .mutate = mutate,
                                   .input_width = SIDE,
                                   .input_height = SIDE};
