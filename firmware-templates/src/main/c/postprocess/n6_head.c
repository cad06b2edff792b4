/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_head.h"

#include <math.h>
#include <stddef.h>

#include "n6_view.h"

static n6_status_t of_grid(const n6_head_part_t *part, const n6_tensor_t *tensor, uint32_t width, uint32_t height,
                           uint32_t anchors, n6_head_t *head) {
    n6_grid_t grid;
    if (n6_grid_of(tensor, part->layout == N6_HEAD_CHANNELS_LAST, &grid) != N6_OK || grid.width != width ||
        grid.height != height || grid.channels != anchors * part->channels) {
        return N6_ERROR_ARGUMENT;
    }
    head->channel_stride = grid.channel_stride;
    head->anchor_stride = grid.channel_stride * (int32_t)part->channels;
    head->row_stride = grid.row_stride;
    head->column_stride = grid.column_stride;
    head->base = grid.channel_stride * (int32_t)part->first_channel;
    return N6_OK;
}

/* [.., channels, n] as n rows. */
static n6_status_t transposed(const n6_tensor_t *tensor, uint32_t channels, n6_rows_t *rows) {
    if (tensor->data == NULL || tensor->rank < 2u || tensor->rank > N6_MAX_RANK) {
        return N6_ERROR_ARGUMENT;
    }
    const uint32_t last = tensor->rank - 1u;
    for (uint32_t axis = 0; axis + 1u < last; axis++) {
        if (tensor->shape[axis] != 1u) {
            return N6_ERROR_ARGUMENT;
        }
    }
    rows->tensor = tensor;
    rows->columns = channels;
    rows->rows = tensor->shape[last];
    rows->row_stride = tensor->stride[last];
    rows->column_stride = tensor->stride[last - 1u];
    return tensor->shape[last - 1u] == channels ? N6_OK : N6_ERROR_ARGUMENT;
}

static n6_status_t of_rows(const n6_head_part_t *part, const n6_tensor_t *tensor, uint32_t width, uint32_t height,
                           uint32_t anchors, n6_head_t *head) {
    n6_rows_t rows;
    const n6_status_t status = part->layout == N6_HEAD_COLUMNS ? transposed(tensor, part->channels, &rows)
                                                               : n6_rows_of(tensor, part->channels, &rows);
    if (status != N6_OK || rows.rows < part->first_row || rows.rows - part->first_row < anchors * width * height) {
        return N6_ERROR_ARGUMENT;
    }
    const bool by_anchor = part->layout == N6_HEAD_ANCHOR_ROWS;
    head->channel_stride = rows.column_stride;
    head->anchor_stride = by_anchor ? rows.row_stride * (int32_t)(width * height) : rows.row_stride;
    head->column_stride = by_anchor ? rows.row_stride : rows.row_stride * (int32_t)anchors;
    head->row_stride = head->column_stride * (int32_t)width;
    head->base = rows.row_stride * (int32_t)part->first_row + rows.column_stride * (int32_t)part->first_channel;
    return N6_OK;
}

/* Whether the product of three numbers, a above 0, is above 0 and one that strides can count. */
static bool in_range(uint32_t a, uint32_t b, uint32_t c) {
    return b > 0u && b <= (uint32_t)INT32_MAX / a && c <= (uint32_t)INT32_MAX / (a * b);
}

n6_status_t n6_head_of(const n6_head_part_t *part, const n6_tensor_t *outputs, uint32_t output_count, uint32_t width,
                       uint32_t height, uint32_t anchors, uint32_t channels, n6_head_t *head) {
    if (part->output >= output_count || width == 0u || height == 0u || anchors == 0u ||
        part->channels < part->first_channel || part->channels - part->first_channel < channels ||
        !in_range(width, height, anchors) || !in_range(anchors, part->channels, 1u)) {
        return N6_ERROR_ARGUMENT;
    }
    const n6_tensor_t *tensor = &outputs[part->output];
    head->tensor = tensor;
    head->width = width;
    const bool grid = part->layout == N6_HEAD_CHANNELS_FIRST || part->layout == N6_HEAD_CHANNELS_LAST;
    const n6_status_t status = grid ? of_grid(part, tensor, width, height, anchors, head)
                                    : of_rows(part, tensor, width, height, anchors, head);
    if (status != N6_OK) {
        return status;
    }
    const bool even = height == 1u || head->row_stride == head->column_stride * (int32_t)width;
    head->lines = even ? 1u : height;
    head->line_length = even ? width * height : width;
    return N6_OK;
}

n6_line_t n6_head_line(const n6_head_t *head, uint32_t anchor, uint32_t channel, uint32_t line) {
    const int32_t offset = head->base + (int32_t)anchor * head->anchor_stride + (int32_t)line * head->row_stride +
                           (int32_t)channel * head->channel_stride;
    const ptrdiff_t bytes =
        (ptrdiff_t)offset * (head->tensor->type == N6_INT8 || head->tensor->type == N6_UINT8 ? 1 : 4);
    const n6_line_t elements = {(const char *)head->tensor->data + bytes, head->tensor->type, head->column_stride,
                                head->line_length};
    return elements;
}

int32_t n6_head_place(const n6_head_t *head, uint32_t anchor, uint32_t cell) {
    return head->base + (int32_t)anchor * head->anchor_stride + (int32_t)(cell / head->width) * head->row_stride +
           (int32_t)(cell % head->width) * head->column_stride;
}

float n6_head_real(const n6_head_t *head, int32_t place, uint32_t channel) {
    return n6_tensor_real(head->tensor, place + (int32_t)channel * head->channel_stride);
}

void n6_head_reals(const n6_head_t *head, int32_t place, uint32_t first, uint32_t count, float *to) {
    n6_tensor_reals(head->tensor, place + (int32_t)first * head->channel_stride, head->channel_stride, count, to);
}

uint32_t n6_head_largest(const n6_head_t *head, int32_t place, uint32_t count) {
    uint32_t largest = 0;
    float value = -INFINITY;
    for (uint32_t channel = 0; channel < count; channel++) {
        const float other = n6_head_real(head, place, channel);
        if (other > value) {
            value = other;
            largest = channel;
        }
    }
    return largest;
}
