/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels whose arithmetic is binary32: the references follow the ONNX definition operation by operation. */

#include "kernel_cases.h"

static float real(int32_t stored, int32_t zero_point, float scale) { return (float)(stored - zero_point) * scale; }

/* 0 / 0 is no number; the kernel's contract makes it out_min. */
static float expected_binary(n6_binary_op_t op, float x, float z) {
    switch (op) {
    case N6_BINARY_ADD:
        return x + z;
    case N6_BINARY_SUB:
        return x - z;
    case N6_BINARY_DIV:
        if (z == 0.0f) {
            return x == 0.0f ? NAN : (x > 0.0f ? INFINITY : -INFINITY);
        }
        return x / z;
    case N6_BINARY_MIN:
        return fminf(x, z);
    case N6_BINARY_MAX:
        return fmaxf(x, z);
    default:
        return x * z;
    }
}

static void binary_case(outcome_t *o, n6_binary_t *p, size_t a_bytes, size_t b_bytes) {
    p->op = (n6_binary_op_t)random_between(0, 5);
    p->a_scale = random_scale(0.02f);
    p->b_scale = random_between(0, 1) ? random_scale(0.02f) : p->a_scale;
    p->out_scale = random_between(0, 1) ? random_scale(0.03f) : 2.0f * p->a_scale; /* the latter makes ties */
    p->a_zero_point = random_zero_point();
    p->b_zero_point = random_zero_point();
    p->out_zero_point = random_zero_point();
    p->out_min = random_between(0, 1) ? -128 : random_between(-128, 0);
    p->out_max = random_between(0, 1) ? 127 : random_between(0, 127);
    const size_t outputs = (size_t)(p->shape[0] * p->shape[1] * p->shape[2] * p->shape[3]);
    const int8_t *a = random_bytes(SLOT_INPUT, a_bytes);
    const int8_t *b = random_bytes(SLOT_SECOND, b_bytes);
    int8_t *y = guarded(SLOT_OUTPUT, outputs);
    for (size_t i = 0; i < outputs; i++) {
        size_t rest = i;
        size_t at_a = 0;
        size_t at_b = 0;
        for (int axis = 3; axis >= 0; axis--) {
            const size_t index = rest % (size_t)p->shape[axis];
            rest /= (size_t)p->shape[axis];
            at_a += index * (size_t)p->a_stride[axis];
            at_b += index * (size_t)p->b_stride[axis];
        }
        const float x = real(a[at_a], p->a_zero_point, p->a_scale);
        const float z = real(b[at_b], p->b_zero_point, p->b_scale);
        const float value = expected_binary(p->op, x, z);
        expected[i] = value != value ? (uint8_t)p->out_min
                                     : (uint8_t)expected_quantum(value / p->out_scale, p->out_zero_point, p->out_min,
                                                                 p->out_max);
    }
    record_status(o, n6_binary_s8(p, a, b, y), N6_OK);
    record(o, y, expected, outputs);
}

/* Strides of a dense tensor whose axes in `broadcast` have size 1; returns its size. */
static size_t broadcast_strides(const int32_t shape[4], unsigned broadcast, int32_t stride[4]) {
    int32_t size = 1;
    for (int axis = 3; axis >= 0; axis--) {
        stride[axis] = (broadcast >> axis) & 1u ? 0 : size;
        size *= (broadcast >> axis) & 1u ? 1 : shape[axis];
    }
    return (size_t)size;
}

void binary_cases(outcome_t *o) {
    for (int i = 0; i < 120; i++) {
        n6_binary_t p = {.shape = {random_between(1, 2), random_between(1, 5), random_between(1, 6),
                                   random_between(1, 30)}};
        const unsigned a_broadcast = random_between(0, 3) ? 0u : (unsigned)random_between(0, 15);
        const unsigned b_broadcast = random_between(0, 1) ? 0u : (unsigned)random_between(0, 15);
        const size_t a_bytes = broadcast_strides(p.shape, a_broadcast, p.a_stride);
        const size_t b_bytes = broadcast_strides(p.shape, b_broadcast, p.b_stride);
        binary_case(o, &p, a_bytes, b_bytes);
    }
    n6_binary_t all = {.shape = {1, 1, 256, 256}, .a_stride = {0, 0, 256, 1}, .b_stride = {0, 0, 256, 1}};
    for (int i = 0; i < 3; i++) {
        binary_case(o, &all, 65536, 65536);
    }
}

