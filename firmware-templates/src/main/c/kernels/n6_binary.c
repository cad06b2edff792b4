/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "n6_kernels.h"
#include "n6_lanes.h"

typedef struct {
    const n6_binary_t *p;
    n6_output_range_t range;
    n6_divisor_t out_scale;
    float beyond; /* a real number that saturates whatever the zero point is */
} binary_t;

/* A quotient may be infinite, and then the division by out_scale would have no remainder to correct with. */
N6_INLINE n6_lanes_t divide(const binary_t *k, n6_lanes_t a, n6_lanes_t b) {
    return n6_lanes_clamp(n6_lanes_quotient(a, b), -k->beyond, k->beyond);
}

N6_INLINE n6_lanes_t apply(const binary_t *k, n6_binary_op_t op, n6_lanes_t a, n6_lanes_t b) {
    switch (op) {
    case N6_BINARY_ADD:
        return n6_lanes_add(a, b);
    case N6_BINARY_SUB:
        return n6_lanes_subtract(a, b);
    case N6_BINARY_DIV:
        return divide(k, a, b);
    case N6_BINARY_MIN:
        return n6_lanes_lesser(a, b);
    case N6_BINARY_MAX:
        return n6_lanes_greater(a, b);
    default:
        return n6_lanes_multiply(a, b);
    }
}

/* One step of a run; a side that is broadcast along it has its value in a_value or b_value already. */
N6_INLINE void step(const binary_t *k, n6_binary_op_t op, n6_lanes_t a, n6_lanes_t b, int8_t *output,
                        int32_t active) {
    n6_lanes_store(output, n6_lanes_divide(apply(k, op, a, b), k->out_scale), &k->range, active);
}

N6_INLINE n6_lanes_t load_a(const binary_t *k, const int8_t *at, int32_t active) {
    return n6_lanes_load(at, k->p->a_zero_point, k->p->a_scale, active);
}

N6_INLINE n6_lanes_t load_b(const binary_t *k, const int8_t *at, int32_t active) {
    return n6_lanes_load(at, k->p->b_zero_point, k->p->b_scale, active);
}

/* A run with both sides advancing. `op` is a constant at each call, so each becomes a loop of its own. */
N6_INLINE void run_both(const binary_t *shared, n6_binary_op_t op, const int8_t *a, const int8_t *b,
                            int8_t *output, int32_t count) {
    const n6_binary_t p = *shared->p; /* copies that the stores cannot alias */
    const binary_t k = {
        .p = &p, .range = shared->range, .out_scale = shared->out_scale, .beyond = shared->beyond};
    for (; count >= N6_LANES; count -= N6_LANES, a += N6_LANES, b += N6_LANES, output += N6_LANES) {
        step(&k, op, load_a(&k, a, N6_LANES), load_b(&k, b, N6_LANES), output, N6_LANES);
    }
    if (count > 0) {
        step(&k, op, load_a(&k, a, count), load_b(&k, b, count), output, count);
    }
}

/* A run along which one side (or both) is a single value. */
static void run_broadcast(const binary_t *k, const int8_t *a, int32_t a_step, const int8_t *b, int32_t b_step,
                          int8_t *output, int32_t count) {
    const n6_lanes_t a_value = n6_lanes_of((float)(*a - k->p->a_zero_point) * k->p->a_scale);
    const n6_lanes_t b_value = n6_lanes_of((float)(*b - k->p->b_zero_point) * k->p->b_scale);
    for (int32_t i = 0; i < count; i += N6_LANES) {
        const int32_t active = count - i < N6_LANES ? count - i : N6_LANES;
        step(k, k->p->op, a_step ? load_a(k, a + i, active) : a_value, b_step ? load_b(k, b + i, active) : b_value,
             output + i, active);
    }
}

static void run(const binary_t *k, const int8_t *a, int32_t a_step, const int8_t *b, int32_t b_step, int8_t *output,
                int32_t count) {
    if (a_step == 0 || b_step == 0) {
        run_broadcast(k, a, a_step, b, b_step, output, count);
    } else if (k->p->op == N6_BINARY_ADD) {
        run_both(k, N6_BINARY_ADD, a, b, output, count);
    } else if (k->p->op == N6_BINARY_SUB) {
        run_both(k, N6_BINARY_SUB, a, b, output, count);
    } else if (k->p->op == N6_BINARY_DIV) {
        run_both(k, N6_BINARY_DIV, a, b, output, count);
    } else if (k->p->op == N6_BINARY_MIN) {
        run_both(k, N6_BINARY_MIN, a, b, output, count);
    } else if (k->p->op == N6_BINARY_MAX) {
        run_both(k, N6_BINARY_MAX, a, b, output, count);
    } else {
        run_both(k, N6_BINARY_MUL, a, b, output, count);
    }
}

n6_status_t n6_binary_s8(const n6_binary_t *p, const int8_t *a, const int8_t *b, int8_t *output) {
    binary_t binary = {.p = p, .out_scale = n6_divisor(p->out_scale), .beyond = 512.0f * p->out_scale};
    if (!n6_is_int8(p->a_zero_point) || !n6_is_int8(p->b_zero_point) ||
        !n6_output_range(p->out_zero_point, p->out_min, p->out_max, &binary.range) || (uint32_t)p->op > N6_BINARY_MAX) {
        return N6_ERROR_ARGUMENT;
    }
    for (int axis = 0; axis < 4; axis++) {
        if (p->shape[axis] <= 0) {
            return N6_ERROR_ARGUMENT;
        }
    }
    if ((uint32_t)p->a_stride[3] > 1 || (uint32_t)p->b_stride[3] > 1) {
        return N6_ERROR_ARGUMENT; /* the innermost axis is dense or broadcast */
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
                run(&binary, row_a, p->a_stride[3], row_b, p->b_stride[3], output, shape[3]);
                output += shape[3];
            }
        }
    }
    return N6_OK;
}
