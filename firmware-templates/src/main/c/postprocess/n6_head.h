/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_HEAD_H
#define N6_HEAD_H

/* The output of a detector on a grid: some channels for every anchor of every cell, in one of the orders in which exporters
 * leave them. Several parts (boxes, scores, points) may lie in one tensor; each then has its own first channel. */

#include <stdbool.h>

#include "n6_scores.h"
#include "n6_status.h"
#include "n6_tensor.h"

typedef enum {
    N6_HEAD_CHANNELS_FIRST = 0, /* [1, anchors * channels, h, w] */
    N6_HEAD_CHANNELS_LAST = 1,  /* [1, h, w, anchors * channels] */
    N6_HEAD_ROWS = 2,           /* [1, n, channels]: rows, columns, anchors of a cell; several grids may follow each other */
    N6_HEAD_COLUMNS = 3,        /* [1, channels, n]: the same, transposed */
    N6_HEAD_ANCHOR_ROWS = 4     /* [anchors, h * w, channels]: anchor by anchor, any shape that ends in channels */
} n6_head_layout_t;

/* Where a part lies. */
typedef struct {
    uint32_t output; /* index into the outputs */
    n6_head_layout_t layout;
    uint32_t channels;      /* of one anchor in the tensor, those of other parts included */
    uint32_t first_channel; /* of this part */
    uint32_t first_row;     /* ROWS, COLUMNS, ANCHOR_ROWS: where the grid starts */
} n6_head_part_t;

/* A part with the strides that lead to its values, in elements. */
typedef struct {
    const n6_tensor_t *tensor;
    uint32_t width;
    uint32_t lines, line_length; /* a whole grid in one line where the rows follow each other evenly, else one line a row */
    int32_t base, anchor_stride, row_stride, column_stride, channel_stride;
} n6_head_t;

/* channels: how many of the part are read. An error where the tensor does not hold all of the grid. */
n6_status_t n6_head_of(const n6_head_part_t *part, const n6_tensor_t *outputs, uint32_t output_count, uint32_t width,
                       uint32_t height, uint32_t anchors, uint32_t channels, n6_head_t *head);

/* One channel of one anchor along a line; element i of line l is cell l * line_length + i, row by row. */
n6_line_t n6_head_line(const n6_head_t *head, uint32_t anchor, uint32_t channel, uint32_t line);

/* Place of an anchor's first channel; the real value of a channel there, or of `count` channels from `first` on. */
int32_t n6_head_place(const n6_head_t *head, uint32_t anchor, uint32_t cell);
float n6_head_real(const n6_head_t *head, int32_t place, uint32_t channel);
void n6_head_reals(const n6_head_t *head, int32_t place, uint32_t first, uint32_t count, float *to);

/* The first of the largest among the first `count` channels; NaN is none of them. */
uint32_t n6_head_largest(const n6_head_t *head, int32_t place, uint32_t count);

#endif
