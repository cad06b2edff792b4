/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_conv_geometry.h"

size_t n6_depthwise_s8_scratch_bytes(const n6_conv2d_t *p) {
    const int32_t blocks = (p->out_c + 7) / 8;
    return n6_conv2d_is_sound(p) ? (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)blocks * 8u : 0;
}

#if N6_MVE

/* Eight output channels side by side, their products in two vectors of four: even channels and odd channels. The
 * weights of a group of eight lie together in scratch, tap after tap. Where the channels are no multiple of eight the
 * last group overlaps the one before and computes some channels twice. */

typedef struct {
    const n6_conv2d_t *p;
    int8_t in_zero_point;
    int32_t taps;
    ptrdiff_t column_step, row_step; /* in the input, from one tap to the next */
    n6_output_range_t range;
    int32_t out_min, out_max;
} depthwise_t;

/* One group of channels; `lanes` and `from` serve only where the eight input channels are not eight neighbours. */
typedef struct {
    const int8_t *weights;
    int32x4_t bias_even, bias_odd;
    float32x4_t scale_even, scale_odd;
    bool adjacent;
    uint16x8_t from;    /* input channel of each lane */
    mve_pred16_t lanes; /* channels that exist */
} group_t;

typedef struct {
    int32x4_t even, odd;
} sums_t;

static inline void add_products(sums_t *s, int16x8_t x, int16x8_t w) {
    s->even = vaddq_s32(s->even, vmullbq_int_s16(x, w));
    s->odd = vaddq_s32(s->odd, vmulltq_int_s16(x, w));
}

static inline int16x8_t load_channels(const group_t *g, bool adjacent, const int8_t *at) {
    return adjacent ? vldrbq_s16(at) : vldrbq_gather_offset_z_s16(at, g->from, g->lanes);
}

static inline void store_channels(const depthwise_t *k, const group_t *g, bool adjacent, const sums_t *s,
                                  int8_t *output) {
    const float32x4_t even = vmulq_f32(vcvtq_f32_s32(s->even), g->scale_even);
    const float32x4_t odd = vmulq_f32(vcvtq_f32_s32(s->odd), g->scale_odd);
    int16x8_t quanta = vqmovnbq_s32(vdupq_n_s16(0), vcvtnq_s32_f32(even));
    quanta = vqmovntq_s32(quanta, vcvtnq_s32_f32(odd));
    quanta = vqaddq_n_s16(quanta, (int16_t)k->range.zero_point);
    quanta = vmaxq_s16(quanta, vdupq_n_s16((int16_t)k->out_min));
    quanta = vminq_s16(quanta, vdupq_n_s16((int16_t)k->out_max));
    if (adjacent) {
        vstrbq_s16(output, quanta);
    } else {
        vstrbq_p_s16(output, quanta, g->lanes);
    }
}

/* A pixel whose window lies inside the image. kernel_w is a constant where this is inlined. */
static inline sums_t sum_inside(const depthwise_t *k, const group_t *g, const int8_t *at, int32_t kernel_w) {
    sums_t s = {g->bias_even, g->bias_odd};
    const int8_t *w = g->weights;
    for (int32_t ky = k->p->kernel_h; ky > 0; ky--) {
        const int8_t *tap = at;
        for (int32_t kx = 0; kx < kernel_w; kx++) {
            add_products(&s, vldrbq_s16(tap), vldrbq_s16(w));
            tap += k->column_step;
            w += 8;
        }
        at += k->row_step;
    }
    return s;
}

/* Any pixel. Columns kx0 <= kx < kx1 of the kernel lie in the image, rows ky0 <= ky < ky1; the others see the zero
 * point. `at` points at tap (0, 0), which may lie outside the image and is not read then. */
static inline sums_t sum_clipped(const depthwise_t *k, const group_t *g, bool adjacent, const int8_t *at, int32_t ky0,
                                 int32_t ky1, int32_t kx0, int32_t kx1) {
    sums_t s = {g->bias_even, g->bias_odd};
    const int8_t *w = g->weights;
    const int16x8_t outside = vdupq_n_s16(k->in_zero_point);
    const int32_t kernel_w = k->p->kernel_w;
    for (int32_t ky = 0; ky < k->p->kernel_h; ky++) {
        const bool row_inside = ky >= ky0 && ky < ky1;
        const int32_t first = row_inside ? kx0 : kernel_w;
        const int32_t end = row_inside ? kx1 : kernel_w;
        for (int32_t kx = 0; kx < first; kx++, w += 8) {
            add_products(&s, outside, vldrbq_s16(w));
        }
        const int8_t *tap = at + ky * k->row_step + first * k->column_step;
        for (int32_t kx = first; kx < end; kx++, w += 8, tap += k->column_step) {
            add_products(&s, load_channels(g, adjacent, tap), vldrbq_s16(w));
        }
        for (int32_t kx = end; kx < kernel_w; kx++, w += 8) {
            add_products(&s, outside, vldrbq_s16(w));
        }
    }
    return s;
}

