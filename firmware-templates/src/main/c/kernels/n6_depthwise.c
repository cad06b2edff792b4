/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_ties.h"

size_t n6_depthwise_s8_scratch_bytes(const n6_conv2d_t *p) {
    const int32_t blocks = (p->out_c + 7) / 8;
    return n6_conv2d_is_sound(p) ? (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)blocks * 8u : 0;
}

/* Output (out_y, out_x, channel) as the reference computes it. */
N6_APART int8_t settled(const n6_conv2d_t *p, const n6_reference_t *r, const int8_t *input, const int8_t *weights,
                        int32_t out_y, int32_t out_x, int32_t channel) {
    const int32_t in_channel = channel / (p->out_c / p->in_c);
    n6_reference_sum_t sum = n6_reference_begin(r);
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        const int32_t y = out_y * p->stride_h - p->pad_top + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; kx++) {
            const int32_t x = out_x * p->stride_w - p->pad_left + kx * p->dilation_w;
            const bool inside = y >= 0 && y < p->in_h && x >= 0 && x < p->in_w;
            const int32_t value =
                inside ? input[((ptrdiff_t)y * p->in_w + x) * p->in_c + in_channel] : p->in_zero_point;
            n6_reference_add(r, &sum, channel, value, weights[(ptrdiff_t)(ky * p->kernel_w + kx) * p->out_c + channel]);
        }
    }
    return n6_reference_quantum(r, sum.total, channel);
}

#if N6_MVE

/* Eight output channels side by side, their products in two vectors of four: even channels and odd channels. The
 * weights of a group of eight lie together in scratch, tap after tap. Where the channels are no multiple of eight the
 * last group overlaps the one before and computes some channels twice. */

/* The inner loops need all eight vector registers. What is constant around them has to be loaded anew after this, else
 * GCC keeps it in registers and spills the sums. */
#define RELOAD_AFTER_HERE() __asm__ volatile("" ::: "memory")

typedef struct {
    int32x4_t even, odd;
} sums_t;

typedef struct {
    n6_conv2d_t p;
    ptrdiff_t column_step, row_step; /* in the input, from one tap to the next */
    ptrdiff_t pixel_step;            /* in the input, from one output pixel to the next */
    const int8_t *regrouped;
    const int32_t *bias;
    const float *scale;
    const int8_t *input;   /* as given to the kernel, for ties */
    const int8_t *weights; /* too */
    const n6_reference_t *reference;
    n6_ties_t *ties;
} depthwise_t;

/* One output row of one group of channels. `lanes` and `from` serve only where the eight input channels are not eight
 * neighbours. */
typedef struct {
    const int8_t *input;   /* at the first tap row that lies in the image, column 0, the group's first channel */
    const int8_t *weights; /* of that tap row */
    int8_t *output;
    int32_t tap_rows; /* that lie in the image */
    sums_t start;     /* bias, and the zero point times the weights of the other tap rows */
    float32x4_t scale_even, scale_odd;
    bool adjacent;
    uint16x8_t from;    /* input channel of each lane */
    mve_pred16_t lanes; /* channels that exist */
    int32_t y, channel; /* in the output */
} row_t;

N6_INLINE void add_products(sums_t *s, int16x8_t x, int16x8_t w) {
    s->even = vaddq_s32(s->even, vmullbq_int_s16(x, w));
    s->odd = vaddq_s32(s->odd, vmulltq_int_s16(x, w));
}