void matmul_operands_cases(outcome_t *o) {
    for (int i = 0; i < 120; i++) {
        n6_matmul_operands_t p = {.batch = {random_between(1, 3), random_between(1, 4)}, .rows = random_between(1, 9),
                                  .depth = random_between(1, i % 10 == 0 ? 700 : 40), .columns = random_between(1, 21)};
        const int32_t a_size = p.rows * p.depth;
        const int32_t b_size = p.depth * p.columns;
        const bool a_shared = random_between(0, 2) == 0;
        const bool b_shared = random_between(0, 2) == 0;
        p.a_stride[1] = a_size;
        p.a_stride[0] = a_shared ? 0 : p.batch[1] * a_size;
        p.b_stride[1] = b_shared ? 0 : b_size;
        p.b_stride[0] = b_shared ? b_size : p.batch[1] * b_size;
        p.scale = random_scale(0.02f);
        p.a_zero_point = random_zero_point();
        p.b_zero_point = random_zero_point();
        p.out_zero_point = random_zero_point();
        p.out_min = random_between(0, 1) ? -128 : random_between(-128, 0);
        p.out_max = random_between(0, 1) ? 127 : random_between(0, 127);
        const int32_t per_batch = p.rows * p.columns;
        const int32_t outputs = p.batch[0] * p.batch[1] * per_batch;
        const int8_t *a = random_bytes(SLOT_INPUT, (size_t)((a_shared ? 1 : p.batch[0]) * p.batch[1] * a_size));
        const int8_t *b = random_bytes(SLOT_SECOND, (size_t)(p.batch[0] * (b_shared ? 1 : p.batch[1]) * b_size));
        int8_t *y = guarded(SLOT_OUTPUT, (size_t)outputs);
        for (int32_t at = 0; at < outputs; at++) {
            const int32_t batch = at / per_batch;
            const int8_t *x = a + batch / p.batch[1] * p.a_stride[0] + batch % p.batch[1] * p.a_stride[1];
            const int8_t *z = b + batch / p.batch[1] * p.b_stride[0] + batch % p.batch[1] * p.b_stride[1];
            int32_t sum = 0;
            for (int32_t k = 0; k < p.depth; k++) {
                sum += (x[at % per_batch / p.columns * p.depth + k] - p.a_zero_point) *
                       (z[k * p.columns + at % p.columns] - p.b_zero_point);
            }
            expected[at] =
                (uint8_t)expected_quantum((float)sum * p.scale, p.out_zero_point, p.out_min, p.out_max);
        }
        record_status(o, n6_matmul_operands_s8(&p, a, b, y), N6_OK);
        record(o, y, expected, (size_t)outputs);
    }
    n6_matmul_operands_t deep = {.batch = {1, 1}, .rows = 1, .depth = 32769, .columns = 1, .scale = 1.0f,
                                 .out_min = -128, .out_max = 127};
    int8_t one = 0;
    record_status(o, n6_matmul_operands_s8(&deep, &one, &one, &one), N6_ERROR_ARGUMENT);
}

