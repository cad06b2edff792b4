/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_VIEW_H
#define N6_VIEW_H

/* The two ways in which decoders address an output: as rows (one per anchor) of columns, and as a grid of channels. */

#include <stdbool.h>

#include "n6_scores.h"
#include "n6_status.h"
#include "n6_tensor.h"

/* Real value of the element at `offset` elements: the zero point is subtracted in integers, then one multiplication. */
float n6_tensor_real(const n6_tensor_t *tensor, int32_t offset);
/* The same of `count` elements, `step` apart. */
void n6_tensor_reals(const n6_tensor_t *tensor, int32_t offset, int32_t step, uint32_t count, float *to);
/* Real value of the element at `offset` less that at `other`: integers are subtracted as such, their zero points cancel. */
float n6_tensor_difference(const n6_tensor_t *tensor, int32_t offset, int32_t other);

typedef struct {
    const n6_tensor_t *tensor;
    uint32_t rows;
    uint32_t columns;
    int32_t row_stride; /* in elements */
    int32_t column_stride;
} n6_rows_t;

/* Sees a tensor [.., rows, columns] as a matrix: the last axis holds the columns, or the elements lie without gaps and their
 * number is a multiple of columns (so [1, 16, 16, 2 * 16] is 512 rows of 16). */
n6_status_t n6_rows_of(const n6_tensor_t *tensor, uint32_t columns, n6_rows_t *rows);
/* Whether there are `count` rows from `first` on. */
bool n6_rows_hold(const n6_rows_t *rows, uint32_t first, uint32_t count);
float n6_rows_real(const n6_rows_t *rows, uint32_t row, uint32_t column);
/* `count` neighbouring columns of a row, from `first` on: shorter than one call a value. */
void n6_rows_reals(const n6_rows_t *rows, uint32_t row, uint32_t first, uint32_t count, float *to);
/* Column `column` of `count` rows from `first` on. */
n6_line_t n6_rows_line(const n6_rows_t *rows, uint32_t column, uint32_t first, uint32_t count);

typedef struct {
    const n6_tensor_t *tensor;
    uint32_t channels, height, width;
    int32_t channel_stride, row_stride, column_stride; /* in elements */
} n6_grid_t;

/* Sees a batch-1 tensor of rank 4, or one of rank 3, as a grid; channels_last: [h, w, c], otherwise [c, h, w]. */
n6_status_t n6_grid_of(const n6_tensor_t *tensor, bool channels_last, n6_grid_t *grid);
float n6_grid_real(const n6_grid_t *grid, uint32_t channel, uint32_t row, uint32_t column);
/* `count` neighbouring channels of a cell, from `first` on. */
void n6_grid_reals(const n6_grid_t *grid, uint32_t first, uint32_t count, uint32_t row, uint32_t column, float *to);
n6_line_t n6_grid_line(const n6_grid_t *grid, uint32_t channel, uint32_t row);

#endif
