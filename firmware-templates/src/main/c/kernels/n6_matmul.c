/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_matmul.h"

#if N6_MVE

/* One input row against four weight rows at a time, so that the four sums fill one vector and are requantised together.
 * The last up to 15 values of a row ("tail") are multiplied with the input's missing lanes set to zero; the weights may
 * then be read beyond their row, as long as that is still inside the weight array. */

typedef struct {
    const int8_t *weights; /* first of the four rows */
    ptrdiff_t row[3];      /* from there to the other three */
    int32_t blocks;        /* row length = 16 * blocks + tail */
    uint32_t tail;
    int32x4_t bias;
    float32x4_t scale;
    n6_output_range_t range;
    float far;       /* as in n6_reference_t */
    n6_ties_t *ties; /* one vector of outputs each */
} column_group_t;

/* How the tail of a row is read; a constant wherever it is passed on, so that each gets code of its own. */
typedef enum { NO_TAIL, TAIL_READS_ON, TAIL_STOPS } tail_t;

N6_INLINE int8x16_t load_tail(const int8_t *weights, mve_pred16_t lanes, tail_t tail) {
    return tail == TAIL_READS_ON ? vldrbq_s8(weights) : vldrbq_z_s8(weights, lanes);
}

N6_INLINE int32x4_t vector_of(int32_t a, int32_t b, int32_t c, int32_t d) {
    const int32x4_t v = {a, b, c, d};
    return v;
}

N6_INLINE int8x16_t to_quanta(const column_group_t *g, int32x4_t sums, mve_pred16_t *near) {
    const float32x4_t value = vmulq_f32(vcvtq_f32_s32(vaddq_s32(sums, g->bias)), g->scale);
    const float32x4_t above = vmaxnmq_f32(value, vdupq_n_f32(g->range.low));
    const float32x4_t inside = vminnmq_f32(above, vdupq_n_f32(g->range.high));
    const float32x4_t rounded = vrndnq_f32(inside);
    *near = n6_near_ties(inside, rounded, g->far);
    return vreinterpretq_s8_s32(vaddq_n_s32(vcvtq_s32_f32(rounded), g->range.zero_point));
}

/* Seldom: the compiler keeps it out of the loops' way. */
N6_INLINE void remember(n6_ties_t *ties, int8_t *output, mve_pred16_t near) {
    if (__builtin_expect(near != 0, 0)) {
        ties->at[ties->count] = output;
        ties->lanes[ties->count] = near;
        ties->count++;
    }
}

N6_INLINE void store(int8_t *to, int8x16_t quanta, int32_t active) {
    if (active == 4) {
        vstrbq_s32(to, vreinterpretq_s32_s8(quanta));
    } else {
        vstrbq_p_s32(to, vreinterpretq_s32_s8(quanta), vctp32q((uint32_t)active));
    }
}

/* Rows of 16 values or more. */
N6_INLINE void long_rows(const n6_matmul_t *m, const column_group_t *shared, const int8_t *input, int8_t *output,
                             tail_t tail, int32_t active) {
    const column_group_t g = *shared; /* copies that the stores cannot alias */
    const ptrdiff_t in_stride = m->in_stride;
    const ptrdiff_t out_stride = m->out_stride;
    const mve_pred16_t lanes = vctp8q(g.tail);
    const int8_t *const first1 = g.weights + g.row[0];
    const int8_t *const first2 = g.weights + g.row[1];
    const int8_t *const first3 = g.weights + g.row[2];
    for (int32_t r = m->rows; r > 0; r--) {
        const int8_t *x = input;
        const int8_t *w0 = g.weights;
        const int8_t *w1 = first1;
        const int8_t *w2 = first2;
        const int8_t *w3 = first3;
        int8x16_t v = vldrbq_s8(x);
        int32_t sum0 = vmladavq_s8(v, vldrbq_s8(w0));
        int32_t sum1 = vmladavq_s8(v, vldrbq_s8(w1));
        int32_t sum2 = vmladavq_s8(v, vldrbq_s8(w2));
        int32_t sum3 = vmladavq_s8(v, vldrbq_s8(w3));
        for (int32_t i = g.blocks - 1; i > 0; i--) {
            x += 16;
            w0 += 16;
            w1 += 16;
            w2 += 16;
            w3 += 16;
            v = vldrbq_s8(x);
            sum0 = vmladavaq_s8(sum0, v, vldrbq_s8(w0));
            sum1 = vmladavaq_s8(sum1, v, vldrbq_s8(w1));
            sum2 = vmladavaq_s8(sum2, v, vldrbq_s8(w2));
            sum3 = vmladavaq_s8(sum3, v, vldrbq_s8(w3));
        }
        if (tail != NO_TAIL) {
            v = vldrbq_z_s8(x + 16, lanes);
            sum0 = vmladavaq_s8(sum0, v, load_tail(w0 + 16, lanes, tail));
            sum1 = vmladavaq_s8(sum1, v, load_tail(w1 + 16, lanes, tail));
            sum2 = vmladavaq_s8(sum2, v, load_tail(w2 + 16, lanes, tail));
            sum3 = vmladavaq_s8(sum3, v, load_tail(w3 + 16, lanes, tail));
        }
        mve_pred16_t near;
        store(output, to_quanta(&g, vector_of(sum0, sum1, sum2, sum3), &near), active);
        remember(g.ties, output, near);
        input += in_stride;
        output += out_stride;
    }
}

