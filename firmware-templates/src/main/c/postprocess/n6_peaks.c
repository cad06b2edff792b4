/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_peaks.h"

#include <stddef.h>

static bool is_greater(const n6_tensor_t *tensor, ptrdiff_t a, ptrdiff_t b) {
    switch (tensor->type) {
    case N6_INT8:
        return ((const int8_t *)tensor->data)[a] > ((const int8_t *)tensor->data)[b];
    case N6_UINT8:
        return ((const uint8_t *)tensor->data)[a] > ((const uint8_t *)tensor->data)[b];
    case N6_INT32:
        return ((const int32_t *)tensor->data)[a] > ((const int32_t *)tensor->data)[b];
    case N6_FLOAT32:
    default:
        return ((const float *)tensor->data)[a] > ((const float *)tensor->data)[b];
    }
}

bool n6_grid_is_peak(const n6_grid_t *grid, uint32_t channel, uint32_t row, uint32_t column) {
    const ptrdiff_t centre = (ptrdiff_t)channel * grid->channel_stride + (ptrdiff_t)row * grid->row_stride +
                             (ptrdiff_t)column * grid->column_stride;
    const ptrdiff_t up = row > 0u ? -1 : 0;
    const ptrdiff_t down = row + 1u < grid->height ? 1 : 0;
    const ptrdiff_t left = column > 0u ? -1 : 0;
    const ptrdiff_t right = column + 1u < grid->width ? 1 : 0;
    for (ptrdiff_t dy = up; dy <= down; dy++) {
        for (ptrdiff_t dx = left; dx <= right; dx++) {
            if (is_greater(grid->tensor, centre + dy * grid->row_stride + dx * grid->column_stride, centre)) {
                return false;
            }
        }
    }
    return true;
}
