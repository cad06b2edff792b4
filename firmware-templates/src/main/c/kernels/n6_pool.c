/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>

#include "n6_kernels.h"
#include "n6_lanes.h"

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

/* The maximum of channels c.. of one window, limited to the output range; sixteen channels at a time with Helium. */
#if N6_MVE

#define MAX_LANES 16

N6_INLINE void maximum(const n6_pool2d_t *p, const int8_t *input, const window_t *w, int32_t active,
                           int8_t *output) {
    const mve_pred16_t lanes = vctp8q((uint32_t)active);
    const int8_t *row = input + ((ptrdiff_t)w->y0 * p->in_w + w->x0) * p->channels;
    int8x16_t best = vdupq_n_s8((int8_t)p->out_min);
    for (int32_t y = w->y1 - w->y0; y > 0; y--) {
        const int8_t *at = row;
        for (int32_t x = w->x1 - w->x0; x > 0; x--) {
            best = vmaxq_s8(best, active == MAX_LANES ? vldrbq_s8(at) : vldrbq_z_s8(at, lanes));
            at += p->channels;
        }
        row += (ptrdiff_t)p->in_w * p->channels;
    }
    best = vminq_s8(best, vdupq_n_s8((int8_t)p->out_max));
    if (active == MAX_LANES) {
        vstrbq_s8(output, best);
    } else {
        vstrbq_p_s8(output, best, lanes);
    }
}

#else

#define MAX_LANES 1

N6_INLINE void maximum(const n6_pool2d_t *p, const int8_t *input, const window_t *w, int32_t active,
                           int8_t *output) {
    (void)active;
    int32_t best = p->out_min;
    for (int32_t y = w->y0; y < w->y1; y++) {
        for (int32_t x = w->x0; x < w->x1; x++) {
            const int32_t value = input[((ptrdiff_t)y * p->in_w + x) * p->channels];
            best = value > best ? value : best;
        }
    }
    *output = (int8_t)(best < p->out_max ? best : p->out_max);
}

#endif

n6_status_t n6_max_pool_s8(const n6_pool2d_t *p, const int8_t *input, int8_t *output) {
    if (!is_sound(p) || !n6_is_int8(p->out_min) || !n6_is_int8(p->out_max) || p->out_min > p->out_max) {
        return N6_ERROR_ARGUMENT;
    }
    for (int32_t y = 0; y < p->out_h; y++) {
        for (int32_t x = 0; x < p->out_w; x++) {
            const window_t w = window_at(p, y, x);
            int32_t c = 0;
            for (; c + MAX_LANES <= p->channels; c += MAX_LANES) {
                maximum(p, input + c, &w, MAX_LANES, output + c);
            }
            if (c < p->channels) {
                maximum(p, input + c, &w, p->channels - c, output + c);
            }
            output += p->channels;
        }
    }
    return N6_OK;
}

/* The float sum of one channel group over a window. The order of the additions decides ties, so it follows ONNX Runtime
 * (MLAS on the channels-first tensor): columns first where stride_w is 1 or 2, row by row for longer strides, four
 * interleaved parts where the window is the whole image. */
typedef struct {
    const n6_pool2d_t *p;
    const int8_t *input; /* at the first channel of the group */
    int32_t active;
} channel_group_t;

N6_INLINE n6_lanes_t load_real(const channel_group_t *g, const int8_t *at) {
    return n6_lanes_load(at, g->p->in_zero_point, g->p->in_scale, g->active);
}

N6_INLINE n6_lanes_t real_at(const channel_group_t *g, int32_t pixel) {
    return load_real(g, g->input + (ptrdiff_t)pixel * g->p->channels);
}

N6_INLINE n6_lanes_t sum_by_columns(const channel_group_t *g, const window_t *w) {
    n6_lanes_t sum = n6_lanes_of(0.0f);
    for (int32_t x = w->x0; x < w->x1; x++) {
        n6_lanes_t column = real_at(g, w->y0 * g->p->in_w + x);
        for (int32_t y = w->y0 + 1; y < w->y1; y++) {
            column = n6_lanes_add(column, real_at(g, y * g->p->in_w + x));
        }
        sum = n6_lanes_add(sum, column);
    }
    return sum;
}

N6_INLINE n6_lanes_t sum_by_rows(const channel_group_t *g, const window_t *w) {
    n6_lanes_t sum = n6_lanes_of(0.0f);
    for (int32_t y = w->y0; y < w->y1; y++) {
        for (int32_t x = w->x0; x < w->x1; x++) {
            sum = n6_lanes_add(sum, real_at(g, y * g->p->in_w + x));
        }
    }
    return sum;
}

