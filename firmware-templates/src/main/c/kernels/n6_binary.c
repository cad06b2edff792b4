/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "n6_kernels.h"
#include "n6_requantize.h"

static float apply(n6_binary_op_t op, float a, float b) {
    switch (op) {
    case N6_BINARY_ADD:
        return a + b;
    case N6_BINARY_SUB:
        return a - b;
    default:
        return a * b;
    }
}

/* A run along the innermost axes, a_step and b_step 0 or 1. */
static void run(const n6_binary_t *p, const n6_output_range_t *range, const int8_t *a, int32_t a_step,
                const int8_t *b, int32_t b_step, int8_t *output, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const float x = (float)(*a - p->a_zero_point) * p->a_scale;
        const float y = (float)(*b - p->b_zero_point) * p->b_scale;
        output[i] = (int8_t)n6_quantum(apply(p->op, x, y) / p->out_scale, range);
        a += a_step;
        b += b_step;
    }
}

n6_status_t n6_binary_s8(const n6_binary_t *p, const int8_t *a, const int8_t *b, int8_t *output) {
    n6_output_range_t range;
    if (!n6_is_int8(p->a_zero_point) || !n6_is_int8(p->b_zero_point) ||
        !n6_output_range(p->out_zero_point, p->out_min, p->out_max, &range) || (uint32_t)p->op > N6_BINARY_MUL) {
        return N6_ERROR_ARGUMENT;
    }
    for (int axis = 0; axis < 4; axis++) {
        if (p->shape[axis] <= 0) {
            return N6_ERROR_ARGUMENT;
        }
    }
    /* Axes that continue each other in both inputs make one longer run. */
    int32_t shape[4] = {p->shape[0], p->shape[1], p->shape[2], p->shape[3]};
    int axis = 2;
    while (axis >= 0 && p->a_stride[axis] == p->a_stride[3] * shape[3] &&
           p->b_stride[axis] == p->b_stride[3] * shape[3]) {
        shape[3] *= shape[axis];
        shape[axis] = 1;
        axis--;
    }
    for (int32_t i = 0; i < shape[0]; i++) {
        for (int32_t j = 0; j < shape[1]; j++) {
            for (int32_t k = 0; k < shape[2]; k++) {
                const int8_t *row_a =
                    a + (ptrdiff_t)i * p->a_stride[0] + (ptrdiff_t)j * p->a_stride[1] + (ptrdiff_t)k * p->a_stride[2];
                const int8_t *row_b =
                    b + (ptrdiff_t)i * p->b_stride[0] + (ptrdiff_t)j * p->b_stride[1] + (ptrdiff_t)k * p->b_stride[2];
                run(p, &range, row_a, p->a_stride[3], row_b, p->b_stride[3], output, shape[3]);
                output += shape[3];
            }
        }
    }
    return N6_OK;
}
