/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_cases.h"

typedef n6_status_t (*conv_kernel_t)(const n6_conv2d_t *, const int8_t *, const int8_t *, const int32_t *,
                                     const float *, int8_t *, void *, size_t);
typedef int64_t (*conv_sum_t)(const n6_conv2d_t *, const int8_t *, const int8_t *, int32_t, int32_t, int32_t);

static int32_t pixel_or_zero(const n6_conv2d_t *p, const int8_t *x, int32_t y, int32_t at_x, int32_t c) {
    const bool inside = y >= 0 && y < p->in_h && at_x >= 0 && at_x < p->in_w;
    return inside ? x[(y * p->in_w + at_x) * p->in_c + c] : p->in_zero_point;
}

/* The textbook sum over the real integers (stored minus zero point); the kernel gets the correction in the bias. */
static int64_t conv2d_sum(const n6_conv2d_t *p, const int8_t *x, const int8_t *w, int32_t oy, int32_t ox, int32_t oc) {
    const int32_t cg = p->in_c / p->groups;
    const int32_t first = oc / (p->out_c / p->groups) * cg;
    int64_t sum = 0;
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        for (int32_t kx = 0; kx < p->kernel_w; kx++) {
            for (int32_t c = 0; c < cg; c++) {
                const int32_t v = pixel_or_zero(p, x, oy * p->stride_h - p->pad_top + ky * p->dilation_h,
                                                ox * p->stride_w - p->pad_left + kx * p->dilation_w, first + c);
                sum += (int64_t)(v - p->in_zero_point) * w[((oc * p->kernel_h + ky) * p->kernel_w + kx) * cg + c];
            }
        }
    }
    return sum;
}

static int64_t depthwise_sum(const n6_conv2d_t *p, const int8_t *x, const int8_t *w, int32_t oy, int32_t ox,
                             int32_t oc) {
    int64_t sum = 0;
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        for (int32_t kx = 0; kx < p->kernel_w; kx++) {
            const int32_t v =
                pixel_or_zero(p, x, oy * p->stride_h - p->pad_top + ky * p->dilation_h,
                              ox * p->stride_w - p->pad_left + kx * p->dilation_w, oc / (p->out_c / p->in_c));
            sum += (int64_t)(v - p->in_zero_point) * w[(ky * p->kernel_w + kx) * p->out_c + oc];
        }
    }
    return sum;
}

/* Scatter, as the definition reads: every input pixel adds to the outputs it reaches. */
static int64_t transpose_sum(const n6_conv2d_t *p, const int8_t *x, const int8_t *w, int32_t oy, int32_t ox,
                             int32_t oc) {
    const int32_t cg = p->in_c / p->groups;
    const int32_t first = oc / (p->out_c / p->groups) * cg;
    int64_t sum = 0;
    for (int32_t iy = 0; iy < p->in_h; iy++) {
        for (int32_t ix = 0; ix < p->in_w; ix++) {
            for (int32_t ky = 0; ky < p->kernel_h; ky++) {
                for (int32_t kx = 0; kx < p->kernel_w; kx++) {
                    if (iy * p->stride_h - p->pad_top + ky * p->dilation_h != oy ||
                        ix * p->stride_w - p->pad_left + kx * p->dilation_w != ox) {
                        continue;
                    }
                    for (int32_t c = 0; c < cg; c++) {
                        sum += (int64_t)(x[(iy * p->in_w + ix) * p->in_c + first + c] - p->in_zero_point) *
                               w[((oc * p->kernel_h + ky) * p->kernel_w + kx) * cg + c];
                    }
                }
            }
        }
    }
    return sum;
}

static void random_output_range(int32_t *zero_point, int32_t *low, int32_t *high) {
    *zero_point = random_zero_point();
    *low = random_between(0, 1) ? -128 : random_between(-128, 0);
    *high = random_between(0, 1) ? 127 : random_between(*low, 127);
}

