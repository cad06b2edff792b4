/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_TIES_H
#define N6_TIES_H

/* Outputs next to a tie. A sum of int8 products is exact; the reference adds binary32 products one after the other and
 * is off by some 1e-5 quanta. That decides an output only where the real value lies so close to the middle between two
 * quanta: about one in a million. One such output is enough to change a third of the outputs of a residual network, so
 * the few outputs within N6_TIE_REACH of a tie are computed again, with the reference's own operations in its order.
 *
 * The order is that of ONNX Runtime's matrix product (MLAS, one thread, processor with fused multiply-add), found by
 * comparing results bit by bit: input channels outermost, then kernel rows and columns; one chain of fused
 * multiply-adds, started anew after each `block` products; a matrix of one row (depthwise without multiplier) adds
 * plain products in groups of four, then two, then one. Library-internal. */

#include <math.h>
#include <stddef.h>

#include "n6_conv_geometry.h"

/* Quanta. The largest error met in real networks, 960 products and biases of 1000 quanta included, is 1.5e-4. */
#define N6_TIE_REACH 0.00048828125f

/* Outputs (vectors of outputs with Helium) that can be near a tie before they are settled. */
#define N6_TIES 128

/* What the reference multiplies: weight_scale and bias by output channel, in real numbers. */
typedef struct {
    const float *weight_scale;
    const float *bias;
    float in_scale, out_scale;
    int32_t in_zero_point;
    int32_t channels, taps; /* channels * taps products an output */
    int32_t block;          /* 0: the order of a matrix of one row */
    float far;              /* distance from the nearest quantum up to which a value is not near a tie */
    n6_output_range_t range;
} n6_reference_t;

/* Places to look at again. The lanes are a predicate of Helium. */
typedef struct {
    int32_t count;
    int8_t *at[N6_TIES];
    uint32_t lanes[N6_TIES];
} n6_ties_t;

/* The reference of a convolution whose weights have `rows` output channels a group; settles nothing where p->in_scale
 * is 0. `scale` as given to the kernel: the other two arrays lie behind it. */
n6_reference_t n6_reference(const n6_conv2d_t *p, const float *scale, const n6_output_range_t *range);

/* The same from output channel c on. */
static inline n6_reference_t n6_reference_from(const n6_reference_t *all, int32_t c) {
    n6_reference_t part = *all;
    if (all->weight_scale != NULL) {
        part.weight_scale += c;
        part.bias += c;
    }
    return part;
}

/* A sum in the reference's order. */
typedef struct {
    float total, part;
    int32_t left;    /* products not yet added */
    int32_t in_part; /* of those, how many until `part` joins the total */
} n6_reference_sum_t;

N6_INLINE void n6_reference_next_part(const n6_reference_t *r, n6_reference_sum_t *sum) {
    sum->part = 0.0f;
    if (r->block > 0) {
        sum->in_part = sum->left < r->block ? sum->left : r->block;
    } else {
        sum->in_part = sum->left >= 4 ? 4 : (sum->left >= 2 ? 2 : sum->left);
    }
}

N6_INLINE n6_reference_sum_t n6_reference_begin(const n6_reference_t *r) {
    n6_reference_sum_t sum = {.left = r->channels * r->taps};
    n6_reference_next_part(r, &sum);
    return sum;
}

/* value: stored input; weight: of output channel c. */
N6_INLINE void n6_reference_add(const n6_reference_t *r, n6_reference_sum_t *sum, int32_t c, int32_t value,
                                int32_t weight) {
    const float x = (float)(value - r->in_zero_point) * r->in_scale;
    const float w = (float)weight * r->weight_scale[c];
    sum->part = r->block > 0 ? fmaf(x, w, sum->part) : sum->part + x * w;
    sum->left--;
    if (--sum->in_part == 0) {
        sum->total += sum->part;
        n6_reference_next_part(r, sum);
    }
}

/* A real sum of output channel c, its bias not yet added. */
N6_INLINE int8_t n6_reference_quantum(const n6_reference_t *r, float sum, int32_t c) {
    return (int8_t)n6_quantum((sum + r->bias[c]) / r->out_scale, &r->range);
}

/* An output from one gathered row of values and one row of weights, both tap by tap with the channels innermost. */
int8_t n6_reference_row(const n6_reference_t *r, const int8_t *values, const int8_t *weights, int32_t c);

/* value: in output quanta, zero point not yet added. */
N6_INLINE bool n6_is_near_tie(float value, const n6_reference_t *r) {
    const float above = value > r->range.low ? value : r->range.low;
    const float inside = above < r->range.high ? above : r->range.high;
    const float off = inside - (float)n6_round_half_even(inside);
    return off > r->far || -off > r->far;
}

#if N6_MVE
/* The same for values already inside the range, and their nearest quanta. */
N6_INLINE mve_pred16_t n6_near_ties(float32x4_t inside, float32x4_t rounded, float far) {
    return vcmpgtq_n_f32(vabdq_f32(inside, rounded), far);
}
#endif

#endif
