/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_matmul.h"

#if N6_MVE

/* One input row against four weight rows at a time, so that the four sums fill one vector and are requantised together.
 * The last up to 15 values of a row ("tail") are multiplied with the input's missing lanes set to zero; the weights may
 * then be read beyond their row, as long as that is still inside the weight array. */

typedef struct {
    const int8_t *weights; /* first of the four rows */
    ptrdiff_t row[3];      /* from there to the other three */
    int32_t blocks, tail;  /* row length = 16 * blocks + tail */
    int32x4_t bias;
    float32x4_t scale;
} column_group_t;

typedef struct {
    float32x4_t low, high;
    int32_t zero_point;
} limits_t;

static inline int8x16_t load_tail(const int8_t *at, int32_t tail, bool may_read_on) {
    return may_read_on ? vldrbq_s8(at) : vldrbq_z_s8(at, vctp8q((uint32_t)tail));
}

static inline int32x4_t dot_group(const column_group_t *g, const int8_t *x, bool weights_may_read_on) {
    const int8_t *w0 = g->weights;
    const int8_t *w1 = w0 + g->row[0];
    const int8_t *w2 = w0 + g->row[1];
    const int8_t *w3 = w0 + g->row[2];
    int32_t sum0 = 0;
    int32_t sum1 = 0;
    int32_t sum2 = 0;
    int32_t sum3 = 0;
    for (int32_t i = g->blocks; i > 0; i--) {
        const int8x16_t v = vldrbq_s8(x);
        sum0 = vmladavaq_s8(sum0, v, vldrbq_s8(w0));
        sum1 = vmladavaq_s8(sum1, v, vldrbq_s8(w1));
        sum2 = vmladavaq_s8(sum2, v, vldrbq_s8(w2));
        sum3 = vmladavaq_s8(sum3, v, vldrbq_s8(w3));
        x += 16;
        w0 += 16;
        w1 += 16;
        w2 += 16;
        w3 += 16;
    }
    if (g->tail > 0) {
        const int8x16_t v = load_tail(x, g->tail, false);
        sum0 = vmladavaq_s8(sum0, v, load_tail(w0, g->tail, weights_may_read_on));
        sum1 = vmladavaq_s8(sum1, v, load_tail(w1, g->tail, weights_may_read_on));
        sum2 = vmladavaq_s8(sum2, v, load_tail(w2, g->tail, weights_may_read_on));
        sum3 = vmladavaq_s8(sum3, v, load_tail(w3, g->tail, weights_may_read_on));
    }
    const int32x4_t sums = {sum0, sum1, sum2, sum3};
    return vaddq_s32(sums, g->bias);
}

static inline int32x4_t to_quanta(int32x4_t sums, float32x4_t scale, const limits_t *limits) {
    const float32x4_t value = vmulq_f32(vcvtq_f32_s32(sums), scale);
    const float32x4_t inside = vminnmq_f32(vmaxnmq_f32(value, limits->low), limits->high);
    return vaddq_n_s32(vcvtnq_s32_f32(inside), limits->zero_point);
}

void n6_matmul_s8(const n6_matmul_t *m, const int8_t *input, const int8_t *weights, const int32_t *bias,
                  const float *scale, const n6_output_range_t *range, int8_t *output) {
    const limits_t limits = {
        .low = vdupq_n_f32(range->low), .high = vdupq_n_f32(range->high), .zero_point = range->zero_point};
    const ptrdiff_t depth = m->depth;
    const int8_t *const weights_end = weights + depth * m->columns;
    column_group_t g = {.row = {depth, 2 * depth, 3 * depth}, .blocks = m->depth / 16, .tail = m->depth % 16};
    const ptrdiff_t reach = ((ptrdiff_t)m->depth + 15) / 16 * 16;
    for (int32_t c = 0; c < m->columns; c += 4) {
        const int32_t active = m->columns - c;
        g.weights = weights + c * depth;
        const int8_t *x = input;
        int8_t *y = output + c;
        if (active >= 4) {
            g.bias = vldrwq_s32(bias + c);
            g.scale = vldrwq_f32(scale + c);
            if (g.weights + g.row[2] + reach <= weights_end) {
                for (int32_t r = m->rows; r > 0; r--) {
                    vstrbq_s32(y, to_quanta(dot_group(&g, x, true), g.scale, &limits));
                    x += m->in_stride;
                    y += m->out_stride;
                }
            } else {
                for (int32_t r = m->rows; r > 0; r--) {
                    vstrbq_s32(y, to_quanta(dot_group(&g, x, false), g.scale, &limits));
                    x += m->in_stride;
                    y += m->out_stride;
                }
            }
        } else {
            const mve_pred16_t lanes = vctp32q((uint32_t)active);
            for (int i = 0; i < 3; i++) { /* missing rows repeat the last one */
                g.row[i] = (i + 1 < active ? i + 1 : active - 1) * depth;
            }
            g.bias = vldrwq_z_s32(bias + c, lanes);
            g.scale = vldrwq_z_f32(scale + c, lanes);
            for (int32_t r = m->rows; r > 0; r--) {
                vstrbq_p_s32(y, to_quanta(dot_group(&g, x, false), g.scale, &limits), lanes);
                x += m->in_stride;
                y += m->out_stride;
            }
        }
    }
}

#else

static int32_t dot(const int8_t *a, const int8_t *b, int32_t count) {
    int32_t sum = 0;
    for (int32_t i = 0; i < count; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

void n6_matmul_s8(const n6_matmul_t *m, const int8_t *input, const int8_t *weights, const int32_t *bias,
                  const float *scale, const n6_output_range_t *range, int8_t *output) {
    for (int32_t r = 0; r < m->rows; r++) {
        const int8_t *row = input + (ptrdiff_t)r * m->in_stride;
        int8_t *out = output + (ptrdiff_t)r * m->out_stride;
        for (int32_t c = 0; c < m->columns; c++) {
            const int32_t sum = bias[c] + dot(row, weights + (ptrdiff_t)c * m->depth, m->depth);
            out[c] = n6_requantize(sum, scale[c], range);
        }
    }
}

#endif
