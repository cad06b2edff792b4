/* SPDX-License-Identifier: Apache-2.0 */
/* Post-processing as it is first written: every value becomes a float, every anchor is decoded, then the threshold, a sort
 * with the standard library, and suppression. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "benchmark.h"
#include "test_support.h"

static float *reals;
static uint32_t reals_used;
static uint8_t *gone;
static plain_box_t *kept;

plain_box_t *plain_begin(void) {
    reals = guarded(SLOT_SECOND, SLOT_BYTES);
    reals_used = 0;
    gone = guarded(SLOT_BIAS, SLOT_BYTES);
    kept = guarded(SLOT_OUTPUT, SLOT_BYTES);
    return guarded(SLOT_SCRATCH, SLOT_BYTES);
}

const float *plain_reals(const n6_tensor_t *output) {
    uint32_t count = 1;
    for (uint32_t i = 0; i < output->rank; i++) {
        count *= output->shape[i];
    }
    float *to = &reals[reals_used];
    reals_used += count;
    const int8_t *q = output->data;
    for (uint32_t i = 0; i < count; i++) {
        to[i] = (float)(q[i] - output->zero_point) * output->scale;
    }
    return to;
}

float plain_sigmoid(float x) {
    return 1.0f / (1.0f + expf(-x));
}

static int best_first(const void *a, const void *b) {
    const plain_box_t *left = a;
    const plain_box_t *right = b;
    if (left->score != right->score) {
        return left->score > right->score ? -1 : 1;
    }
    return left->index - right->index;
}

static float plain_iou(const plain_box_t *a, const plain_box_t *b, const n6_nms_t *nms) {
    const n6_iou_t convention = nms->convention;
    float plus = 0.0f;
    float ax = a->x1, ay = a->y1, aw = a->x2 - a->x1, ah = a->y2 - a->y1;
    float bx = b->x1, by = b->y1, bw = b->x2 - b->x1, bh = b->y2 - b->y1;
    if (convention == N6_IOU_PLUS_ONE) {
        plus = 1.0f;
    } else if (convention == N6_IOU_TRUNCATED) {
        ax = truncf(ax), ay = truncf(ay), aw = truncf(aw), ah = truncf(ah);
        bx = truncf(bx), by = truncf(by), bw = truncf(bw), bh = truncf(bh);
    }
    const float w = fminf(ax + aw, bx + bw) - fmaxf(ax, bx) + plus;
    const float h = fminf(ay + ah, by + bh) - fmaxf(ay, by) + plus;
    const float inter = fmaxf(w, 0.0f) * fmaxf(h, 0.0f);
    return inter / ((aw + plus) * (ah + plus) + (bw + plus) * (bh + plus) - inter +
                    (convention == N6_IOU_EPSILON ? nms->epsilon : 0.0f));
}

static bool plain_overlaps(const plain_box_t *a, const plain_box_t *b, const n6_nms_t *nms) {
    if (nms->kind == N6_NMS_NONE || (nms->per_class && a->class_index != b->class_index)) {
        return false;
    }
    const float iou = plain_iou(a, b, nms);
    return nms->inclusive ? iou >= nms->iou_threshold : iou > nms->iou_threshold;
}

static void plain_average(plain_box_t *best, const plain_box_t *boxes, uint32_t count, uint8_t mark) {
    plain_box_t mean;
    memset(&mean, 0, sizeof mean);
    float total = 0.0f;
    for (uint32_t i = 0; i < count; i++) {
        if (gone[i] != mark) {
            continue;
        }
        const float weight = boxes[i].score;
        total += weight;
        mean.x1 += boxes[i].x1 * weight;
        mean.y1 += boxes[i].y1 * weight;
        mean.x2 += boxes[i].x2 * weight;
        mean.y2 += boxes[i].y2 * weight;
        for (uint32_t k = 0; k < 12u; k++) {
            mean.points[k] += boxes[i].points[k] * weight;
        }
    }
    best->x1 = mean.x1 / total;
    best->y1 = mean.y1 / total;
    best->x2 = mean.x2 / total;
    best->y2 = mean.y2 / total;
    for (uint32_t k = 0; k < 12u; k++) {
        best->points[k] = mean.points[k] / total;
    }
}

uint32_t plain_detect(plain_box_t *boxes, uint32_t count, const family_t *family) {
    uint32_t passing = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (family->strict ? boxes[i].score > family->score_threshold : boxes[i].score >= family->score_threshold) {
            boxes[passing] = boxes[i];
            boxes[passing++].index = (int32_t)i;
        }
    }
    qsort(boxes, passing, sizeof boxes[0], best_first);
    const n6_nms_t *nms = &family->decoder->nms;
    memset(gone, 0, passing);
    uint32_t found = 0;
    for (uint32_t i = 0; i < passing; i++) {
        if (gone[i] != 0u) {
            continue;
        }
        gone[i] = 2;
        for (uint32_t j = i + 1u; j < passing; j++) {
            if (gone[j] == 0u && plain_overlaps(&boxes[i], &boxes[j], nms)) {
                gone[j] = 2;
            }
        }
        kept[found] = boxes[i];
        if (nms->kind == N6_NMS_WEIGHTED) {
            plain_average(&kept[found], boxes, passing, 2);
        }
        found++;
        for (uint32_t j = i; nms->kind == N6_NMS_WEIGHTED && j < passing; j++) {
            gone[j] = gone[j] == 2u ? 1 : gone[j];
        }
    }
    memcpy(boxes, kept, found * sizeof boxes[0]);
    return found;
}