static void run_case(outcome_t *o, n6_conv2d_t *p, conv_kernel_t kernel, conv_sum_t reference, int32_t per_output,
                     bool weights_by_tap, size_t scratch_bytes) {
    const size_t outputs = (size_t)(p->out_h * p->out_w * p->out_c);
    if (outputs == 0 || outputs > EXPECTED_BYTES) {
        return;
    }
    p->in_zero_point = random_zero_point();
    random_output_range(&p->out_zero_point, &p->out_min, &p->out_max);
    const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(p->in_h * p->in_w * p->in_c));
    const int8_t *w = random_bytes(SLOT_SECOND, (size_t)(p->out_c * per_output));
    int32_t *bias = guarded(SLOT_BIAS, (size_t)p->out_c * sizeof(int32_t));
    float *scale = guarded(SLOT_SCALE, (size_t)p->out_c * sizeof(float));
    int8_t *y = guarded(SLOT_OUTPUT, outputs);
    void *scratch = scratch_bytes > 0 ? guarded(SLOT_SCRATCH, scratch_bytes) : NULL;
    for (int32_t c = 0; c < p->out_c; c++) {
        int32_t weight_sum = 0;
        for (int32_t i = 0; i < per_output; i++) {
            weight_sum += weights_by_tap ? w[i * p->out_c + c] : w[c * per_output + i];
        }
        bias[c] = random_between(-5000, 5000);
        scale[c] = random_scale(0.0005f);
        for (int32_t oy = 0; oy < p->out_h; oy++) {
            for (int32_t ox = 0; ox < p->out_w; ox++) {
                const int32_t sum = (int32_t)(bias[c] + reference(p, x, w, oy, ox, c));
                expected[(oy * p->out_w + ox) * p->out_c + c] =
                    (uint8_t)expected_quantum((float)sum * scale[c], p->out_zero_point, p->out_min, p->out_max);
            }
        }
        bias[c] -= p->in_zero_point * weight_sum;
    }
    if (scratch_bytes > 0) {
        record_status(o, kernel(p, x, w, bias, scale, y, scratch, scratch_bytes - 1), N6_ERROR_SCRATCH);
    }
    record_status(o, kernel(p, x, w, bias, scale, y, scratch, scratch_bytes), N6_OK);
    record(o, y, expected, outputs);
}

/* The sum of binary32 products in the reference's order, as n6_ties.h describes it. Products with padding are zeros. */
static float sum_in_order(const float *x, const float *w, int32_t count, int32_t matrix_rows, int32_t pixels) {
    float total = 0.0f;
    int32_t block = 128;
    for (int32_t width = 64; pixels < count && width >= 16 && width >= pixels; width /= 2) {
        block *= 2;
    }
    for (int32_t k = 0; k < count;) {
        const int32_t left = count - k;
        const int32_t together = matrix_rows > 1 ? (left < block ? left : block) : (left > 3 ? 4 : (left > 1 ? 2 : 1));
        float part = matrix_rows > 1 ? fmaf(x[k], w[k], 0.0f) : x[k] * w[k];
        for (int32_t i = k + 1; i < k + together; i++) {
            part = matrix_rows > 1 ? fmaf(x[i], w[i], part) : part + x[i] * w[i];
        }
        total += part;
        k += together;
    }
    return total;
}

