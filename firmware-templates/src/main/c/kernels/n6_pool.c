/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "n6_kernels.h"
#include "n6_requantize.h"

/* The part of a pooling window that lies in the image. */
typedef struct {
    int32_t y0, y1, x0, x1;
} window_t;

static bool is_sound(const n6_pool2d_t *p) {
    return p->in_h > 0 && p->in_w > 0 && p->channels > 0 && p->out_h > 0 && p->out_w > 0 && p->kernel_h > 0 &&
           p->kernel_w > 0 && p->stride_h > 0 && p->stride_w > 0 && p->pad_top >= 0 && p->pad_left >= 0 &&
           p->pad_top < p->kernel_h && p->pad_left < p->kernel_w &&
           (p->out_h - 1) * p->stride_h - p->pad_top < p->in_h && (p->out_w - 1) * p->stride_w - p->pad_left < p->in_w;
}

static window_t window_at(const n6_pool2d_t *p, int32_t out_y, int32_t out_x) {
    const int32_t y = out_y * p->stride_h - p->pad_top;
    const int32_t x = out_x * p->stride_w - p->pad_left;
    const int32_t y_end = y + p->kernel_h;
    const int32_t x_end = x + p->kernel_w;
    return (window_t){.y0 = y > 0 ? y : 0,
                      .y1 = y_end < p->in_h ? y_end : p->in_h,
                      .x0 = x > 0 ? x : 0,
                      .x1 = x_end < p->in_w ? x_end : p->in_w};
}

static int32_t maximum(const n6_pool2d_t *p, const int8_t *input, const window_t *w, int32_t channel) {
    int32_t best = INT8_MIN;
    for (int32_t y = w->y0; y < w->y1; y++) {
        for (int32_t x = w->x0; x < w->x1; x++) {
            const int32_t value = input[((ptrdiff_t)y * p->in_w + x) * p->channels + channel];
            best = value > best ? value : best;
        }
    }
    return best;
}

n6_status_t n6_max_pool_s8(const n6_pool2d_t *p, const int8_t *input, int8_t *output) {
    if (!is_sound(p) || !n6_is_int8(p->out_min) || !n6_is_int8(p->out_max) || p->out_min > p->out_max) {
        return N6_ERROR_ARGUMENT;
    }
    for (int32_t y = 0; y < p->out_h; y++) {
        for (int32_t x = 0; x < p->out_w; x++) {
            const window_t w = window_at(p, y, x);
            for (int32_t c = 0; c < p->channels; c++) {
                const int32_t best = maximum(p, input, &w, c);
                const int32_t above = best > p->out_min ? best : p->out_min;
                *output++ = (int8_t)(above < p->out_max ? above : p->out_max);
            }
        }
    }
    return N6_OK;
}

static int32_t sum_of(const n6_pool2d_t *p, const int8_t *input, const window_t *w, int32_t channel) {
    int32_t sum = 0;
    for (int32_t y = w->y0; y < w->y1; y++) {
        for (int32_t x = w->x0; x < w->x1; x++) {
            sum += input[((ptrdiff_t)y * p->in_w + x) * p->channels + channel] - p->in_zero_point;
        }
    }
    return sum;
}

n6_status_t n6_average_pool_s8(const n6_pool2d_t *p, const int8_t *input, int8_t *output) {
    n6_output_range_t range;
    if (!is_sound(p) || !n6_is_int8(p->in_zero_point) ||
        !n6_output_range(p->out_zero_point, p->out_min, p->out_max, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    for (int32_t y = 0; y < p->out_h; y++) {
        for (int32_t x = 0; x < p->out_w; x++) {
            const window_t w = window_at(p, y, x);
            const int32_t inside = (w.y1 - w.y0) * (w.x1 - w.x0);
            const float count = (float)(p->count_include_pad ? p->kernel_h * p->kernel_w : inside);
            for (int32_t c = 0; c < p->channels; c++) {
                const float mean = (float)sum_of(p, input, &w, c) * p->in_scale / count;
                *output++ = (int8_t)n6_quantum(mean / p->out_scale, &range);
            }
        }
    }
    return N6_OK;
}
