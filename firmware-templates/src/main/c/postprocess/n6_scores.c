/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_scores.h"

#include <math.h>
#include <string.h>

#define CLAMP_LOGIT 100.0f

float n6_sigmoid(float x) {
    if (x >= 0.0f) {
        return 1.0f / (1.0f + expf(-x));
    }
    const float e = expf(x);
    return e / (1.0f + e);
}

float n6_score_of(const n6_score_rule_t *rule, float x) {
    switch (rule->activation) {
    case N6_ACTIVATION_SIGMOID:
        /* Written so that NaN stays NaN. */
        return n6_sigmoid(x > CLAMP_LOGIT ? CLAMP_LOGIT : x < -CLAMP_LOGIT ? -CLAMP_LOGIT : x);
    case N6_ACTIVATION_SQRT:
        return sqrtf(x * rule->factor);
    case N6_ACTIVATION_NONE:
    default:
        return x * rule->factor;
    }
}

bool n6_score_passes(const n6_score_rule_t *rule, float score) {
    return rule->strict ? score > rule->threshold : score >= rule->threshold;
}

/* The smallest of the integers lowest .. highest whose real value passes. */
static int32_t smallest_code(int32_t lowest, int32_t highest, float scale, int32_t zero_point,
                             const n6_score_rule_t *rule) {
    for (int32_t code = lowest; code <= highest; code++) {
        if (n6_score_passes(rule, n6_score_of(rule, scale * (float)(code - zero_point)))) {
            return code;
        }
    }
    return INT32_MAX;
}

/* The binary32 numbers in ascending order, numbered: -inf, ..., -0, +0, ..., +inf. */
static float number_at(int64_t position) {
    const uint32_t bits = position >= 0 ? (uint32_t)position : 0x80000000u | (uint32_t)(-position - 1);
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static float smallest_value(const n6_score_rule_t *rule) {
    int64_t low = -0x7F800001;  /* -inf: taken not to pass */
    int64_t high = 0x7F800000;  /* +inf */
    if (!n6_score_passes(rule, n6_score_of(rule, number_at(high)))) {
        return NAN; /* nothing is >= NaN */
    }
    if (n6_score_passes(rule, n6_score_of(rule, number_at(low)))) {
        return number_at(low);
    }
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (n6_score_passes(rule, n6_score_of(rule, number_at(middle)))) {
            high = middle;
        } else {
            low = middle;
        }
    }
    return number_at(high);
}

n6_status_t n6_threshold_find(const n6_tensor_t *tensor, const n6_score_rule_t *rule, n6_threshold_t *threshold) {
    threshold->code = INT32_MAX;
    threshold->value = NAN;
    switch (tensor->type) {
    case N6_INT8:
        threshold->code = smallest_code(INT8_MIN, INT8_MAX, tensor->scale, tensor->zero_point, rule);
        return N6_OK;
    case N6_UINT8:
        threshold->code = smallest_code(0, UINT8_MAX, tensor->scale, tensor->zero_point, rule);
        return N6_OK;
    case N6_FLOAT32:
        threshold->value = smallest_value(rule);
        return N6_OK;
    case N6_INT32:
    default:
        return N6_ERROR_ARGUMENT;
    }
}

n6_status_t n6_threshold_find_difference(const n6_tensor_t *tensor, const n6_score_rule_t *rule,
                                         n6_threshold_t *threshold) {
    threshold->code = INT32_MAX;
    threshold->value = NAN;
    switch (tensor->type) {
    case N6_INT8:
    case N6_UINT8:
        threshold->code = smallest_code(-UINT8_MAX, UINT8_MAX, tensor->scale, 0, rule);
        return N6_OK;
    case N6_FLOAT32:
        threshold->value = smallest_value(rule);
        return N6_OK;
    case N6_INT32:
    default:
        return N6_ERROR_ARGUMENT;
    }
}

uint32_t n6_line_next(const n6_line_t *line, uint32_t start, const n6_threshold_t *threshold) {
    const ptrdiff_t stride = line->stride;
    const uint32_t count = line->count;
    uint32_t i = start;
    switch (line->type) {
    case N6_INT8: {
        const int8_t *q = (const int8_t *)line->data;
        const int32_t code = threshold->code;
        while (i < count && q[(ptrdiff_t)i * stride] < code) {
            i++;
        }
        break;
    }
    case N6_UINT8: {
        const uint8_t *q = (const uint8_t *)line->data;
        const int32_t code = threshold->code;
        while (i < count && q[(ptrdiff_t)i * stride] < code) {
            i++;
        }
        break;
    }
    case N6_FLOAT32: {
        const float *x = (const float *)line->data;
        const float value = threshold->value;
        while (i < count && !(x[(ptrdiff_t)i * stride] >= value)) {
            i++;
        }
        break;
    }
    case N6_INT32:
    default:
        i = count;
        break;
    }
    return i;
}

uint32_t n6_line_next_difference(const n6_line_t *line, int32_t other, uint32_t start,
                                 const n6_threshold_t *threshold) {
    const ptrdiff_t stride = line->stride;
    const uint32_t count = line->count;
    uint32_t i = start;
    switch (line->type) {
    case N6_INT8: {
        const int8_t *q = (const int8_t *)line->data;
        const int32_t code = threshold->code;
        while (i < count && q[(ptrdiff_t)i * stride] - q[(ptrdiff_t)i * stride + other] < code) {
            i++;
        }
        break;
    }
    case N6_UINT8: {
        const uint8_t *q = (const uint8_t *)line->data;
        const int32_t code = threshold->code;
        while (i < count && q[(ptrdiff_t)i * stride] - q[(ptrdiff_t)i * stride + other] < code) {
            i++;
        }
        break;
    }
    case N6_FLOAT32: {
        const float *x = (const float *)line->data;
        const float value = threshold->value;
        while (i < count && !(x[(ptrdiff_t)i * stride] - x[(ptrdiff_t)i * stride + other] >= value)) {
            i++;
        }
        break;
    }
    case N6_INT32:
    default:
        i = count;
        break;
    }
    return i;
}