N6_INLINE void store_channels(const depthwise_t *k, const row_t *row, bool adjacent, sums_t s, int8_t *output) {
    const float32x4_t even = vmulq_f32(vcvtq_f32_s32(s.even), row->scale_even);
    const float32x4_t odd = vmulq_f32(vcvtq_f32_s32(s.odd), row->scale_odd);
    const float32x4_t even_rounded = vrndnq_f32(even);
    const float32x4_t odd_rounded = vrndnq_f32(odd);
    const uint32_t near_even = n6_near_ties(even, even_rounded, k->reference->far);
    const uint32_t near_odd = n6_near_ties(odd, odd_rounded, k->reference->far);
    if (__builtin_expect((near_even | near_odd) != 0, 0)) {
        n6_ties_t *const ties = k->ties;
        ties->at[ties->count] = output;
        ties->lanes[ties->count] = near_even | near_odd << 16;
        ties->count++;
    }
    const int32x4_t odd_quanta = vcvtq_s32_f32(odd_rounded);
    int16x8_t quanta = vqmovnbq_s32(vreinterpretq_s16_s32(odd_quanta), vcvtq_s32_f32(even_rounded));
    quanta = vqmovntq_s32(quanta, odd_quanta);
    quanta = vqaddq_n_s16(quanta, (int16_t)k->p.out_zero_point);
    quanta = vmaxq_s16(quanta, vdupq_n_s16((int16_t)k->p.out_min));
    quanta = vminq_s16(quanta, vdupq_n_s16((int16_t)k->p.out_max));
    if (adjacent) {
        vstrbq_s16(output, quanta);
    } else {
        vstrbq_p_s16(output, quanta, row->lanes);
    }
}

/* `count` tap rows whose values are all the zero point. */
static inline sums_t add_outside_rows(const depthwise_t *k, sums_t s, const int8_t *weights, int32_t count) {
    const int16x8_t outside = vdupq_n_s16((int16_t)k->p.in_zero_point);
    for (int32_t taps = count * k->p.kernel_w; taps > 0; taps--, weights += 8) {
        add_products(&s, outside, vldrbq_s16(weights));
    }
    return s;
}

