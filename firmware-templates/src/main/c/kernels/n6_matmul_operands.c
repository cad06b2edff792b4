/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "n6_kernels.h"
#include "n6_requantize.h"

/* sum over k of (a[k] - a_zero_point) * (b[k][c] - b_zero_point): the zero point of b is taken off once a row, so that
 * the inner loop multiplies stored values of b. The sums are exact, so their order does not matter. */

typedef struct {
    const n6_matmul_operands_t *p;
    n6_output_range_t range;
} product_t;

static int32_t row_correction(const n6_matmul_operands_t *p, const int8_t *a) {
    int32_t sum = 0;
    for (int32_t k = 0; k < p->depth; k++) {
        sum += a[k] - p->a_zero_point;
    }
    return -p->b_zero_point * sum;
}

#if N6_MVE

#define COLUMNS 4

N6_INLINE void columns(const product_t *shared, const int8_t *a, const int8_t *b, int32_t correction,
                       int8_t *output, int32_t active) {
    const n6_matmul_operands_t p = *shared->p; /* copies that the stores cannot alias */
    const n6_output_range_t range = shared->range;
    const mve_pred16_t lanes = vctp32q((uint32_t)active);
    int32x4_t sum = vdupq_n_s32(correction);
    for (int32_t k = p.depth; k > 0; k--) {
        const int32x4_t values = active == COLUMNS ? vldrbq_s32(b) : vldrbq_z_s32(b, lanes);
        sum = vmlaq_n_s32(sum, values, *a++ - p.a_zero_point);
        b += p.columns;
    }
    const float32x4_t value = vmulq_n_f32(vcvtq_f32_s32(sum), p.scale);
    const float32x4_t inside =
        vminnmq_f32(vmaxnmq_f32(value, vdupq_n_f32(range.low)), vdupq_n_f32(range.high));
    const int32x4_t quanta = vaddq_n_s32(vcvtnq_s32_f32(inside), range.zero_point);
    if (active == COLUMNS) {
        vstrbq_s32(output, quanta);
    } else {
        vstrbq_p_s32(output, quanta, lanes);
    }
}

#else

#define COLUMNS 1

N6_INLINE void columns(const product_t *shared, const int8_t *a, const int8_t *b, int32_t correction,
                       int8_t *output, int32_t active) {
    (void)active;
    const n6_matmul_operands_t *p = shared->p;
    int32_t sum = correction;
    for (int32_t k = 0; k < p->depth; k++) {
        sum += (a[k] - p->a_zero_point) * b[(ptrdiff_t)k * p->columns];
    }
    *output = n6_requantize(sum, p->scale, &shared->range);
}

#endif

static void multiply(const product_t *product, const int8_t *a, const int8_t *b, int8_t *output) {
    const n6_matmul_operands_t *p = product->p;
    for (int32_t r = 0; r < p->rows; r++) {
        const int32_t correction = row_correction(p, a);
        int32_t c = 0;
        for (; c + COLUMNS <= p->columns; c += COLUMNS) {
            columns(product, a, b + c, correction, output + c, COLUMNS);
        }
        if (c < p->columns) {
            columns(product, a, b + c, correction, output + c, p->columns - c);
        }
        a += p->depth;
        output += p->columns;
    }
}

n6_status_t n6_matmul_operands_s8(const n6_matmul_operands_t *p, const int8_t *a, const int8_t *b, int8_t *output) {
    product_t product = {.p = p};
    if (p->batch[0] <= 0 || p->batch[1] <= 0 || p->rows <= 0 || p->depth <= 0 || p->depth > 32768 ||
        p->columns <= 0 || !n6_is_int8(p->a_zero_point) || !n6_is_int8(p->b_zero_point) ||
        !n6_output_range(p->out_zero_point, p->out_min, p->out_max, &product.range)) {
        return N6_ERROR_ARGUMENT;
    }
    for (int32_t i = 0; i < p->batch[0]; i++) {
        for (int32_t j = 0; j < p->batch[1]; j++) {
            multiply(&product, a + (ptrdiff_t)i * p->a_stride[0] + (ptrdiff_t)j * p->a_stride[1],
                     b + (ptrdiff_t)i * p->b_stride[0] + (ptrdiff_t)j * p->b_stride[1], output);
            output += (ptrdiff_t)p->rows * p->columns;
        }
    }
    return N6_OK;
}
