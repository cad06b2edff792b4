/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_ties.h"

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

/* Rows of several outputs: one chain of fused multiply-adds for each block. */
static float sum_of_blocks(const n6_reference_t *r, const int8_t *values, const int8_t *weights, int32_t c) {
    const float in_scale = r->in_scale;
    const float weight_scale = r->weight_scale[c];
    const int32_t zero_point = r->in_zero_point;
    const ptrdiff_t step = r->channels;
    float total = 0.0f;
    float part = 0.0f;
    int32_t in_part = r->block;
    for (int32_t channel = 0; channel < r->channels; channel++) {
        ptrdiff_t at = channel;
        for (int32_t tap = r->taps; tap > 0; tap--, at += step) {
            part = fmaf((float)(values[at] - zero_point) * in_scale, (float)weights[at] * weight_scale, part);
            if (--in_part == 0) {
                total += part;
                part = 0.0f;
                in_part = r->block;
            }
        }
    }
    return total + part;
}

int8_t n6_reference_row(const n6_reference_t *r, const int8_t *values, const int8_t *weights, int32_t c) {
    if (r->block > 0) {
        return n6_reference_quantum(r, sum_of_blocks(r, values, weights, c), c);
    }
    n6_reference_sum_t sum = n6_reference_begin(r);
    for (int32_t channel = 0; channel < r->channels; channel++) {
        ptrdiff_t at = channel;
        for (int32_t tap = r->taps; tap > 0; tap--, at += r->channels) {
            n6_reference_add(r, &sum, c, values[at], weights[at]);
        }
    }
    return n6_reference_quantum(r, sum.total, c);
}
