/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_ties.h"

#include <math.h>

/* Products that MLAS adds in one chain: it cuts a product of matrices into panels of 128 by 128 and makes them deeper
 * where the result is narrow. */
static int32_t block_of(int32_t pixels, int32_t depth) {
    int32_t width = 128;
    int32_t block = 128;
    if (pixels < depth) {
        while (width > 16 && width / 2 >= pixels) {
            width /= 2;
            block *= 2;
        }
    }
    return block;
}

n6_reference_t n6_reference(const n6_conv2d_t *p, const float *scale, const n6_output_range_t *range) {
    n6_reference_t r = {.in_scale = p->in_scale,
                        .out_scale = p->out_scale,
                        .in_zero_point = p->in_zero_point,
                        .channels = p->in_c / p->groups,
                        .taps = p->kernel_h * p->kernel_w,
                        .far = 1.0f,
                        .range = *range};
    const int32_t pixels = p->out_h * p->out_w;
    /* A single pixel is a product of a matrix and a vector, which MLAS adds in another order. */
    if (p->in_scale > 0.0f && pixels > 1) {
        r.far = 0.5f - N6_TIE_REACH;
        r.weight_scale = scale + p->out_c;
        r.bias = scale + 2 * (ptrdiff_t)p->out_c;
        r.block = p->out_c == p->groups ? 0 : block_of(pixels, r.channels * r.taps);
    }
    return r;
}

static void next_part(const n6_reference_t *r, n6_reference_sum_t *sum) {
    sum->part = 0.0f;
    if (r->block > 0) {
        sum->in_part = sum->left < r->block ? sum->left : r->block;
    } else {
        sum->in_part = sum->left >= 4 ? 4 : (sum->left >= 2 ? 2 : sum->left);
    }
}

void n6_reference_begin(const n6_reference_t *r, n6_reference_sum_t *sum) {
    sum->total = 0.0f;
    sum->left = r->channels * r->taps;
    next_part(r, sum);
}

void n6_reference_add(const n6_reference_t *r, n6_reference_sum_t *sum, int32_t c, int32_t value, int32_t weight) {
    const float x = (float)(value - r->in_zero_point) * r->in_scale;
    const float w = (float)weight * r->weight_scale[c];
    sum->part = r->block > 0 ? fmaf(x, w, sum->part) : sum->part + x * w;
    sum->left--;
    if (--sum->in_part == 0) {
        sum->total += sum->part;
        next_part(r, sum);
    }
}

int8_t n6_reference_quantum(const n6_reference_t *r, const n6_reference_sum_t *sum, int32_t c) {
    return (int8_t)n6_quantum((sum->total + r->bias[c]) / r->out_scale, &r->range);
}

int8_t n6_reference_row(const n6_reference_t *r, const int8_t *values, const int8_t *weights, int32_t c) {
    n6_reference_sum_t sum;
    n6_reference_begin(r, &sum);
    for (int32_t channel = 0; channel < r->channels; channel++) {
        ptrdiff_t at = channel;
        for (int32_t tap = r->taps; tap > 0; tap--, at += r->channels) {
            n6_reference_add(r, &sum, c, values[at], weights[at]);
        }
    }
    return n6_reference_quantum(r, &sum, c);
}