/* Rows of at most 16 values: the weights stay in registers. */
N6_INLINE void short_rows(const n6_matmul_t *m, const column_group_t *shared, const int8_t *input, int8_t *output,
                              bool full, int32_t active) {
    const column_group_t g = *shared;
    const ptrdiff_t in_stride = m->in_stride;
    const ptrdiff_t out_stride = m->out_stride;
    const mve_pred16_t lanes = full ? vctp8q(16) : vctp8q(g.tail);
    const int8x16_t w0 = vldrbq_z_s8(g.weights, lanes);
    const int8x16_t w1 = vldrbq_z_s8(g.weights + g.row[0], lanes);
    const int8x16_t w2 = vldrbq_z_s8(g.weights + g.row[1], lanes);
    const int8x16_t w3 = vldrbq_z_s8(g.weights + g.row[2], lanes);
    for (int32_t r = m->rows; r > 0; r--) {
        const int8x16_t v = full ? vldrbq_s8(input) : vldrbq_z_s8(input, lanes);
        const int32x4_t sums =
            vector_of(vmladavq_s8(v, w0), vmladavq_s8(v, w1), vmladavq_s8(v, w2), vmladavq_s8(v, w3));
        mve_pred16_t near;
        store(output, to_quanta(&g, sums, &near), active);
        remember(g.ties, output, near);
        input += in_stride;
        output += out_stride;
    }
}

N6_APART void short_partial_rows(const n6_matmul_t *m, const column_group_t *g, const int8_t *input, int8_t *output) {
    short_rows(m, g, input, output, false, 4);
}

N6_APART void short_full_rows(const n6_matmul_t *m, const column_group_t *g, const int8_t *input, int8_t *output) {
    short_rows(m, g, input, output, true, 4);
}

N6_APART void long_full_rows(const n6_matmul_t *m, const column_group_t *g, const int8_t *input, int8_t *output) {
    long_rows(m, g, input, output, NO_TAIL, 4);
}

N6_APART void long_rows_reading_on(const n6_matmul_t *m, const column_group_t *g, const int8_t *input,
                                   int8_t *output) {
    long_rows(m, g, input, output, TAIL_READS_ON, 4);
}

N6_APART void long_rows_stopping(const n6_matmul_t *m, const column_group_t *g, const int8_t *input, int8_t *output) {
    long_rows(m, g, input, output, TAIL_STOPS, 4);
}

static void four_columns(const n6_matmul_t *m, const column_group_t *g, const int8_t *input, int8_t *output,
                         tail_t tail) {
    if (g->blocks == 0) {
        short_partial_rows(m, g, input, output);
    } else if (g->blocks == 1 && tail == NO_TAIL) {
        short_full_rows(m, g, input, output);
    } else if (tail == NO_TAIL) {
        long_full_rows(m, g, input, output);
    } else if (tail == TAIL_READS_ON) {
        long_rows_reading_on(m, g, input, output);
    } else {
        long_rows_stopping(m, g, input, output);
    }
}

/* One to three columns: the missing weight rows repeat the last one, the missing outputs are not stored. */
N6_APART void last_columns(const n6_matmul_t *m, column_group_t *g, const int8_t *input, int8_t *output,
                         int32_t active) {
    for (int i = 0; i < 3; i++) {
        g->row[i] = (i + 1 < active ? i + 1 : active - 1) * (ptrdiff_t)m->depth;
    }
    if (g->blocks == 0) {
        short_rows(m, g, input, output, false, active);
    } else {
        long_rows(m, g, input, output, TAIL_STOPS, active);
    }
}