/* Scales of 0.1, 0.05 and 0.01, so that every second output is a tie that only the rounding of the sum decides. */
static void run_ties(outcome_t *o, n6_conv2d_t p, conv_kernel_t kernel, bool weights_by_tap, size_t scratch_bytes) {
    static float xs[1024];
    static float ws[1024];
    const int32_t taps = p.kernel_h * p.kernel_w;
    const int32_t cg = p.in_c / p.groups;
    const int32_t rows = p.out_c / p.groups;
    const size_t outputs = (size_t)(p.out_h * p.out_w * p.out_c);
    if (outputs > EXPECTED_BYTES || cg * taps > 1024 || p.out_h * p.out_w < 2) {
        return;
    }
    p.in_scale = 0.1f;
    p.out_scale = 0.01f;
    p.in_zero_point = random_zero_point();
    random_output_range(&p.out_zero_point, &p.out_min, &p.out_max);
    const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(p.in_h * p.in_w * p.in_c));
    int8_t *w = guarded(SLOT_SECOND, (size_t)(p.out_c * cg * taps));
    int32_t *bias = guarded(SLOT_BIAS, (size_t)p.out_c * sizeof(int32_t));
    float *scale = guarded(SLOT_SCALE, (size_t)p.out_c * 3 * sizeof(float));
    int8_t *y = guarded(SLOT_OUTPUT, outputs);
    void *scratch = scratch_bytes > 0 ? guarded(SLOT_SCRATCH, scratch_bytes) : NULL;
    for (int32_t i = 0; i < p.out_c * cg * taps; i++) {
        w[i] = (int8_t)random_between(-2, 2); /* sums of the size of the output's range */
    }
    for (int32_t c = 0; c < p.out_c; c++) {
        const float weight_scale = 0.05f * (float)random_between(1, 2);
        const int32_t steps = random_between(-100, 100);
        int32_t weight_sum = 0;
        for (int32_t i = 0; i < cg * taps; i++) {
            weight_sum += weights_by_tap ? w[i * p.out_c + c] : w[c * cg * taps + i];
        }
        bias[c] = steps - p.in_zero_point * weight_sum;
        scale[c] = (float)((double)p.in_scale * (double)weight_scale / (double)p.out_scale);
        scale[p.out_c + c] = weight_scale;
        scale[2 * p.out_c + c] = (float)steps * (p.in_scale * weight_scale);
        for (int32_t pixel = 0; pixel < p.out_h * p.out_w; pixel++) {
            for (int32_t i = 0; i < cg * taps; i++) {
                const int32_t tap = i % taps;
                const int32_t channel = c / rows * cg + i / taps;
                const int32_t v = pixel_or_zero(
                    &p, x, pixel / p.out_w * p.stride_h - p.pad_top + tap / p.kernel_w * p.dilation_h,
                    pixel % p.out_w * p.stride_w - p.pad_left + tap % p.kernel_w * p.dilation_w, channel);
                xs[i] = (float)(v - p.in_zero_point) * p.in_scale;
                ws[i] = (float)(weights_by_tap ? w[tap * p.out_c + c] : w[(c * taps + tap) * cg + i / taps]) *
                        weight_scale;
            }
            const float real = sum_in_order(xs, ws, cg * taps, rows, p.out_h * p.out_w) + scale[2 * p.out_c + c];
            expected[pixel * p.out_c + c] =
                (uint8_t)expected_quantum(real / p.out_scale, p.out_zero_point, p.out_min, p.out_max);
        }
    }
    record_status(o, kernel(&p, x, w, bias, scale, y, scratch, scratch_bytes), N6_OK);
    record(o, y, expected, outputs);
}

static n6_conv2d_t random_geometry(int32_t largest_image) {
    return (n6_conv2d_t){.in_h = random_between(1, largest_image),
                         .in_w = random_between(1, largest_image),
                         .kernel_h = random_between(1, 5),
                         .kernel_w = random_between(1, 5),
                         .stride_h = random_between(1, 3),
                         .stride_w = random_between(1, 3),
                         .dilation_h = random_between(0, 3) ? 1 : random_between(1, 3),
                         .dilation_w = random_between(0, 3) ? 1 : random_between(1, 3),
                         .groups = 1};
}