/* The taps of one axis that lie in the image: first <= tap < end, where tap 0 is at `start`. */
static inline void clip(int32_t start, int32_t dilation, int32_t kernel, int32_t size, int32_t *first, int32_t *end) {
    int32_t low = 0;
    int32_t high = kernel;
    while (low < kernel && start + low * dilation < 0) {
        low++;
    }
    while (high > low && start + (high - 1) * dilation >= size) {
        high--;
    }
    *first = low;
    *end = high;
}

typedef struct {
    int32_t y, ky0, ky1;
    const int8_t *input; /* the image row of tap row 0, at the group's first channel */
    int8_t *output;      /* the output row, at the group's first channel */
} row_t;

static void clipped_pixels(const depthwise_t *k, const group_t *g, const row_t *row, int32_t from, int32_t to) {
    const n6_conv2d_t *p = k->p;
    for (int32_t x = from; x < to; x++) {
        const int32_t start = x * p->stride_w - p->pad_left;
        int32_t kx0;
        int32_t kx1;
        clip(start, p->dilation_w, p->kernel_w, p->in_w, &kx0, &kx1);
        const int8_t *at = row->input + (ptrdiff_t)start * p->in_c;
        int8_t *output = row->output + (ptrdiff_t)x * p->out_c;
        if (g->adjacent) {
            const sums_t s = sum_clipped(k, g, true, at, row->ky0, row->ky1, kx0, kx1);
            store_channels(k, g, true, &s, output);
        } else {
            const sums_t s = sum_clipped(k, g, false, at, row->ky0, row->ky1, kx0, kx1);
            store_channels(k, g, false, &s, output);
        }
    }
}

static inline void inside_pixels(const depthwise_t *shared, const group_t *g, const row_t *row, int32_t from,
                                 int32_t to, int32_t kernel_w) {
    const depthwise_t k = *shared;
    const n6_conv2d_t *p = k.p;
    const ptrdiff_t in_step = (ptrdiff_t)p->stride_w * p->in_c;
    const ptrdiff_t out_step = p->out_c;
    const int8_t *at = row->input + ((ptrdiff_t)from * p->stride_w - p->pad_left) * p->in_c;
    int8_t *output = row->output + from * out_step;
    for (int32_t count = to - from; count > 0; count--) {
        const sums_t s = sum_inside(&k, g, at, kernel_w);
        store_channels(&k, g, true, &s, output);
        at += in_step;
        output += out_step;
    }
}

/* One output row of one group: pixels left of, inside and right of the part whose windows need no clipping. */
static void group_row(const depthwise_t *k, const group_t *g, const row_t *row) {
    const n6_conv2d_t *p = k->p;
    const int32_t reach = (p->kernel_w - 1) * p->dilation_w;
    int32_t from = (p->pad_left + p->stride_w - 1) / p->stride_w;
    int32_t to = p->in_w - 1 - reach + p->pad_left >= 0 ? (p->in_w - 1 - reach + p->pad_left) / p->stride_w + 1 : 0;
    to = to < p->out_w ? to : p->out_w;
    if (!g->adjacent || row->ky0 > 0 || row->ky1 < p->kernel_h || from >= to) {
        clipped_pixels(k, g, row, 0, p->out_w);
        return;
    }
    clipped_pixels(k, g, row, 0, from);
    if (p->kernel_w == 3) {
        inside_pixels(k, g, row, from, to, 3);
    } else if (p->kernel_w == 5) {
        inside_pixels(k, g, row, from, to, 5);
    } else {
        inside_pixels(k, g, row, from, to, p->kernel_w);
    }
    clipped_pixels(k, g, row, to, p->out_w);
}

static bool has_adjacent_groups(const n6_conv2d_t *p) { return p->out_c == p->in_c && p->out_c >= 8; }

/* First channel of group number i. */
static int32_t group_start(const n6_conv2d_t *p, int32_t i) {
    return has_adjacent_groups(p) && 8 * i + 8 > p->out_c ? p->out_c - 8 : 8 * i;
}

static group_t make_group(const n6_conv2d_t *p, int32_t channel, const int8_t *weights, const int32_t *bias,
                          const float *scale) {
    group_t g = {.weights = weights, .adjacent = has_adjacent_groups(p)};
    const int32_t count = p->out_c - channel < 8 ? p->out_c - channel : 8;
    const uint32x4_t even = vmulq_n_u32(vidupq_n_u32(0, 1), 2);
    const mve_pred16_t even_lanes = vctp32q((uint32_t)(count + 1) / 2u);
    const mve_pred16_t odd_lanes = vctp32q((uint32_t)count / 2u);
    g.bias_even = vldrwq_gather_shifted_offset_z_s32(bias + channel, even, even_lanes);
    g.bias_odd = vldrwq_gather_shifted_offset_z_s32(bias + channel + 1, even, odd_lanes);
    g.scale_even = vldrwq_gather_shifted_offset_z_f32(scale + channel, even, even_lanes);
    g.scale_odd = vldrwq_gather_shifted_offset_z_f32(scale + channel + 1, even, odd_lanes);
    g.lanes = vctp16q((uint32_t)count);
    const int32_t multiplier = p->out_c / p->in_c;
    uint16_t from[8];
    for (int32_t i = 0; i < 8; i++) {
        from[i] = (uint16_t)((channel + i) / multiplier - channel / multiplier);
    }
    g.from = vldrhq_u16(from);
    return g;
}