void reduce_cases(outcome_t *o) {
    for (int i = 0; i < 120; i++) {
        n6_reduce_t p = {.op = (n6_reduce_op_t)random_between(0, 3), .outer = random_between(1, 6),
                         .length = random_between(1, i % 10 == 0 ? 1500 : 30), .inner = random_between(1, 9)};
        p.in_scale = random_scale(0.02f);
        p.out_scale = random_scale(p.op == N6_REDUCE_SUM_SQUARE ? 0.3f : 0.1f);
        p.in_zero_point = random_zero_point();
        p.out_zero_point = random_zero_point();
        const int32_t outputs = p.outer * p.inner;
        const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(outputs * p.length));
        int8_t *y = guarded(SLOT_OUTPUT, (size_t)outputs);
        for (int32_t at = 0; at < outputs; at++) {
            int64_t plain = 0;
            int64_t magnitudes = 0;
            int64_t squares = 0;
            for (int32_t k = 0; k < p.length; k++) {
                const int32_t v = x[(at / p.inner * p.length + k) * p.inner + at % p.inner] - p.in_zero_point;
                plain += v;
                magnitudes += v < 0 ? -v : v;
                squares += v * v;
            }
            float value = (float)plain * p.in_scale;
            if (p.op == N6_REDUCE_L1) {
                value = (float)magnitudes * p.in_scale;
            } else if (p.op == N6_REDUCE_SUM_SQUARE) {
                value = (float)squares * (p.in_scale * p.in_scale);
            } else if (p.op == N6_REDUCE_L2) {
                value = sqrtf((float)squares) * p.in_scale;
            }
            expected[at] = (uint8_t)expected_quantum(value / p.out_scale, p.out_zero_point, -128, 127);
        }
        record_status(o, n6_reduce_s8(&p, x, y), N6_OK);
        record(o, y, expected, (size_t)outputs);
    }
}

static n6_pool2d_t random_pool(void) {
    n6_pool2d_t p = {.in_h = random_between(1, 12), .in_w = random_between(1, 12), .channels = random_between(1, 40),
                     .kernel_h = random_between(1, 4), .kernel_w = random_between(1, 4),
                     .stride_h = random_between(1, 3), .stride_w = random_between(1, 3)};
    p.pad_top = random_between(0, p.kernel_h - 1);
    p.pad_left = random_between(0, p.kernel_w - 1);
    p.out_h = (p.in_h + p.pad_top - 1) / p.stride_h + 1;
    p.out_w = (p.in_w + p.pad_left - 1) / p.stride_w + 1;
    p.out_h = random_between(1, p.out_h);
    p.out_w = random_between(1, p.out_w);
    return p;
}

void max_pool_cases(outcome_t *o) {
    for (int i = 0; i < 100; i++) {
        n6_pool2d_t p = random_pool();
        p.out_min = random_between(0, 1) ? -128 : random_between(-128, 0);
        p.out_max = random_between(0, 1) ? 127 : random_between(0, 127);
        const size_t outputs = (size_t)(p.out_h * p.out_w * p.channels);
        const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(p.in_h * p.in_w * p.channels));
        int8_t *y = guarded(SLOT_OUTPUT, outputs);
        for (size_t at = 0; at < outputs; at++) {
            const int32_t c = (int32_t)at % p.channels;
            const int32_t pixel = (int32_t)at / p.channels;
            int32_t best = p.out_min;
            for (int32_t k = 0; k < p.kernel_h * p.kernel_w; k++) {
                const int32_t in_y = pixel / p.out_w * p.stride_h - p.pad_top + k / p.kernel_w;
                const int32_t in_x = pixel % p.out_w * p.stride_w - p.pad_left + k % p.kernel_w;
                if (in_y >= 0 && in_y < p.in_h && in_x >= 0 && in_x < p.in_w) {
                    const int32_t v = x[(in_y * p.in_w + in_x) * p.channels + c];
                    best = v > best ? v : best;
                }
            }
            expected[at] = (uint8_t)(best < p.out_max ? best : p.out_max);
        }
        record_status(o, n6_max_pool_s8(&p, x, y), N6_OK);
        record(o, y, expected, outputs);
    }
}

/* One value of a window, real; false where it lies outside the image. */
static bool window_value(const n6_pool2d_t *p, const int8_t *x, int32_t y, int32_t at_x, int32_t c, float *value) {
    if (y < 0 || y >= p->in_h || at_x < 0 || at_x >= p->in_w) {
        return false;
    }
    *value = real(x[(y * p->in_w + at_x) * p->channels + c], p->in_zero_point, p->in_scale);
    return true;
}

/* The mean of one window with the additions in the order of ONNX Runtime (see n6_pool.c): the order decides ties, and
 * with equal scales ties are common. */
