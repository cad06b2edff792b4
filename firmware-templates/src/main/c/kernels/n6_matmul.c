/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_matmul.h"

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
