/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "n6_kernels.h"
#include "n6_requantize.h"

/* One vector of `length` values, `inner` apart. The sum is taken in four interleaved parts: that is what four lanes do. */
static void softmax(const n6_softmax_t *p, const n6_output_range_t *range, const float *exp_table, const int8_t *input,
                    int8_t *output) {
    const ptrdiff_t step = p->inner;
    int32_t max = INT8_MIN;
    for (int32_t i = 0; i < p->length; i++) {
        max = input[i * step] > max ? input[i * step] : max;
    }
    float part[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    for (int32_t i = 0; i < p->length; i++) {
        part[i & 3] += exp_table[max - input[i * step]];
    }
    const float factor = 1.0f / ((part[0] + part[1]) + (part[2] + part[3]));
    for (int32_t i = 0; i < p->length; i++) {
        const float probability = exp_table[max - input[i * step]] * factor;
        output[i * step] = (int8_t)n6_quantum(probability / p->out_scale, range);
    }
}

n6_status_t n6_softmax_s8(const n6_softmax_t *p, const float exp_table[256], const int8_t *input, int8_t *output) {
    n6_output_range_t range;
    if (p->outer <= 0 || p->length <= 0 || p->inner <= 0 ||
        !n6_output_range(p->out_zero_point, INT8_MIN, INT8_MAX, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    for (int32_t i = 0; i < p->outer; i++) {
        for (int32_t j = 0; j < p->inner; j++) {
            const ptrdiff_t at = (ptrdiff_t)i * p->length * p->inner + j;
            softmax(p, &range, exp_table, input + at, output + at);
        }
    }
    return N6_OK;
}
