/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that move bytes or look them up, and Resize. */

#include <string.h>

#include "kernel_cases.h"

void lookup_cases(outcome_t *o) {
    for (int i = 0; i < 40; i++) {
        const size_t count = (size_t)random_between(1, 200);
        const uint8_t *table = (uint8_t *)random_bytes(SLOT_SCALE, 256);
        const uint8_t *x = (uint8_t *)random_bytes(SLOT_INPUT, count);
        uint8_t *y = guarded(SLOT_OUTPUT, count);
        for (size_t at = 0; at < count; at++) {
            expected[at] = table[x[at]];
        }
        if (i % 2) { /* in place */
            memcpy(y, x, count);
            record_status(o, n6_lookup_8(table, y, y, count), N6_OK);
        } else {
            record_status(o, n6_lookup_8(table, x, y, count), N6_OK);
        }
        record(o, y, expected, count);
    }
}

void copy_blocks_cases(outcome_t *o) {
    for (int i = 0; i < 40; i++) {
        const size_t outer = (size_t)random_between(1, 9);
        const size_t block = (size_t)random_between(1, 60);
        const size_t in_stride = block + (size_t)random_between(0, 9);
        const size_t out_stride = block + (size_t)random_between(0, 9);
        const size_t out_bytes = (outer - 1) * out_stride + block;
        const uint8_t *table = (uint8_t *)random_bytes(SLOT_SCALE, 256);
        const uint8_t *x = (uint8_t *)random_bytes(SLOT_INPUT, (outer - 1) * in_stride + block);
        uint8_t *y = guarded(SLOT_OUTPUT, out_bytes);
        memcpy(expected, y, out_bytes); /* bytes between the blocks must stay */
        for (size_t b = 0; b < outer; b++) {
            for (size_t k = 0; k < block; k++) {
                const uint8_t v = x[b * in_stride + k];
                expected[b * out_stride + k] = i % 2 ? table[v] : v;
            }
        }
        record_status(o,
                      i % 2 ? n6_copy_blocks_lookup_8(table, x, in_stride, y, out_stride, block, outer)
                            : n6_copy_blocks(x, in_stride, y, out_stride, block, outer),
                      N6_OK);
        record(o, y, expected, out_bytes);
    }
}

static size_t random_shape(int32_t shape[4]) {
    size_t bytes = 1;
    for (int axis = 0; axis < 4; axis++) {
        shape[axis] = random_between(1, 7);
        bytes *= (size_t)shape[axis];
    }
    return bytes;
}

/* The index along each axis of element `at` of a dense tensor. */
static void unravel(size_t at, const int32_t shape[4], int32_t index[4]) {
    for (int axis = 3; axis >= 0; axis--) {
        index[axis] = (int32_t)(at % (size_t)shape[axis]);
        at /= (size_t)shape[axis];
    }
}

static size_t ravel(const int32_t index[4], const int32_t shape[4]) {
    return (size_t)(((index[0] * shape[1] + index[1]) * shape[2] + index[2]) * shape[3] + index[3]);
}

void pad_cases(outcome_t *o) {
    for (int i = 0; i < 40; i++) {
        n6_pad_t p = {.value = random_between(-128, 255)};
        int32_t out_shape[4];
        int32_t index[4];
        size_t outputs = 1;
        const uint8_t *x = (uint8_t *)random_bytes(SLOT_INPUT, random_shape(p.in_shape));
        for (int axis = 0; axis < 4; axis++) {
            p.before[axis] = random_between(0, 1) ? 0 : random_between(0, 3);
            p.after[axis] = random_between(0, 1) ? 0 : random_between(0, 3);
            out_shape[axis] = p.before[axis] + p.in_shape[axis] + p.after[axis];
            outputs *= (size_t)out_shape[axis];
        }
        uint8_t *y = guarded(SLOT_OUTPUT, outputs);
        for (size_t at = 0; at < outputs; at++) {
            bool inside = true;
            unravel(at, out_shape, index);
            for (int axis = 0; axis < 4; axis++) {
                index[axis] -= p.before[axis];
                inside = inside && index[axis] >= 0 && index[axis] < p.in_shape[axis];
            }
            expected[at] = inside ? x[ravel(index, p.in_shape)] : (uint8_t)p.value;
        }
        record_status(o, n6_pad_8(&p, x, y), N6_OK);
        record(o, y, expected, outputs);
    }
}

