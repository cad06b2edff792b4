/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_conv_geometry.h"

size_t n6_depthwise_s8_scratch_bytes(const n6_conv2d_t *p) {
    const int32_t blocks = (p->out_c + 7) / 8;
    return n6_conv2d_is_sound(p) ? (size_t)p->kernel_h * (size_t)p->kernel_w * (size_t)blocks * 8u : 0;
}

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
    for (int32_t y = 0; y < p->out_h; y++) {
        for (int32_t x = 0; x < p->out_w; x++) {
            for (int32_t c = 0; c < p->out_c; c++) {
                const int32_t sum = bias[c] + accumulate(p, input, weights, y, x, c);
                *output++ = n6_requantize(sum, scale[c], &range);
            }
        }
    }
    return N6_OK;
}