/* One pixel, of whose window the columns first <= kx < end lie in the image; `at` is the image column of kx = 0. */
N6_INLINE sums_t sum_clipped(const depthwise_t *k, const row_t *row, bool adjacent, int32_t at, int32_t first,
                                 int32_t end) {
    const int16x8_t outside = vdupq_n_s16((int16_t)k->p.in_zero_point);
    const int8_t *input = row->input + (ptrdiff_t)at * k->p.in_c + first * k->column_step;
    const int8_t *w = row->weights;
    sums_t s = row->start;
    for (int32_t ky = row->tap_rows; ky > 0; ky--) {
        for (int32_t kx = first; kx > 0; kx--, w += 8) {
            add_products(&s, outside, vldrbq_s16(w));
        }
        const int8_t *tap = input;
        for (int32_t kx = end - first; kx > 0; kx--, w += 8, tap += k->column_step) {
            const int16x8_t x = adjacent ? vldrbq_s16(tap) : vldrbq_gather_offset_z_s16(tap, row->from, row->lanes);
            add_products(&s, x, vldrbq_s16(w));
        }
        for (int32_t kx = k->p.kernel_w - end; kx > 0; kx--, w += 8) {
            add_products(&s, outside, vldrbq_s16(w));
        }
        input += k->row_step;
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

N6_APART void clipped_pixels(const depthwise_t *k, const row_t *row, int32_t from, int32_t to) {
    for (int32_t x = from; x < to; x++) {
        const int32_t at = x * k->p.stride_w - k->p.pad_left;
        int32_t first;
        int32_t end;
        clip(at, k->p.dilation_w, k->p.kernel_w, k->p.in_w, &first, &end);
        int8_t *output = row->output + (ptrdiff_t)x * k->p.out_c;
        if (row->adjacent) {
            store_channels(k, row, true, sum_clipped(k, row, true, at, first, end), output);
        } else {
            store_channels(k, row, false, sum_clipped(k, row, false, at, first, end), output);
        }
    }
}

/* Pixels whose windows need no clipping, two at a time: they share the loads of the weights. */
static void inside_pixels(const depthwise_t *k, const row_t *row, int32_t from, int32_t to) {
    const int32_t kernel_w = k->p.kernel_w;
    const int32_t tap_rows = row->tap_rows;
    const ptrdiff_t column_step = k->column_step;
    const ptrdiff_t row_skip = k->row_step - kernel_w * column_step;
    const ptrdiff_t pixel_step = k->pixel_step;
    const ptrdiff_t out_step = k->p.out_c;
    const int8_t *const weights = row->weights;
    const int8_t *input = row->input + ((ptrdiff_t)from * k->p.stride_w - k->p.pad_left) * k->p.in_c;
    int8_t *output = row->output + from * out_step;
    for (int32_t left = to - from; left > 0; left -= 2) {
        RELOAD_AFTER_HERE();
        const int8_t *tap0 = input;
        const int8_t *tap1 = left > 1 ? input + pixel_step : input;
        const int8_t *w = weights;
        sums_t s0 = row->start;
        sums_t s1 = row->start;
        for (int32_t ky = tap_rows; ky > 0; ky--) {
            for (int32_t kx = kernel_w; kx > 0; kx--) {
                const int16x8_t weight = vldrbq_s16(w);
                add_products(&s0, vldrbq_s16(tap0), weight);
                add_products(&s1, vldrbq_s16(tap1), weight);
                w += 8;
                tap0 += column_step;
                tap1 += column_step;
            }
            tap0 += row_skip;
            tap1 += row_skip;
        }
        RELOAD_AFTER_HERE();
        store_channels(k, row, true, s0, output);
        output += out_step;
        if (left > 1) {
            store_channels(k, row, true, s1, output);
            output += out_step;
        }
        input += 2 * pixel_step;
    }
}

N6_APART void settle(const depthwise_t *k, const row_t *row) {
    for (int32_t i = 0; i < k->ties->count; i++) {
        int8_t *const at = k->ties->at[i];
        const int32_t x = (int32_t)((at - row->output) / k->p.out_c);
        for (int32_t lane = 0; lane < 4; lane++) {
            const uint32_t near = k->ties->lanes[i] >> (4 * lane);
            if ((near & 1u) != 0) {
                at[2 * lane] =
                    settled(&k->p, k->reference, k->input, k->weights, row->y, x, row->channel + 2 * lane);
            }
            if ((near >> 16 & 1u) != 0) {
                at[2 * lane + 1] =
                    settled(&k->p, k->reference, k->input, k->weights, row->y, x, row->channel + 2 * lane + 1);
            }
        }
    }
    k->ties->count = 0;
}

static int32_t limited(int32_t x, int32_t low, int32_t high) { return x < low ? low : (x > high ? high : x); }

/* Pixels left of, inside and right of the part whose windows need no clipping; no more at a time than there is room for
 * ties. */
static void convolve_row(const depthwise_t *k, const row_t *row) {
    const n6_conv2d_t *p = &k->p;
    const int32_t last_start = p->in_w - 1 - (p->kernel_w - 1) * p->dilation_w + p->pad_left;
    const int32_t from = row->adjacent ? (p->pad_left + p->stride_w - 1) / p->stride_w : p->out_w;
    const int32_t to = last_start >= 0 ? last_start / p->stride_w + 1 : 0;
    for (int32_t start = 0; start < p->out_w; start += N6_TIES) {
        const int32_t end = p->out_w - start < N6_TIES ? p->out_w : start + N6_TIES;
        const int32_t inside = limited(from, start, end);
        const int32_t after = limited(to, inside, end);
        clipped_pixels(k, row, start, inside);
        if (inside < after) {
            inside_pixels(k, row, inside, after);
        }
        clipped_pixels(k, row, after, end);
        if (k->ties->count > 0) {
            settle(k, row);
        }
    }
}

static bool has_adjacent_groups(const n6_conv2d_t *p) { return p->out_c == p->in_c && p->out_c >= 8; }

/* First channel of group number i. */
static int32_t group_start(const n6_conv2d_t *p, int32_t i) {
    return has_adjacent_groups(p) && 8 * i + 8 > p->out_c ? p->out_c - 8 : 8 * i;
}

static void load_adjacent(const depthwise_t *k, int32_t channel, row_t *row) {
    const int32x4x2_t bias = vld2q_s32(k->bias + channel);
    const float32x4x2_t scale = vld2q_f32(k->scale + channel);
    row->start = (sums_t){bias.val[0], bias.val[1]};
    row->scale_even = scale.val[0];
    row->scale_odd = scale.val[1];
}

static void load_spread(const depthwise_t *k, int32_t channel, row_t *row) {
    const int32_t count = k->p.out_c - channel < 8 ? k->p.out_c - channel : 8;
    const int32_t multiplier = k->p.out_c / k->p.in_c;
    const uint32x4_t even = vmulq_n_u32(vidupq_n_u32(0, 1), 2);
    const mve_pred16_t even_lanes = vctp32q((uint32_t)(count + 1) / 2u);
    const mve_pred16_t odd_lanes = vctp32q((uint32_t)count / 2u);
    row->start.even = vldrwq_gather_shifted_offset_z_s32(k->bias + channel, even, even_lanes);
    row->start.odd = vldrwq_gather_shifted_offset_z_s32(k->bias + channel + 1, even, odd_lanes);
    row->scale_even = vldrwq_gather_shifted_offset_z_f32(k->scale + channel, even, even_lanes);
    row->scale_odd = vldrwq_gather_shifted_offset_z_f32(k->scale + channel + 1, even, odd_lanes);
    row->lanes = vctp16q((uint32_t)count);
    uint16_t from[8];
    for (int32_t i = 0; i < 8; i++) {
        from[i] = (uint16_t)((channel + i) / multiplier - channel / multiplier);
    }
    row->from = vldrhq_u16(from);
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
                     const int8_t *weights, const int32_t *bias, const float *scale,
                     const n6_reference_t *reference, int8_t *output, int8_t *regrouped) {
    (void)range;
    n6_ties_t ties;
    ties.count = 0;
    const depthwise_t k = {.p = *p,
                           .column_step = (ptrdiff_t)p->dilation_w * p->in_c,
                           .row_step = (ptrdiff_t)p->dilation_h * p->in_w * p->in_c,
                           .pixel_step = (ptrdiff_t)p->stride_w * p->in_c,
                           .regrouped = regrouped,
                           .bias = bias,
                           .scale = scale,
                           .input = input,
                           .weights = weights,
                           .reference = reference,
                           .ties = &ties};
    regroup_weights(p, weights, regrouped);
    row_t row = {.adjacent = has_adjacent_groups(p)};
    for (int32_t y = 0; y < p->out_h; y++) {
        const int32_t start = y * p->stride_h - p->pad_top;
        int32_t first;
        int32_t end;
        clip(start, p->dilation_h, p->kernel_h, p->in_h, &first, &end);
        row.tap_rows = end - first;
        const int32_t skipped_bytes = first * p->kernel_w * 8;
        const int8_t *group_weights = regrouped;
        const int8_t *image_row = input + (ptrdiff_t)(start + first * p->dilation_h) * p->in_w * p->in_c;
        for (int32_t i = 0; 8 * i < p->out_c; i++) {
            const int32_t channel = group_start(p, i);
            row.y = y;
            row.channel = channel;
            if (row.adjacent) {
                load_adjacent(&k, channel, &row);
                row.input = image_row + channel;
            } else {
                load_spread(&k, channel, &row);
                row.input = image_row + channel / (p->out_c / p->in_c);
            }
            row.weights = group_weights + skipped_bytes;
            row.output = output + (ptrdiff_t)y * p->out_w * p->out_c + channel;
            row.start = add_outside_rows(&k, row.start, group_weights, first);
            row.start = add_outside_rows(&k, row.start, group_weights + end * p->kernel_w * 8, p->kernel_h - end);
            convolve_row(&k, &row);
            group_weights += p->kernel_h * p->kernel_w * 8;
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
                     const int8_t *weights, const int32_t *bias, const float *scale,
                     const n6_reference_t *reference, int8_t *output, int8_t *regrouped) {
    (void)regrouped; /* Helium only; asked for everywhere so that one memory plan serves every target */
    for (int32_t y = 0; y < p->out_h; y++) {
        for (int32_t x = 0; x < p->out_w; x++) {
            for (int32_t c = 0; c < p->out_c; c++) {
                const float value = (float)(bias[c] + accumulate(p, input, weights, y, x, c)) * scale[c];
                *output++ = n6_is_near_tie(value, reference) ? settled(p, reference, input, weights, y, x, c)
                                                             : (int8_t)n6_quantum(value, range);
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
    const n6_reference_t reference = n6_reference(p, scale, &range);
    convolve(p, &range, input, weights, bias, scale, &reference, output, scratch);
    return N6_OK;
}
