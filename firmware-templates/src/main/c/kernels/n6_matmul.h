/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_MATMUL_H
#define N6_MATMUL_H

/* The inner part shared by convolution, transposed convolution and fully connected. Library-internal. */

#include <stddef.h>

#include "n6_requantize.h"
#include "n6_ties.h"

typedef struct {
    int32_t rows;       /* input rows, one output row each */
    int32_t depth;      /* values multiplied per output */
    int32_t columns;    /* outputs per row = weight rows */
    int32_t in_stride;  /* from one input row to the next */
    int32_t out_stride; /* from one output row to the next */
    bool zero_padded;   /* input rows are readable up to the next multiple of 16 values and hold zeros there */
} n6_matmul_t;

/* out[r][c] = requantize(bias[c] + sum over k of in[r][k] * weights[c][k], scale[c]).
 * weights: columns x depth, dense. reference: of column 0 on, for outputs next to a tie; NULL to leave them. */
void n6_matmul_s8(const n6_matmul_t *m, const int8_t *input, const int8_t *weights, const int32_t *bias,
                  const float *scale, const n6_output_range_t *range, const n6_reference_t *reference,
                  int8_t *output);

#endif