static void regroup_weights(const n6_conv2d_t *p, const int8_t *weights, int8_t *regrouped) {
    const int32_t taps = p->kernel_h * p->kernel_w;
    for (int32_t i = 0; 8 * i < p->out_c; i++) {
        const int32_t channel = group_start(p, i);
        const mve_pred16_t lanes = vctp16q((uint32_t)(p->out_c - channel));
        const int8_t *from = weights + channel;
        for (int32_t tap = 0; tap < taps; tap++) {
            vstrbq_s16(regrouped, vldrbq_z_s16(from, lanes));
            regrouped += 8;
            from += p->out_c;
        }
    }
}

static void convolve(const n6_conv2d_t *p, const n6_output_range_t *range, const int8_t *input,
                     const int8_t *weights, const int32_t *bias, const float *scale, int8_t *output,
                     int8_t *regrouped) {
    const depthwise_t k = {.p = p,
                           .in_zero_point = (int8_t)p->in_zero_point,
                           .taps = p->kernel_h * p->kernel_w,
                           .column_step = (ptrdiff_t)p->dilation_w * p->in_c,
                           .row_step = (ptrdiff_t)p->dilation_h * p->in_w * p->in_c,
                           .range = *range,
                           .out_min = p->out_min,
                           .out_max = p->out_max};
    regroup_weights(p, weights, regrouped);
    row_t row;
    for (row.y = 0; row.y < p->out_h; row.y++) {
        const int32_t start = row.y * p->stride_h - p->pad_top;
        clip(start, p->dilation_h, p->kernel_h, p->in_h, &row.ky0, &row.ky1);
        for (int32_t i = 0; 8 * i < p->out_c; i++) {
            const int32_t channel = group_start(p, i);
            const group_t g = make_group(p, channel, regrouped + (ptrdiff_t)i * k.taps * 8, bias, scale);
            row.input = input + (ptrdiff_t)start * p->in_w * p->in_c + channel / (p->out_c / p->in_c);
            row.output = output + (ptrdiff_t)row.y * p->out_w * p->out_c + channel;
            group_row(&k, &g, &row);
        }
    }
}

#else

static int32_t accumulate(const n6_conv2d_t *p, const int8_t *input, const int8_t *weights, int32_t out_y,
                          int32_t out_x, int32_t channel) {
    const int32_t in_channel = channel / (p->out_c / p->in_c);
    int32_t sum = 0;
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        const int32_t y = out_y * p->stride_h - p->pad_top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; kx++) {
            const int32_t x = out_x * p->stride_w - p->pad_left + kx * p->dilation_w;
            const bool inside = y >= 0 && y < p->in_h && x >= 0 && x < p->in_w;
            const int32_t value =
                inside ? input[((ptrdiff_t)y * p->in_w + x) * p->in_c + in_channel] : p->in_zero_point;
            sum += value * weights[(ptrdiff_t)(ky * p->kernel_w + kx) * p->out_c + channel];
        }
    }
    return sum;
}

static void convolve(const n6_conv2d_t *p, const n6_output_range_t *range, const int8_t *input,
                     const int8_t *weights, const int32_t *bias, const float *scale, int8_t *output,
                     int8_t *regrouped) {
    (void)regrouped; /* Helium only; asked for everywhere so that one memory plan serves every target */
    for (int32_t y = 0; y < p->out_h; y++) {
        for (int32_t x = 0; x < p->out_w; x++) {
            for (int32_t c = 0; c < p->out_c; c++) {
                const int32_t sum = bias[c] + accumulate(p, input, weights, y, x, c);
                *output++ = n6_requantize(sum, scale[c], range);
            }
        }
    }
}

#endif

n6_status_t n6_depthwise_s8(const n6_conv2d_t *p, const int8_t *input, const int8_t *weights, const int32_t *bias,
                            const float *scale, int8_t *output, void *scratch, size_t scratch_bytes) {
    n6_output_range_t range;
    if (!n6_conv2d_is_sound(p) || p->groups != p->in_c ||
        !n6_output_range(p->out_zero_point, p->out_min, p->out_max, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    if (scratch == NULL || scratch_bytes < n6_depthwise_s8_scratch_bytes(p)) {
        return N6_ERROR_SCRATCH;
    }
    convolve(p, &range, input, weights, bias, scale, output, scratch);
    return N6_OK;
}
