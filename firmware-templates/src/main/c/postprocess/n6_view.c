/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_view.h"

#include <stddef.h>

float n6_tensor_real(const n6_tensor_t *tensor, int32_t offset) {
    switch (tensor->type) {
    case N6_INT8:
        return tensor->scale * (float)(((const int8_t *)tensor->data)[offset] - tensor->zero_point);
    case N6_UINT8:
        return tensor->scale * (float)(((const uint8_t *)tensor->data)[offset] - tensor->zero_point);
    case N6_INT32:
        return tensor->scale * (float)((int64_t)((const int32_t *)tensor->data)[offset] - tensor->zero_point);
    case N6_FLOAT32:
    default:
        return ((const float *)tensor->data)[offset];
    }
}

void n6_tensor_reals(const n6_tensor_t *tensor, int32_t offset, int32_t step, uint32_t count, float *to) {
    const float scale = tensor->scale;
    const int32_t zero_point = tensor->zero_point;
    switch (tensor->type) {
    case N6_INT8: {
        const int8_t *q = (const int8_t *)tensor->data + offset;
        for (uint32_t i = 0; i < count; i++) {
            to[i] = scale * (float)(q[(ptrdiff_t)i * step] - zero_point);
        }
        break;
    }
    case N6_UINT8: {
        const uint8_t *q = (const uint8_t *)tensor->data + offset;
        for (uint32_t i = 0; i < count; i++) {
            to[i] = scale * (float)(q[(ptrdiff_t)i * step] - zero_point);
        }
        break;
    }
    case N6_INT32:
    case N6_FLOAT32:
    default:
        for (uint32_t i = 0; i < count; i++) {
            to[i] = n6_tensor_real(tensor, offset + (int32_t)i * step);
        }
        break;
    }
}

float n6_tensor_difference(const n6_tensor_t *tensor, int32_t offset, int32_t other) {
    switch (tensor->type) {
    case N6_INT8: {
        const int8_t *q = (const int8_t *)tensor->data;
        return tensor->scale * (float)(q[offset] - q[other]);
    }
    case N6_UINT8: {
        const uint8_t *q = (const uint8_t *)tensor->data;
        return tensor->scale * (float)(q[offset] - q[other]);
    }
    case N6_INT32:
    case N6_FLOAT32:
    default:
        return n6_tensor_real(tensor, offset) - n6_tensor_real(tensor, other);
    }
}

static size_t element_bytes(n6_element_t type) {
    return type == N6_INT8 || type == N6_UINT8 ? 1u : 4u;
}

static const void *element_at(const n6_tensor_t *tensor, ptrdiff_t offset) {
    return (const char *)tensor->data + offset * (ptrdiff_t)element_bytes(tensor->type);
}

n6_status_t n6_rows_of(const n6_tensor_t *tensor, uint32_t columns, n6_rows_t *rows) {
    if (tensor->data == NULL || tensor->rank == 0u || tensor->rank > N6_MAX_RANK || columns == 0u) {
        return N6_ERROR_ARGUMENT;
    }
    const uint32_t last = tensor->rank - 1u;
    /* The axes before the last one must step as one axis. */
    uint32_t leading = 1;
    int32_t leading_stride = 0;
    for (uint32_t i = last; i > 0u; i--) {
        const uint32_t axis = i - 1u;
        if (tensor->shape[axis] == 1u) {
            continue;
        }
        if (leading == 1u) {
            leading_stride = tensor->stride[axis];
        } else if (tensor->stride[axis] != leading_stride * (int32_t)leading) {
            return N6_ERROR_ARGUMENT;
        }
        leading *= tensor->shape[axis];
    }
    rows->tensor = tensor;
    rows->columns = columns;
    if (tensor->shape[last] == columns) {
        rows->rows = leading;
        rows->row_stride = leading_stride;
        rows->column_stride = tensor->stride[last];
        return N6_OK;
    }
    const bool gapless = tensor->stride[last] == 1 && (leading == 1u || leading_stride == (int32_t)tensor->shape[last]);
    const uint32_t elements = leading * tensor->shape[last];
    if (!gapless || elements % columns != 0u) {
        return N6_ERROR_ARGUMENT;
    }
    rows->rows = elements / columns;
    rows->row_stride = (int32_t)columns;
    rows->column_stride = 1;
    return N6_OK;
}

bool n6_rows_hold(const n6_rows_t *rows, uint32_t first, uint32_t count) {
    return first <= rows->rows && count <= rows->rows - first;
}

float n6_rows_real(const n6_rows_t *rows, uint32_t row, uint32_t column) {
    return n6_tensor_real(rows->tensor, (int32_t)row * rows->row_stride + (int32_t)column * rows->column_stride);
}

void n6_rows_reals(const n6_rows_t *rows, uint32_t row, uint32_t first, uint32_t count, float *to) {
    n6_tensor_reals(rows->tensor, (int32_t)row * rows->row_stride + (int32_t)first * rows->column_stride,
                    rows->column_stride, count, to);
}

n6_line_t n6_rows_line(const n6_rows_t *rows, uint32_t column, uint32_t first, uint32_t count) {
    const ptrdiff_t offset = (ptrdiff_t)first * rows->row_stride + (ptrdiff_t)column * rows->column_stride;
    const n6_line_t line = {element_at(rows->tensor, offset), rows->tensor->type, rows->row_stride, count};
    return line;
}

n6_status_t n6_grid_of(const n6_tensor_t *tensor, bool channels_last, n6_grid_t *grid) {
    if (tensor->data == NULL || tensor->rank < 3u || tensor->rank > N6_MAX_RANK ||
        (tensor->rank == 4u && tensor->shape[0] != 1u)) {
        return N6_ERROR_ARGUMENT;
    }
    const uint32_t first = tensor->rank - 3u;
    const uint32_t channel_axis = channels_last ? first + 2u : first;
    const uint32_t row_axis = channels_last ? first : first + 1u;
    grid->tensor = tensor;
    grid->channels = tensor->shape[channel_axis];
    grid->height = tensor->shape[row_axis];
    grid->width = tensor->shape[row_axis + 1u];
    grid->channel_stride = tensor->stride[channel_axis];
    grid->row_stride = tensor->stride[row_axis];
    grid->column_stride = tensor->stride[row_axis + 1u];
    return grid->channels > 0u && grid->height > 0u && grid->width > 0u ? N6_OK : N6_ERROR_ARGUMENT;
}

float n6_grid_real(const n6_grid_t *grid, uint32_t channel, uint32_t row, uint32_t column) {
    return n6_tensor_real(grid->tensor, (int32_t)channel * grid->channel_stride + (int32_t)row * grid->row_stride +
                                            (int32_t)column * grid->column_stride);
}

void n6_grid_reals(const n6_grid_t *grid, uint32_t first, uint32_t count, uint32_t row, uint32_t column, float *to) {
    n6_tensor_reals(grid->tensor,
                    (int32_t)first * grid->channel_stride + (int32_t)row * grid->row_stride +
                        (int32_t)column * grid->column_stride,
                    grid->channel_stride, count, to);
}

n6_line_t n6_grid_line(const n6_grid_t *grid, uint32_t channel, uint32_t row) {
    const ptrdiff_t offset = (ptrdiff_t)channel * grid->channel_stride + (ptrdiff_t)row * grid->row_stride;
    const n6_line_t line = {element_at(grid->tensor, offset), grid->tensor->type, grid->column_stride, grid->width};
    return line;
}
