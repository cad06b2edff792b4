/* SPDX-License-Identifier: Apache-2.0 */
/* Convolution as a matrix product over gathered input patches (im2col). The patch of one output pixel is gathered
 * kernel row by kernel row: without dilation and groups such a row is contiguous in the image. */

#include "n6_bytes.h"
#include "n6_conv_geometry.h"
#include "n6_matmul.h"

static bool is_pointwise(const n6_conv2d_t *p) {
    return p->kernel_h == 1 && p->kernel_w == 1 && p->stride_h == 1 && p->stride_w == 1 && p->pad_top == 0 &&
           p->pad_left == 0 && p->groups == 1 && p->in_h == p->out_h && p->in_w == p->out_w;
}

size_t n6_conv2d_s8_scratch_bytes(const n6_conv2d_t *p) {
    return !n6_conv2d_is_sound(p) || is_pointwise(p) ? 0 : n6_conv2d_gather_bytes(p);
}

/* One kernel row whose taps are neighbours in memory. x is the image column of the first tap. */
static int8_t *gather_adjacent(const n6_conv2d_t *p, const int8_t *image_row, int32_t x, int8_t *to) {
    const int32_t left = x < 0 ? (-x < p->kernel_w ? -x : p->kernel_w) : 0;
    const int32_t room = p->in_w - x;
    const int32_t end = room < p->kernel_w ? (room > left ? room : left) : p->kernel_w;
    to = n6_fill_bytes(to, p->in_zero_point, left * p->in_c);
    to = n6_copy_bytes(to, image_row + (ptrdiff_t)(x + left) * p->in_c, (end - left) * p->in_c);
    return n6_fill_bytes(to, p->in_zero_point, (p->kernel_w - end) * p->in_c);
}

/* One kernel row with dilation or groups; image_row already points at the group's first channel. */
static int8_t *gather_spread(const n6_conv2d_t *p, const int8_t *image_row, int32_t x, int8_t *to) {
    const int32_t channels = p->in_c / p->groups;
    for (int32_t kx = 0; kx < p->kernel_w; kx++, x += p->dilation_w) {
        if (x >= 0 && x < p->in_w) {
            to = n6_copy_bytes(to, image_row + (ptrdiff_t)x * p->in_c, channels);
        } else {
            to = n6_fill_bytes(to, p->in_zero_point, channels);
        }
    }
    return to;
}

/* A patch that lies inside the image, its taps neighbours in memory. */
static inline void gather_inside(const n6_conv2d_t *p, const int8_t *from, int8_t *to) {
    const int32_t row_bytes = p->kernel_w * p->in_c;
    const ptrdiff_t step = (ptrdiff_t)p->dilation_h * p->in_w * p->in_c;
    for (int32_t ky = p->kernel_h; ky > 0; ky--) {
        to = n6_copy_bytes(to, from, row_bytes);
        from += step;
    }
}

static void gather_patch(const n6_conv2d_t *p, const int8_t *input, int32_t out_y, int32_t out_x, int32_t group,
                         int8_t *to) {
    const int32_t channels = p->in_c / p->groups;
    const int32_t x = out_x * p->stride_w - p->pad_left;
    const bool adjacent = p->groups == 1 && (p->dilation_w == 1 || p->kernel_w == 1);
    int32_t y = out_y * p->stride_h - p->pad_top;
    if (adjacent && x >= 0 && y >= 0 && x + p->kernel_w <= p->in_w &&
        y + (p->kernel_h - 1) * p->dilation_h < p->in_h) {
        gather_inside(p, input + ((ptrdiff_t)y * p->in_w + x) * p->in_c, to);
        return;
    }
    for (int32_t ky = 0; ky < p->kernel_h; ky++, y += p->dilation_h) {
        if (y < 0 || y >= p->in_h) {
            to = n6_fill_bytes(to, p->in_zero_point, p->kernel_w * channels);
            continue;
        }
        const int8_t *image_row = input + (ptrdiff_t)y * p->in_w * p->in_c + group * channels;
        to = adjacent ? gather_adjacent(p, image_row, x, to) : gather_spread(p, image_row, x, to);
    }
}