/* Outputs of the columns c..c+active-1, column c at `output`. */
N6_APART void settle(const n6_matmul_t *m, const n6_reference_t *reference, const int8_t *input,
                     const int8_t *weights, int32_t c, int32_t active, const int8_t *output, n6_ties_t *ties) {
    for (int32_t i = 0; i < ties->count; i++) {
        int8_t *const at = ties->at[i];
        const int8_t *const row = input + (at - output) / m->out_stride * m->in_stride;
        for (int32_t lane = 0; lane < active; lane++) {
            if ((ties->lanes[i] >> (4 * lane) & 1u) != 0) {
                at[lane] = n6_reference_row(reference, row, weights + (c + lane) * (ptrdiff_t)m->depth, c + lane);
            }
        }
    }
    ties->count = 0;
}

static void multiply(const n6_matmul_t *m, const int8_t *input, const int8_t *weights, const int32_t *bias,
                     const float *scale, const n6_output_range_t *range, const n6_reference_t *reference,
                     int8_t *output) {
    n6_ties_t ties;
    ties.count = 0;
    const ptrdiff_t depth = m->depth;
    const ptrdiff_t row_reach = (depth + 15) / 16 * 16;
    column_group_t g = {.weights = weights,
                        .row = {depth, 2 * depth, 3 * depth},
                        .blocks = m->depth / 16,
                        .tail = (uint32_t)m->depth % 16u,
                        .range = *range,
                        .far = reference == NULL ? 1.0f : reference->far,
                        .ties = &ties};
    int32_t c = 0;
    for (; c + 4 <= m->columns; c += 4, g.weights += 4 * depth) {
        const bool may_read_on = (c + 3) * depth + row_reach <= m->columns * depth;
        g.bias = vldrwq_s32(bias + c);
        g.scale = vldrwq_f32(scale + c);
        if (g.tail > 0 && may_read_on && m->zero_padded) { /* the input's zeros make it one more whole block */
            column_group_t padded = g;
            padded.blocks++;
            four_columns(m, &padded, input, output + c, NO_TAIL);
        } else {
            four_columns(m, &g, input, output + c,
                         g.tail == 0 ? NO_TAIL : (may_read_on ? TAIL_READS_ON : TAIL_STOPS));
        }
        if (ties.count > 0) {
            settle(m, reference, input, weights, c, 4, output + c, &ties);
        }
    }
    if (c < m->columns) {
        const mve_pred16_t lanes = vctp32q((uint32_t)(m->columns - c));
        g.bias = vldrwq_z_s32(bias + c, lanes);
        g.scale = vldrwq_z_f32(scale + c, lanes);
        last_columns(m, &g, input, output + c, m->columns - c);
        if (ties.count > 0) {
            settle(m, reference, input, weights, c, m->columns - c, output + c, &ties);
        }
    }
}

/* In parts that cannot hold more ties than there is room for. */
void n6_matmul_s8(const n6_matmul_t *m, const int8_t *input, const int8_t *weights, const int32_t *bias,
                  const float *scale, const n6_output_range_t *range, const n6_reference_t *reference,
                  int8_t *output) {
    n6_matmul_t part = *m;
    for (int32_t first = 0; first < m->rows; first += N6_TIES) {
        part.rows = m->rows - first < N6_TIES ? m->rows - first : N6_TIES;
        multiply(&part, input + (ptrdiff_t)first * m->in_stride, weights, bias, scale, range, reference,
                 output + (ptrdiff_t)first * m->out_stride);
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
                  const float *scale, const n6_output_range_t *range, const n6_reference_t *reference,
                  int8_t *output) {
    for (int32_t r = 0; r < m->rows; r++) {
        const int8_t *row = input + (ptrdiff_t)r * m->in_stride;
        int8_t *out = output + (ptrdiff_t)r * m->out_stride;
        for (int32_t c = 0; c < m->columns; c++) {
            const int8_t *const weight_row = weights + (ptrdiff_t)c * m->depth;
            const float value = (float)(bias[c] + dot(row, weight_row, m->depth)) * scale[c];
            out[c] = reference != NULL && n6_is_near_tie(value, reference)
                         ? n6_reference_row(reference, row, weight_row, c)
                         : (int8_t)n6_quantum(value, range);
        }
    }
}

#endif
