/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stddef.h>

#include "n6_kernels.h"
#include "n6_requantize.h"

/* Sums of stored values less their zero point are exact; they become real numbers at the end. */

static int32_t sum_of(const n6_reduce_t *p, const int8_t *input) {
    int32_t sum = 0;
    for (int32_t i = 0; i < p->length; i++) {
        const int32_t value = input[(ptrdiff_t)i * p->inner] - p->in_zero_point;
        if (p->op == N6_REDUCE_SUM) {
            sum += value;
        } else if (p->op == N6_REDUCE_L1) {
            sum += value < 0 ? -value : value;
        } else {
            sum += value * value;
        }
    }
    return sum;
}

static float real_of(const n6_reduce_t *p, int32_t sum) {
    switch (p->op) {
    case N6_REDUCE_SUM_SQUARE:
        return (float)sum * (p->in_scale * p->in_scale);
    case N6_REDUCE_L2:
        return sqrtf((float)sum) * p->in_scale;
    default:
        return (float)sum * p->in_scale;
    }
}

n6_status_t n6_reduce_s8(const n6_reduce_t *p, const int8_t *input, int8_t *output) {
    n6_output_range_t range;
    if (p->outer <= 0 || p->length <= 0 || p->length > 32768 || p->inner <= 0 || !n6_is_int8(p->in_zero_point) ||
        (uint32_t)p->op > N6_REDUCE_L2 || !n6_output_range(p->out_zero_point, INT8_MIN, INT8_MAX, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    for (int32_t block = 0; block < p->outer; block++) {
        for (int32_t i = 0; i < p->inner; i++) {
            *output++ = (int8_t)n6_quantum(real_of(p, sum_of(p, input + i)) / p->out_scale, &range);
        }
        input += (ptrdiff_t)p->length * p->inner;
    }
    return N6_OK;
}
