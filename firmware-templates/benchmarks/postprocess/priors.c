/* SPDX-License-Identifier: Apache-2.0 */
#include "priors.h"

#include <math.h>

#include "mutate.h"

#define MAX_PRIORS 5500u

static n6_prior_t table[MAX_PRIORS];

void make_prior_outputs(const n6_ssd_t *ssd, n6_tensor_t *outputs) {
    const uint32_t count = n6_priors_count(&ssd->priors);
    for (uint32_t i = 0; i < count; i++) {
        table[i] = n6_priors_at(&ssd->priors, i);
    }
    outputs[PRIOR_BOXES] = make_output(-8.0f, 8.0f, count, 4, 0);
    outputs[PRIOR_SCORES] =
        ssd->softmax ? make_output(-10.0f, 10.0f, count, 2, 0) : make_output(0.0f, 0.996f, count, 2, 0);
    fill_noise(&outputs[PRIOR_BOXES], -4.0f, 4.0f);
    if (ssd->softmax) {
        for (uint32_t i = 0; i < count; i++) {
            put(&outputs[PRIOR_SCORES], 2u * i, 4.0f + 0.1f * (float)(i % 20u));
            put(&outputs[PRIOR_SCORES], 2u * i + 1u, -4.0f + 0.1f * (float)(i % 30u));
        }
    } else {
        fill_noise(&outputs[PRIOR_SCORES], 0.0f, 0.2f);
    }
    if (ssd->landmark_count > 0u) {
        outputs[PRIOR_POINTS] = make_output(-8.0f, 8.0f, count, 2u * ssd->landmark_count, 0);
        fill_noise(&outputs[PRIOR_POINTS], -4.0f, 4.0f);
    }
}

static void write_box(const n6_ssd_t *ssd, const n6_tensor_t *boxes, uint32_t row, const face_t *face) {
    const n6_prior_t *p = &table[row];
    float l[4];
    if (ssd->coding == N6_SSD_CORNER_DELTAS) {
        l[0] = (face->x - face->size / 2.0f - (p->x - p->width / 2.0f)) / p->width;
        l[1] = (face->y - face->size / 2.0f - (p->y - p->height / 2.0f)) / p->height;
        l[2] = (face->x + face->size / 2.0f - (p->x + p->width / 2.0f)) / p->width;
        l[3] = (face->y + face->size / 2.0f - (p->y + p->height / 2.0f)) / p->height;
    } else {
        l[0] = (face->x - p->x) / p->width;
        l[1] = (face->y - p->y) / p->height;
        l[2] = logf(face->size / p->width);
        l[3] = logf(face->size / p->height);
    }
    for (uint32_t i = 0; i < 4u; i++) {
        put(boxes, 4u * row + i, l[i] / ssd->factor[i]);
    }
}

void write_prior_face(const n6_ssd_t *ssd, const n6_tensor_t *outputs, const face_t *face) {
    const uint32_t count = n6_priors_count(&ssd->priors);
    for (uint32_t row = 0; row < count; row++) {
        const n6_prior_t *p = &table[row];
        const float score = anchor_score(face, p->x, p->y);
        if (score <= 0.0f || face->size < 0.6f * p->width || face->size > 1.6f * p->width ||
            !put_greater(&outputs[PRIOR_SCORES], 2u * row + 1u, ssd->softmax ? logit(score) : score)) {
            continue;
        }
        put(&outputs[PRIOR_SCORES], 2u * row, ssd->softmax ? 0.0f : 1.0f - score);
        write_box(ssd, &outputs[PRIOR_BOXES], row, face);
        for (uint32_t k = 0; k < ssd->landmark_count; k++) {
            const float x = face->x + face_points[k][0] * face->size;
            const float y = face->y + face_points[k][1] * face->size;
            const uint32_t at = 2u * (row * ssd->landmark_count + k);
            put(&outputs[PRIOR_POINTS], at, (x - p->x) / (p->width * ssd->landmark_factor));
            put(&outputs[PRIOR_POINTS], at + 1u, (y - p->y) / (p->height * ssd->landmark_factor));
        }
    }
}

