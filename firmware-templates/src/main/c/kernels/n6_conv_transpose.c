/* SPDX-License-Identifier: Apache-2.0 */
/* Transposed convolution, gathered per output pixel: tap (ky, kx) of output (y, x) reads input
 * ((y + pad - ky*dilation) / stride, ...) where that is a whole number inside the image, else the zero point. */

#include "n6_bytes.h"
#include "n6_conv_geometry.h"
#include "n6_matmul.h"

size_t n6_conv_transpose_s8_scratch_bytes(const n6_conv2d_t *p) {
    return n6_conv2d_is_sound(p) ? n6_conv2d_gather_bytes(p) : 0;
}

/* The input index that output position `at` (padding added, tap offset taken off) comes from, or -1. */
static int32_t source_index(int32_t at, int32_t stride, int32_t size) {
    return at >= 0 && at % stride == 0 && at / stride < size ? at / stride : -1;
}

static void gather_patch(const n6_conv2d_t *p, const int8_t *input, int32_t out_y, int32_t out_x, int32_t group,
                         int8_t *to) {
    const int32_t channels = p->in_c / p->groups;
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        const int32_t y = source_index(out_y + p->pad_top - ky * p->dilation_h, p->stride_h, p->in_h);
        if (y < 0) {
            to = n6_fill_bytes(to, p->in_zero_point, p->kernel_w * channels);
            continue;
        }
        const int8_t *image_row = input + (ptrdiff_t)y * p->in_w * p->in_c + group * channels;
        for (int32_t kx = 0; kx < p->kernel_w; kx++) {
            const int32_t x = source_index(out_x + p->pad_left - kx * p->dilation_w, p->stride_w, p->in_w);
            if (x < 0) {
                to = n6_fill_bytes(to, p->in_zero_point, channels);
            } else {
                to = n6_copy_bytes(to, image_row + (ptrdiff_t)x * p->in_c, channels);
            }
        }
    }
}

n6_status_t n6_conv_transpose_s8(const n6_conv2d_t *p, const int8_t *input, const int8_t *weights,
                                 const int32_t *bias, const float *scale, int8_t *output, void *scratch,
                                 size_t scratch_bytes) {
    n6_output_range_t range;
    if (!n6_conv2d_is_sound(p) || !n6_output_range(p->out_zero_point, p->out_min, p->out_max, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    if (scratch == NULL || scratch_bytes < n6_conv_transpose_s8_scratch_bytes(p)) {
        return N6_ERROR_SCRATCH;
    }
    const int32_t pixels = p->out_h * p->out_w;
    const int32_t band = n6_conv2d_rows(p);
    const int32_t channels = p->out_c / p->groups;
    int8_t *const gathered = scratch;
    n6_matmul_t m = {.depth = n6_conv2d_depth(p),
                     .columns = channels,
                     .in_stride = n6_conv2d_row_bytes(p),
                     .out_stride = p->out_c,
                     .zero_padded = true};
    (void)n6_fill_bytes(gathered, 0, band * m.in_stride); /* for the ends of the rows; gathering leaves them alone */
    for (int32_t first = 0; first < pixels; first += m.rows) {
        m.rows = pixels - first < band ? pixels - first : band;
        for (int32_t group = 0; group < p->groups; group++) {
            for (int32_t r = 0; r < m.rows; r++) {
                const int32_t pixel = first + r;
                gather_patch(p, input, pixel / p->out_w, pixel % p->out_w, group,
                             gathered + (ptrdiff_t)r * m.in_stride);
            }
            const int32_t c = group * channels;
            n6_matmul_s8(&m, gathered, weights + (ptrdiff_t)c * m.depth, bias + c, scale + c, &range,
                         NULL, output + (ptrdiff_t)first * p->out_c + c);
        }
    }
    return N6_OK;
}