N6_INLINE n6_lanes_t sum_of_image(const channel_group_t *g) {
    const uint32_t pixels = (uint32_t)(g->p->in_h * g->p->in_w);
    const ptrdiff_t step = g->p->channels;
    const int8_t *at = g->input;
    n6_lanes_t part0 = n6_lanes_of(0.0f);
    n6_lanes_t part1 = part0;
    n6_lanes_t part2 = part0;
    n6_lanes_t part3 = part0;
    for (uint32_t quads = pixels / 4; quads > 0; quads--) {
        part0 = n6_lanes_add(part0, load_real(g, at));
        part1 = n6_lanes_add(part1, load_real(g, at + step));
        part2 = n6_lanes_add(part2, load_real(g, at + 2 * step));
        part3 = n6_lanes_add(part3, load_real(g, at + 3 * step));
        at += 4 * step;
    }
    n6_lanes_t sum = n6_lanes_add(n6_lanes_add(part0, part2), n6_lanes_add(part1, part3));
    for (uint32_t rest = pixels % 4; rest > 0; rest--) {
        sum = n6_lanes_add(sum, load_real(g, at));
        at += step;
    }
    return sum;
}

typedef enum { SUM_BY_COLUMNS, SUM_BY_ROWS, SUM_OF_IMAGE } sum_order_t;

static sum_order_t sum_order(const n6_pool2d_t *p) {
    if (p->kernel_h == p->in_h && p->kernel_w == p->in_w && p->stride_h == 1 && p->stride_w == 1 && p->out_h == 1 &&
        p->out_w == 1 && p->pad_top == 0 && p->pad_left == 0) {
        return SUM_OF_IMAGE;
    }
    return p->stride_w <= 2 && p->kernel_h <= 32 && p->kernel_w <= 32 ? SUM_BY_COLUMNS : SUM_BY_ROWS;
}

typedef struct {
    n6_divisor_t count, out_scale;
    n6_output_range_t range;
} averaging_t;

N6_INLINE void average_group(const channel_group_t *g, sum_order_t order, const window_t *w,
                                 const averaging_t *a, int8_t *output) {
    const n6_lanes_t sum = order == SUM_OF_IMAGE  ? sum_of_image(g)
                           : order == SUM_BY_ROWS ? sum_by_rows(g, w)
                                                  : sum_by_columns(g, w);
    n6_lanes_store(output, n6_lanes_divide(n6_lanes_divide(sum, a->count), a->out_scale), &a->range, g->active);
}

/* All channels of one output pixel. `order` is a constant where this is inlined. */
N6_INLINE void average(const n6_pool2d_t *p, sum_order_t order, const int8_t *input, const window_t *w,
                           const averaging_t *shared, int8_t *output) {
    const averaging_t a = *shared; /* copies that the stores cannot alias */
    const n6_pool2d_t local = *p;
    int32_t c = 0;
    for (; c + N6_LANES <= local.channels; c += N6_LANES) {
        const channel_group_t g = {.p = &local, .input = input + c, .active = N6_LANES};
        average_group(&g, order, w, &a, output + c);
    }
    if (c < local.channels) {
        const channel_group_t g = {.p = &local, .input = input + c, .active = local.channels - c};
        average_group(&g, order, w, &a, output + c);
    }
}

n6_status_t n6_average_pool_s8(const n6_pool2d_t *p, const int8_t *input, int8_t *output) {
    averaging_t a = {.out_scale = n6_divisor(p->out_scale)};
    if (!is_sound(p) || !n6_is_int8(p->in_zero_point) ||
        !n6_output_range(p->out_zero_point, p->out_min, p->out_max, &a.range)) {
        return N6_ERROR_ARGUMENT;
    }
    const sum_order_t order = sum_order(p);
    for (int32_t y = 0; y < p->out_h; y++) {
        for (int32_t x = 0; x < p->out_w; x++) {
            const window_t w = window_at(p, y, x);
            const int32_t inside = (w.y1 - w.y0) * (w.x1 - w.x0);
            a.count = n6_divisor((float)(p->count_include_pad ? p->kernel_h * p->kernel_w : inside));
            if (order == SUM_OF_IMAGE) {
                average(p, SUM_OF_IMAGE, input, &w, &a, output);
            } else if (order == SUM_BY_ROWS) {
                average(p, SUM_BY_ROWS, input, &w, &a, output);
            } else {
                average(p, SUM_BY_COLUMNS, input, &w, &a, output);
            }
            output += p->channels;
        }
    }
    return N6_OK;
}