/* A 1x1 convolution reads the image itself. Bands keep the pixels in the cache while all weights pass over them. */
static void convolve_pointwise(const n6_conv2d_t *p, const int8_t *input, const int8_t *weights, const int32_t *bias,
                               const float *scale, const n6_output_range_t *range, const n6_reference_t *reference,
                               int8_t *output) {
    const int32_t pixels = p->out_h * p->out_w;
    const int32_t band = p->in_c < N6_COLUMN_BYTES / 16 ? N6_COLUMN_BYTES / p->in_c : 16;
    n6_matmul_t m = {.depth = p->in_c, .columns = p->out_c, .in_stride = p->in_c, .out_stride = p->out_c};
    for (int32_t pixel = 0; pixel < pixels; pixel += m.rows) {
        m.rows = pixels - pixel < band ? pixels - pixel : band;
        n6_matmul_s8(&m, input + (ptrdiff_t)pixel * p->in_c, weights, bias, scale, range, reference,
                     output + (ptrdiff_t)pixel * p->out_c);
    }
}

static void convolve_gathered(const n6_conv2d_t *p, const int8_t *input, const int8_t *weights, const int32_t *bias,
                              const float *scale, const n6_output_range_t *range, const n6_reference_t *reference,
                              int8_t *output, int8_t *scratch) {
    const int32_t pixels = p->out_h * p->out_w;
    const int32_t band = n6_conv2d_rows(p);
    const int32_t row_bytes = n6_conv2d_row_bytes(p);
    const int32_t channels = p->out_c / p->groups;
    n6_matmul_t m = {.depth = n6_conv2d_depth(p),
                     .columns = channels,
                     .in_stride = row_bytes,
                     .out_stride = p->out_c,
                     .zero_padded = true};
    (void)n6_fill_bytes(scratch, 0, band * row_bytes); /* for the ends of the rows; gathering leaves them alone */
    for (int32_t first = 0; first < pixels; first += m.rows) {
        m.rows = pixels - first < band ? pixels - first : band;
        for (int32_t group = 0; group < p->groups; group++) {
            int32_t out_y = first / p->out_w;
            int32_t out_x = first % p->out_w;
            for (int32_t r = 0; r < m.rows; r++) {
                gather_patch(p, input, out_y, out_x, group, scratch + (ptrdiff_t)r * row_bytes);
                if (++out_x == p->out_w) {
                    out_x = 0;
                    out_y++;
                }
            }
            const int32_t c = group * channels;
            const n6_reference_t of_group = n6_reference_from(reference, c);
            n6_matmul_s8(&m, scratch, weights + (ptrdiff_t)c * m.depth, bias + c, scale + c, range, &of_group,
                         output + (ptrdiff_t)first * p->out_c + c);
        }
    }
}

n6_status_t n6_conv2d_s8(const n6_conv2d_t *p, const int8_t *input, const int8_t *weights, const int32_t *bias,
                         const float *scale, int8_t *output, void *scratch, size_t scratch_bytes) {
    n6_output_range_t range;
    if (!n6_conv2d_is_sound(p) || !n6_output_range(p->out_zero_point, p->out_min, p->out_max, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    const size_t needed = n6_conv2d_s8_scratch_bytes(p);
    if (needed > 0 && (scratch == NULL || scratch_bytes < needed)) {
        return N6_ERROR_SCRATCH;
    }
    const n6_reference_t reference = n6_reference(p, scale, &range);
    if (is_pointwise(p)) {
        convolve_pointwise(p, input, weights, bias, scale, &range, &reference, output);
    } else {
        convolve_gathered(p, input, weights, bias, scale, &range, &reference, output, scratch);
    }
    return N6_OK;
}