void plain_priors(const n6_ssd_t *ssd, const n6_tensor_t *outputs, plain_box_t *boxes) {
    const uint32_t count = n6_priors_count(&ssd->priors);
    const float *l = plain_reals(&outputs[PRIOR_BOXES]);
    const float *scores = plain_reals(&outputs[PRIOR_SCORES]);
    const float *points = ssd->landmark_count > 0u ? plain_reals(&outputs[PRIOR_POINTS]) : l;
    for (uint32_t i = 0; i < count; i++, l += 4, scores += 2, points += 2u * ssd->landmark_count) {
        const n6_prior_t *p = &table[i];
        plain_box_t *box = &boxes[i];
        if (ssd->softmax) {
            const float most = fmaxf(scores[0], scores[1]);
            const float background = expf(scores[0] - most);
            const float face = expf(scores[1] - most);
            box->score = face / (background + face);
        } else {
            box->score = scores[1];
        }
        box->class_index = 0;
        if (ssd->coding == N6_SSD_CORNER_DELTAS) {
            box->x1 = fminf(fmaxf(p->x - p->width / 2.0f + l[0] * ssd->factor[0] * p->width, 0.0f), ssd->width);
            box->y1 = fminf(fmaxf(p->y - p->height / 2.0f + l[1] * ssd->factor[1] * p->height, 0.0f), ssd->height);
            box->x2 = fminf(fmaxf(p->x + p->width / 2.0f + l[2] * ssd->factor[2] * p->width, 0.0f), ssd->width);
            box->y2 = fminf(fmaxf(p->y + p->height / 2.0f + l[3] * ssd->factor[3] * p->height, 0.0f), ssd->height);
        } else {
            const float cx = p->x + l[0] * ssd->factor[0] * p->width;
            const float cy = p->y + l[1] * ssd->factor[1] * p->height;
            const float w = p->width * expf(l[2] * ssd->factor[2]);
            const float h = p->height * expf(l[3] * ssd->factor[3]);
            box->x1 = cx - w / 2.0f;
            box->y1 = cy - h / 2.0f;
            box->x2 = cx + w / 2.0f;
            box->y2 = cy + h / 2.0f;
        }
        for (uint32_t k = 0; k < ssd->landmark_count; k++) {
            box->points[2u * k] = p->x + points[2u * k] * ssd->landmark_factor * p->width;
            box->points[2u * k + 1u] = p->y + points[2u * k + 1u] * ssd->landmark_factor * p->height;
        }
    }
}

void mutate_ssd(n6_ssd_t *ssd) {
    uint32_t coding = (uint32_t)ssd->coding;
    mutate_word(&coding);
    ssd->coding = (n6_ssd_coding_t)(coding % 4u);
    for (uint32_t i = 0; i < 4u; i++) {
        mutate_word(&ssd->column[i]);
        mutate_real(&ssd->factor[i]);
    }
    mutate_flag(&ssd->clip);
    mutate_flag(&ssd->softmax);
    mutate_real(&ssd->width);
    mutate_word(&ssd->score_columns);
    uint32_t background = (uint32_t)ssd->background;
    mutate_word(&background);
    ssd->background = (int32_t)background;
    mutate_rule(&ssd->score);
    mutate_word(&ssd->landmark_count);
    mutate_real(&ssd->landmark_factor);
    mutate_word(&ssd->head_count);
    for (uint32_t i = 0; i < N6_SSD_MAX_HEADS; i++) {
        uint32_t layout = (uint32_t)ssd->head[i].layout;
        mutate_word(&layout);
        ssd->head[i].layout = (n6_ssd_layout_t)(layout % 3u);
        mutate_word(&ssd->head[i].box_output);
        mutate_word(&ssd->head[i].score_output);
        mutate_word(&ssd->head[i].landmark_output);
        mutate_word(&ssd->head[i].rows);
    }
}