void slice_cases(outcome_t *o) {
    for (int i = 0; i < 60; i++) {
        n6_slice_t p = {0};
        int32_t index[4];
        size_t outputs = 1;
        const uint8_t *x = (uint8_t *)random_bytes(SLOT_INPUT, random_shape(p.in_shape));
        for (int axis = 0; axis < 4; axis++) {
            p.step[axis] = random_between(0, 1) ? 1 : random_between(-3, 3);
            p.start[axis] = random_between(0, p.in_shape[axis] - 1);
            const int32_t room = p.step[axis] > 0   ? (p.in_shape[axis] - 1 - p.start[axis]) / p.step[axis]
                                 : p.step[axis] < 0 ? p.start[axis] / -p.step[axis]
                                                    : 3;
            p.out_shape[axis] = 1 + random_between(0, room);
            outputs *= (size_t)p.out_shape[axis];
        }
        uint8_t *y = guarded(SLOT_OUTPUT, outputs);
        for (size_t at = 0; at < outputs; at++) {
            unravel(at, p.out_shape, index);
            for (int axis = 0; axis < 4; axis++) {
                index[axis] = p.start[axis] + index[axis] * p.step[axis];
            }
            expected[at] = x[ravel(index, p.in_shape)];
        }
        record_status(o, n6_slice_8(&p, x, y), N6_OK);
        record(o, y, expected, outputs);
        p.start[2] = p.in_shape[2];
        record_status(o, n6_slice_8(&p, x, y), N6_ERROR_ARGUMENT);
    }
}

void transpose_cases(outcome_t *o) {
    for (int i = 0; i < 60; i++) {
        n6_transpose_t p = {.permutation = {0, 1, 2, 3}};
        const size_t bytes = random_shape(p.in_shape);
        int32_t out_shape[4];
        int32_t index[4];
        int32_t source[4];
        for (int axis = 3; axis > 0; axis--) {
            const int32_t other = random_between(0, axis);
            const int32_t kept = p.permutation[axis];
            p.permutation[axis] = p.permutation[other];
            p.permutation[other] = kept;
        }
        for (int axis = 0; axis < 4; axis++) {
            out_shape[axis] = p.in_shape[p.permutation[axis]];
        }
        const uint8_t *x = (uint8_t *)random_bytes(SLOT_INPUT, bytes);
        uint8_t *y = guarded(SLOT_OUTPUT, bytes);
        for (size_t at = 0; at < bytes; at++) {
            unravel(at, out_shape, index);
            for (int axis = 0; axis < 4; axis++) {
                source[p.permutation[axis]] = index[axis];
            }
            expected[at] = x[ravel(source, p.in_shape)];
        }
        record_status(o, n6_transpose_8(&p, x, y), N6_OK);
        record(o, y, expected, bytes);
        p.permutation[0] = p.permutation[1];
        record_status(o, n6_transpose_8(&p, x, y), N6_ERROR_ARGUMENT);
    }
}

/* In double, from the ONNX text. */
static double original_coordinate(const n6_resize_t *p, int32_t at, int32_t in_size, int32_t out_size, double scale) {
    switch (p->coordinates) {
    case N6_RESIZE_ASYMMETRIC:
        return at / scale;
    case N6_RESIZE_ALIGN_CORNERS:
        return out_size == 1 ? 0.0 : at * (in_size - 1.0) / (out_size - 1.0);
    case N6_RESIZE_PYTORCH_HALF_PIXEL:
        return out_size > 1 ? (at + 0.5) / scale - 0.5 : 0.0;
    default:
        return (at + 0.5) / scale - 0.5;
    }
}

static n6_resize_t random_resize(void) {
    n6_resize_t p = {.in_h = random_between(1, 8), .in_w = random_between(1, 8), .channels = random_between(1, 20),
                     .coordinates = (n6_resize_coordinates_t)random_between(0, 3),
                     .nearest = (n6_nearest_t)random_between(0, 3)};
    const bool doubled = random_between(0, 1);
    p.out_h = doubled ? 2 * p.in_h : random_between(1, 16);
    p.out_w = doubled ? 2 * p.in_w : random_between(1, 16);
    p.scale_h = (float)p.out_h / (float)p.in_h;
    p.scale_w = (float)p.out_w / (float)p.in_w;
    return p;
}

static int32_t clamp_index(double v, int32_t size) { return v < 0.0 ? 0 : (v > size - 1.0 ? size - 1 : (int32_t)v); }

static int32_t nearest_index(const n6_resize_t *p, double x, int32_t size) {
    const double at = nearbyint(x * 1048576.0) / 1048576.0; /* ties of the exact coordinate, whatever its rounding */
    switch (p->nearest) {
    case N6_NEAREST_FLOOR:
        return clamp_index(floor(at), size);
    case N6_NEAREST_CEIL:
        return clamp_index(ceil(at), size);
    case N6_NEAREST_ROUND_PREFER_CEIL:
        return clamp_index(floor(at + 0.5), size);
    default:
        return clamp_index(ceil(at - 0.5), size);
    }
}