static float expected_mean(const n6_pool2d_t *p, const int8_t *x, int32_t out_y, int32_t out_x, int32_t c) {
    const int32_t y0 = out_y * p->stride_h - p->pad_top;
    const int32_t x0 = out_x * p->stride_w - p->pad_left;
    const bool global = p->kernel_h == p->in_h && p->kernel_w == p->in_w && p->stride_h == 1 && p->stride_w == 1 &&
                        p->pad_top == 0 && p->pad_left == 0 && p->out_h * p->out_w == 1;
    const int32_t taps = p->kernel_h * p->kernel_w;
    const bool by_columns = p->stride_w <= 2;
    float part[4] = {0.0f, 0.0f, 0.0f, 0.0f};
    float sum = 0.0f;
    float column = 0.0f;
    int32_t count = 0;
    for (int32_t k = 0; k < taps; k++) {
        const int32_t ky = !global && by_columns ? k % p->kernel_h : k / p->kernel_w;
        const int32_t kx = !global && by_columns ? k / p->kernel_h : k % p->kernel_w;
        float value = 0.0f;
        count += window_value(p, x, y0 + ky, x0 + kx, c, &value);
        if (global) {
            if (k < taps / 4 * 4) {
                part[k % 4] += value;
            }
        } else if (by_columns) {
            column += value;
            if (ky == p->kernel_h - 1) {
                sum += column;
                column = 0.0f;
            }
        } else {
            sum += value;
        }
    }
    if (global) {
        sum = (part[0] + part[2]) + (part[1] + part[3]);
        for (int32_t k = taps / 4 * 4; k < taps; k++) {
            float value = 0.0f;
            (void)window_value(p, x, k / p->kernel_w, k % p->kernel_w, c, &value);
            sum += value;
        }
    }
    return sum / (float)(p->count_include_pad ? taps : count);
}

void average_pool_cases(outcome_t *o) {
    for (int i = 0; i < 100; i++) {
        n6_pool2d_t p = random_pool();
        if (i % 4 == 0) { /* global */
            p.kernel_h = p.in_h;
            p.kernel_w = p.in_w;
            p.stride_h = p.stride_w = p.out_h = p.out_w = 1;
            p.pad_top = p.pad_left = 0;
        }
        p.count_include_pad = random_between(0, 1);
        p.in_scale = random_scale(0.02f);
        p.out_scale = random_between(0, 1) ? p.in_scale : random_scale(0.01f);
        p.in_zero_point = random_zero_point();
        p.out_zero_point = random_zero_point();
        p.out_min = random_between(0, 1) ? -128 : random_between(-128, 0);
        p.out_max = random_between(0, 1) ? 127 : random_between(0, 127);
        const size_t outputs = (size_t)(p.out_h * p.out_w * p.channels);
        const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(p.in_h * p.in_w * p.channels));
        int8_t *y = guarded(SLOT_OUTPUT, outputs);
        for (size_t at = 0; at < outputs; at++) {
            const int32_t pixel = (int32_t)at / p.channels;
            const float mean = expected_mean(&p, x, pixel / p.out_w, pixel % p.out_w, (int32_t)at % p.channels);
            expected[at] = (uint8_t)expected_quantum(mean / p.out_scale, p.out_zero_point, p.out_min, p.out_max);
        }
        record_status(o, n6_average_pool_s8(&p, x, y), N6_OK);
        record(o, y, expected, outputs);
    }
}

void prelu_cases(outcome_t *o) {
    for (int i = 0; i < 40; i++) {
        const n6_prelu_t p = {.rows = random_between(1, 20), .channels = random_between(1, 40),
                              .in_scale = random_scale(0.02f), .slope_scale = random_scale(0.002f),
                              .out_scale = random_scale(0.02f), .in_zero_point = random_zero_point(),
                              .slope_zero_point = random_zero_point(), .out_zero_point = random_zero_point()};
        const size_t count = (size_t)(p.rows * p.channels);
        const int8_t *x = random_bytes(SLOT_INPUT, count);
        const int8_t *slope = random_bytes(SLOT_SECOND, (size_t)p.channels);
        int8_t *y = guarded(SLOT_OUTPUT, count);
        for (size_t at = 0; at < count; at++) {
            const float v = real(x[at], p.in_zero_point, p.in_scale);
            const float s = real(slope[at % (size_t)p.channels], p.slope_zero_point, p.slope_scale);
            expected[at] = (uint8_t)expected_quantum((v < 0.0f ? v * s : v) / p.out_scale, p.out_zero_point, -128, 127);
        }
        record_status(o, n6_prelu_s8(&p, x, slope, y), N6_OK);
        record(o, y, expected, count);
    }
}