static void random_padding(n6_conv2d_t *p) {
    const int32_t reach_h = (p->kernel_h - 1) * p->dilation_h;
    const int32_t reach_w = (p->kernel_w - 1) * p->dilation_w;
    p->pad_top = random_between(0, reach_h);
    p->pad_left = random_between(0, reach_w);
    p->out_h = (p->in_h + p->pad_top + random_between(0, reach_h) - reach_h + p->stride_h - 1) / p->stride_h;
    p->out_w = (p->in_w + p->pad_left + random_between(0, reach_w) - reach_w + p->stride_w - 1) / p->stride_w;
    p->out_h = p->out_h > 0 ? p->out_h : 1;
    p->out_w = p->out_w > 0 ? p->out_w : 1;
}

static void run_conv2d(outcome_t *o, n6_conv2d_t *p) {
    run_case(o, p, n6_conv2d_s8, conv2d_sum, p->kernel_h * p->kernel_w * (p->in_c / p->groups), false,
             n6_conv2d_s8_scratch_bytes(p));
}

void conv2d_cases(outcome_t *o) {
    for (int i = 0; i < 60; i++) {
        n6_conv2d_t p = random_geometry(9);
        p.groups = random_between(0, 3) ? 1 : random_between(1, 4);
        p.in_c = p.groups * random_between(1, 20);
        p.out_c = p.groups * random_between(1, 9);
        random_padding(&p);
        run_conv2d(o, &p);
    }
    for (int i = 0; i < 60; i++) { /* pointwise, every depth around the vector length */
        n6_conv2d_t p = {.in_h = random_between(1, 6), .in_w = random_between(1, 6), .in_c = 1 + i,
                         .out_c = random_between(1, 21), .kernel_h = 1, .kernel_w = 1, .stride_h = 1, .stride_w = 1,
                         .dilation_h = 1, .dilation_w = 1, .groups = 1};
        p.out_h = p.in_h;
        p.out_w = p.in_w;
        run_conv2d(o, &p);
    }
    n6_conv2d_t first = {.in_h = 19, .in_w = 17, .in_c = 3, .out_h = 10, .out_w = 9, .out_c = 24, .kernel_h = 5,
                         .kernel_w = 5, .stride_h = 2, .stride_w = 2, .dilation_h = 1, .dilation_w = 1, .pad_top = 2,
                         .pad_left = 2, .groups = 1};
    run_conv2d(o, &first);
    n6_conv2d_t wide = {.in_h = 3, .in_w = 3, .in_c = 600, .out_h = 3, .out_w = 3, .out_c = 5, .kernel_h = 3,
                        .kernel_w = 3, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .pad_top = 1,
                        .pad_left = 1, .groups = 1};
    run_conv2d(o, &wide); /* one gathered row is longer than the usual scratch */
    for (int i = 0; i < 60; i++) {
        n6_conv2d_t p = random_geometry(9);
        p.groups = random_between(0, 3) ? 1 : random_between(1, 4);
        p.in_c = p.groups * random_between(1, 20);
        p.out_c = p.groups * random_between(1, 9);
        random_padding(&p);
        run_ties(o, p, n6_conv2d_s8, false, n6_conv2d_s8_scratch_bytes(&p));
    }
    n6_conv2d_t deep = {.in_h = 12, .in_w = 24, .in_c = 5, .out_h = 12, .out_w = 24, .out_c = 6, .kernel_h = 1,
                        .kernel_w = 1, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .groups = 1};
    run_ties(o, deep, n6_conv2d_s8, false, 0); /* more pixels than ties are remembered at a time */
    for (deep.in_c = 100; deep.in_c < 1000; deep.in_c += 101) {
        deep.in_h = deep.out_h = random_between(1, 6);
        deep.in_w = deep.out_w = random_between(2, 14);
        run_ties(o, deep, n6_conv2d_s8, false, 0);
    }
    n6_conv2d_t bad = first;
    bad.groups = 2;
    record_status(o, n6_conv2d_s8(&bad, NULL, NULL, NULL, NULL, NULL, NULL, 0), N6_ERROR_ARGUMENT);
}

