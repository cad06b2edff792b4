/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_CONV_GEOMETRY_H
#define N6_CONV_GEOMETRY_H

/* Checks and sizes shared by the convolution kernels. Library-internal. */

#include <stdbool.h>
#include <stddef.h>

#include "n6_kernels.h"
#include "n6_requantize.h"

/* Bytes of gathered input (im2col rows) a convolution works on at a time; one row is taken even if it is longer. */
#define N6_COLUMN_BYTES 4096

static inline bool n6_conv2d_is_sound(const n6_conv2d_t *p) {
    return p->in_h > 0 && p->in_w > 0 && p->in_c > 0 && p->out_h > 0 && p->out_w > 0 && p->out_c > 0 &&
           p->kernel_h > 0 && p->kernel_w > 0 && p->stride_h > 0 && p->stride_w > 0 && p->dilation_h > 0 &&
           p->dilation_w > 0 && p->pad_top >= 0 && p->pad_left >= 0 && p->groups > 0 && p->in_c % p->groups == 0 &&
           p->out_c % p->groups == 0 && n6_is_int8(p->in_zero_point);
}

/* Values multiplied per output. */
static inline int32_t n6_conv2d_depth(const n6_conv2d_t *p) {
    return p->kernel_h * p->kernel_w * (p->in_c / p->groups);
}

/* A gathered row is padded with zeros to a multiple of 16 values. */
static inline int32_t n6_conv2d_row_bytes(const n6_conv2d_t *p) { return (n6_conv2d_depth(p) + 15) / 16 * 16; }

/* Output pixels gathered at a time. */
static inline int32_t n6_conv2d_rows(const n6_conv2d_t *p) {
    const int32_t fitting = N6_COLUMN_BYTES / n6_conv2d_row_bytes(p);
    const int32_t pixels = p->out_h * p->out_w;
    const int32_t rows = fitting < pixels ? fitting : pixels;
    return rows > 0 ? rows : 1;
}

static inline size_t n6_conv2d_gather_bytes(const n6_conv2d_t *p) {
    return (size_t)n6_conv2d_rows(p) * (size_t)n6_conv2d_row_bytes(p);
}

#endif