void softmax_cases(outcome_t *o) {
    for (int i = 0; i < 40; i++) {
        n6_softmax_t p = {.outer = random_between(1, 3), .length = random_between(1, 70),
                          .inner = random_between(0, 1) ? 1 : random_between(1, 9), .in_scale = 1.0f,
                          .out_scale = 1.0f / 256.0f, .out_zero_point = -128};
        const size_t count = (size_t)(p.outer * p.length * p.inner);
        const int8_t *x = random_bytes(SLOT_INPUT, count);
        float *table = guarded(SLOT_SCALE, 256 * sizeof(float));
        const float ratio = 1.0f - random_scale(0.05f); /* powers of a constant: the same on every machine */
        table[0] = 1.0f;
        for (int d = 1; d < 256; d++) {
            table[d] = table[d - 1] * ratio;
        }
        int8_t *y = guarded(SLOT_OUTPUT, count);
        record_status(o, n6_softmax_s8(&p, table, x, y), N6_OK);
        for (int32_t v = 0; v < p.outer * p.inner; v++) {
            const int32_t base = v / p.inner * p.length * p.inner + v % p.inner;
            int32_t max = -128;
            double sum = 0.0;
            for (int32_t k = 0; k < p.length; k++) {
                max = x[base + k * p.inner] > max ? x[base + k * p.inner] : max;
            }
            for (int32_t k = 0; k < p.length; k++) {
                sum += (double)table[max - x[base + k * p.inner]];
            }
            for (int32_t k = 0; k < p.length; k++) {
                const int32_t at = base + k * p.inner;
                const double q = (double)table[max - x[at]] / sum * 256.0;
                const bool tie = fabs(q - floor(q) - 0.5) < 1e-4;
                const int32_t low = expected_quantum((float)(tie ? floor(q) : q), -128, -128, 127);
                const int32_t high = expected_quantum((float)(tie ? floor(q) + 1.0 : q), -128, -128, 127);
                expected[at] = (uint8_t)(y[at] == high ? high : low);
            }
        }
        record(o, y, expected, count);
    }
}

void quantize_cases(outcome_t *o) {
    for (int i = 0; i < 40; i++) {
        const size_t count = (size_t)random_between(1, 300);
        const float scale = random_scale(0.02f);
        const bool is_signed = random_between(0, 1);
        const int32_t zero_point = random_between(is_signed ? -128 : 0, is_signed ? 127 : 255);
        float *x = guarded(SLOT_INPUT, count * sizeof(float));
        uint8_t *y = guarded(SLOT_OUTPUT, count);
        for (size_t at = 0; at < count; at++) {
            x[at] = (float)random_between(-600, 600) * scale * 0.5f; /* half of them near ties */
            if (random_between(0, 40) == 0) {
                x[at] = random_between(0, 1) ? HUGE_VALF : -1e30f;
            }
            expected[at] = (uint8_t)(is_signed ? expected_quantum(x[at] / scale, zero_point, -128, 127)
                                               : expected_quantum(x[at] / scale, zero_point, 0, 255));
        }
        record_status(o,
                      is_signed ? n6_quantize_s8(x, scale, zero_point, (int8_t *)y, count)
                                : n6_quantize_u8(x, scale, zero_point, y, count),
                      N6_OK);
        record(o, y, expected, count);

        const uint8_t *q = (uint8_t *)random_bytes(SLOT_INPUT, count);
        float *back = guarded(SLOT_OUTPUT, count * sizeof(float));
        float reference[300];
        for (size_t at = 0; at < count; at++) {
            reference[at] = real(is_signed ? (int8_t)q[at] : q[at], zero_point, scale);
        }
        record_status(o,
                      is_signed ? n6_dequantize_s8((const int8_t *)q, scale, zero_point, back, count)
                                : n6_dequantize_u8(q, scale, zero_point, back, count),
                      N6_OK);
        record(o, back, reference, count * sizeof(float));
    }
}