void depthwise_cases(outcome_t *o) {
    for (int i = 0; i < 120; i++) {
        n6_conv2d_t p = random_geometry(12);
        if (i % 3 == 0) {
            p.kernel_h = p.kernel_w = i % 2 ? 3 : 5;
            p.dilation_h = p.dilation_w = 1;
        }
        p.in_c = random_between(1, 40);
        p.groups = p.in_c;
        p.out_c = p.in_c * (random_between(0, 3) ? 1 : random_between(1, 4));
        random_padding(&p);
        run_case(o, &p, n6_depthwise_s8, depthwise_sum, p.kernel_h * p.kernel_w, true,
                 n6_depthwise_s8_scratch_bytes(&p));
        run_ties(o, p, n6_depthwise_s8, true, n6_depthwise_s8_scratch_bytes(&p));
    }
    n6_conv2d_t wide = {.in_h = 3, .in_w = 300, .in_c = 9, .out_h = 3, .out_w = 300, .out_c = 9, .kernel_h = 3,
                        .kernel_w = 3, .stride_h = 1, .stride_w = 1, .dilation_h = 1, .dilation_w = 1, .pad_top = 1,
                        .pad_left = 1, .groups = 9};
    run_ties(o, wide, n6_depthwise_s8, true, n6_depthwise_s8_scratch_bytes(&wide));
}

void conv_transpose_cases(outcome_t *o) {
    for (int i = 0; i < 30; i++) {
        n6_conv2d_t p = random_geometry(4);
        p.groups = random_between(0, 3) ? 1 : random_between(1, 4);
        p.in_c = p.groups * random_between(1, 20);
        p.out_c = p.groups * random_between(1, 7);
        p.pad_top = random_between(0, p.kernel_h / 2);
        p.pad_left = random_between(0, p.kernel_w / 2);
        p.out_h = (p.in_h - 1) * p.stride_h + (p.kernel_h - 1) * p.dilation_h + 1 - 2 * p.pad_top;
        p.out_w = (p.in_w - 1) * p.stride_w + (p.kernel_w - 1) * p.dilation_w + 1 - 2 * p.pad_left;
        if (p.out_h > 0 && p.out_w > 0) {
            run_case(o, &p, n6_conv_transpose_s8, transpose_sum, p.kernel_h * p.kernel_w * (p.in_c / p.groups), false,
                     n6_conv_transpose_s8_scratch_bytes(&p));
        }
    }
}

void fully_connected_cases(outcome_t *o) {
    for (int i = 0; i < 60; i++) {
        n6_fully_connected_t p = {.batches = random_between(1, 3), .in_features = random_between(1, 300),
                                  .out_features = random_between(1, 30)};
        random_output_range(&p.out_zero_point, &p.out_min, &p.out_max);
        const int8_t *x = random_bytes(SLOT_INPUT, (size_t)(p.batches * p.in_features));
        const int8_t *w = random_bytes(SLOT_SECOND, (size_t)(p.out_features * p.in_features));
        int32_t *bias = guarded(SLOT_BIAS, (size_t)p.out_features * sizeof(int32_t));
        float *scale = guarded(SLOT_SCALE, (size_t)p.out_features * sizeof(float));
        const size_t outputs = (size_t)(p.batches * p.out_features);
        int8_t *y = guarded(SLOT_OUTPUT, outputs);
        for (int32_t c = 0; c < p.out_features; c++) {
            bias[c] = random_between(-50000, 50000);
            scale[c] = random_scale(0.0005f);
            for (int32_t b = 0; b < p.batches; b++) {
                int64_t sum = bias[c];
                for (int32_t k = 0; k < p.in_features; k++) {
                    sum += x[b * p.in_features + k] * w[c * p.in_features + k];
                }
                expected[b * p.out_features + c] = (uint8_t)expected_quantum((float)(int32_t)sum * scale[c],
                                                                             p.out_zero_point, p.out_min, p.out_max);
            }
        }
        record_status(o, n6_fully_connected_s8(&p, x, w, bias, scale, y), N6_OK);
        record(o, y, expected, outputs);
    }
}