void resize_nearest_cases(outcome_t *o) {
    for (int i = 0; i < 60; i++) {
        n6_resize_t p = random_resize();
        if (i % 2) { /* sizes whose scale is exact, so that ties are ties in binary32 too */
            p.out_h = p.in_h << random_between(0, 2);
            p.out_w = p.in_w << random_between(0, 2);
        } else {
            p.nearest = N6_NEAREST_ROUND_PREFER_FLOOR;
            p.coordinates = N6_RESIZE_HALF_PIXEL;
            p.out_h = 2 * p.in_h + 2 * random_between(0, 1);
            p.out_w = 2 * p.in_w;
        }
        p.scale_h = (float)p.out_h / (float)p.in_h;
        p.scale_w = (float)p.out_w / (float)p.in_w;
        const size_t outputs = (size_t)(p.out_h * p.out_w * p.channels);
        const uint8_t *x = (uint8_t *)random_bytes(SLOT_INPUT, (size_t)(p.in_h * p.in_w * p.channels));
        uint8_t *y = guarded(SLOT_OUTPUT, outputs);
        for (size_t at = 0; at < outputs; at++) {
            const int32_t c = (int32_t)at % p.channels;
            const int32_t pixel = (int32_t)at / p.channels;
            const double sh = (double)p.out_h / p.in_h;
            const double sw = (double)p.out_w / p.in_w;
            const int32_t iy =
                nearest_index(&p, original_coordinate(&p, pixel / p.out_w, p.in_h, p.out_h, sh), p.in_h);
            const int32_t ix =
                nearest_index(&p, original_coordinate(&p, pixel % p.out_w, p.in_w, p.out_w, sw), p.in_w);
            expected[at] = x[(iy * p.in_w + ix) * p.channels + c];
        }
        record_status(o, n6_resize_nearest_8(&p, x, y), N6_OK);
        record(o, y, expected, outputs);
    }
}

/* The two source indices on one axis and their weights, in binary32 as ONNX Runtime has them. */
static void expected_neighbours(const n6_resize_t *p, int32_t at, int32_t in_size, int32_t out_size, float scale,
                                int32_t index[2], float weight[2]) {
    const float x = (float)at;
    float from = (x + 0.5f) / scale - 0.5f;
    if (p->coordinates == N6_RESIZE_ASYMMETRIC) {
        from = x / scale;
    } else if (p->coordinates == N6_RESIZE_ALIGN_CORNERS) {
        from = out_size == 1 ? 0.0f : x * (float)(in_size - 1) / (float)(out_size - 1);
    } else if (p->coordinates == N6_RESIZE_PYTORCH_HALF_PIXEL && out_size == 1) {
        from = 0.0f;
    }
    if (scale == 1.0f) {
        from = x;
    }
    from = fmaxf(0.0f, fminf(from, (float)(in_size - 1)));
    index[0] = (int32_t)floorf(from);
    index[1] = index[0] + 1 < in_size ? index[0] + 1 : in_size - 1;
    weight[0] = index[0] == index[1] ? 0.5f : fabsf(from - (float)index[1]);
    weight[1] = index[0] == index[1] ? 0.5f : fabsf(from - (float)index[0]);
}

void resize_bilinear_cases(outcome_t *o) {
    for (int i = 0; i < 60; i++) {
        n6_resize_t p = random_resize();
        p.in_scale = random_scale(0.02f);
        p.out_scale = random_between(0, 1) ? p.in_scale : random_scale(0.02f);
        p.in_zero_point = random_zero_point();
        p.out_zero_point = random_zero_point();
        const size_t outputs = (size_t)(p.out_h * p.out_w * p.channels);
        const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(p.in_h * p.in_w * p.channels));
        int8_t *y = guarded(SLOT_OUTPUT, outputs);
        for (size_t at = 0; at < outputs; at++) {
            const int32_t pixel = (int32_t)at / p.channels;
            int32_t row[2];
            int32_t column[2];
            float row_weight[2];
            float column_weight[2];
            float value = 0.0f;
            expected_neighbours(&p, pixel / p.out_w, p.in_h, p.out_h, p.scale_h, row, row_weight);
            expected_neighbours(&p, pixel % p.out_w, p.in_w, p.out_w, p.scale_w, column, column_weight);
            for (int k = 0; k < 4; k++) {
                const int32_t source = (row[k / 2] * p.in_w + column[k % 2]) * p.channels + (int32_t)at % p.channels;
                const float real = (float)(x[source] - p.in_zero_point) * p.in_scale;
                value += column_weight[k % 2] * row_weight[k / 2] * real;
            }
            expected[at] = (uint8_t)expected_quantum(value / p.out_scale, p.out_zero_point, -128, 127);
        }
        record_status(o, n6_resize_bilinear_s8(&p, x, y), N6_OK);
        record(o, y, expected, outputs);
    }
}
