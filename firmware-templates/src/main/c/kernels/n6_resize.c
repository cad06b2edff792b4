/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX Resize. Coordinates and weights are computed in binary32 in the order ONNX Runtime uses. */

#include "n6_bytes.h"
#include "n6_kernels.h"
#include "n6_lanes.h"

static bool is_sound(const n6_resize_t *p) {
    return p->in_h > 0 && p->in_w > 0 && p->channels > 0 && p->out_h > 0 && p->out_w > 0 && p->scale_h > 0.0f &&
           p->scale_w > 0.0f && (uint32_t)p->coordinates <= N6_RESIZE_PYTORCH_HALF_PIXEL &&
           (uint32_t)p->nearest <= N6_NEAREST_CEIL;
}

/* Where output index `at` lies between the input's indices. */
static float source_coordinate(n6_resize_coordinates_t mode, int32_t at, float scale, int32_t out_size,
                               int32_t in_size) {
    const float x = (float)at;
    if (scale == 1.0f && out_size == in_size) {
        return x;
    }
    switch (mode) {
    case N6_RESIZE_ASYMMETRIC:
        return x / scale;
    case N6_RESIZE_ALIGN_CORNERS:
        return out_size == 1 ? 0.0f : x * (float)(in_size - 1) / (float)(out_size - 1);
    case N6_RESIZE_PYTORCH_HALF_PIXEL:
        return out_size > 1 ? (x + 0.5f) / scale - 0.5f : 0.0f;
    default:
        return (x + 0.5f) / scale - 0.5f;
    }
}

static int32_t nearest_index(n6_nearest_t mode, float x, int32_t size) {
    if (x <= 0.0f) {
        return 0; /* every mode ends there once clamped, except ceil of a positive fraction */
    }
    if (x >= (float)(size - 1)) {
        return size - 1;
    }
    const int32_t below = (int32_t)x;
    const float fraction = x - (float)below;
    switch (mode) {
    case N6_NEAREST_FLOOR:
        return below;
    case N6_NEAREST_CEIL:
        return fraction > 0.0f ? below + 1 : below;
    case N6_NEAREST_ROUND_PREFER_CEIL:
        return fraction >= 0.5f ? below + 1 : below;
    default:
        return fraction > 0.5f ? below + 1 : below;
    }
}

n6_status_t n6_resize_nearest_8(const n6_resize_t *p, const void *input, void *output) {
    if (!is_sound(p)) {
        return N6_ERROR_ARGUMENT;
    }
    const int8_t *image = input;
    int8_t *to = output;
    const int32_t pixel = p->channels;
    for (int32_t y = 0; y < p->out_h; y++) {
        const float at_y = source_coordinate(p->coordinates, y, p->scale_h, p->out_h, p->in_h);
        const int8_t *row = image + (ptrdiff_t)nearest_index(p->nearest, at_y, p->in_h) * p->in_w * pixel;
        for (int32_t x = 0; x < p->out_w; x++) {
            const float at_x = source_coordinate(p->coordinates, x, p->scale_w, p->out_w, p->in_w);
            to = n6_copy_bytes(to, row + (ptrdiff_t)nearest_index(p->nearest, at_x, p->in_w) * pixel, pixel);
        }
    }
    return N6_OK;
}

/* Two neighbours on one axis and the weight of each. */
typedef struct {
    int32_t first, second;
    float first_weight, second_weight;
} neighbours_t;

static neighbours_t neighbours_at(float x, int32_t size) {
    const float last = (float)(size - 1);
    const float at = x < 0.0f ? 0.0f : (x < last ? x : last);
    neighbours_t n = {.first = (int32_t)at};
    n.second = n.first + 1 < size ? n.first + 1 : size - 1;
    if (n.first == n.second) {
        n.first_weight = n.second_weight = 0.5f;
    } else {
        n.first_weight = (float)n.second - at;
        n.second_weight = at - (float)n.first;
    }
    return n;
}

/* weight[0..3] belong to top left, top right, bottom left, bottom right. */
N6_INLINE void blend_lanes(const n6_resize_t *p, const n6_output_range_t *range, n6_divisor_t out_scale,
                               const int8_t *const corner[4], const float weight[4], int32_t c, int8_t *output,
                               int32_t active) {
    n6_lanes_t value = n6_lanes_scale(n6_lanes_load(corner[0] + c, p->in_zero_point, p->in_scale, active), weight[0]);
    for (int i = 1; i < 4; i++) {
        const n6_lanes_t real = n6_lanes_load(corner[i] + c, p->in_zero_point, p->in_scale, active);
        value = n6_lanes_add(value, n6_lanes_scale(real, weight[i]));
    }
    n6_lanes_store(output + c, n6_lanes_divide(value, out_scale), range, active);
}

static void blend(const n6_resize_t *p, const n6_output_range_t *range, n6_divisor_t out_scale,
                  const int8_t *const corner[4], const float weight[4], int8_t *output) {
    int32_t c = 0;
    for (; c + N6_LANES <= p->channels; c += N6_LANES) {
        blend_lanes(p, range, out_scale, corner, weight, c, output, N6_LANES);
    }
    if (c < p->channels) {
        blend_lanes(p, range, out_scale, corner, weight, c, output, p->channels - c);
    }
}

n6_status_t n6_resize_bilinear_s8(const n6_resize_t *p, const int8_t *input, int8_t *output) {
    n6_output_range_t range;
    if (!is_sound(p) || !n6_is_int8(p->in_zero_point) ||
        !n6_output_range(p->out_zero_point, INT8_MIN, INT8_MAX, &range)) {
        return N6_ERROR_ARGUMENT;
    }
    const n6_divisor_t out_scale = n6_divisor(p->out_scale);
    for (int32_t y = 0; y < p->out_h; y++) {
        const neighbours_t v =
            neighbours_at(source_coordinate(p->coordinates, y, p->scale_h, p->out_h, p->in_h), p->in_h);
        const int8_t *top = input + (ptrdiff_t)v.first * p->in_w * p->channels;
        const int8_t *bottom = input + (ptrdiff_t)v.second * p->in_w * p->channels;
        for (int32_t x = 0; x < p->out_w; x++) {
            const neighbours_t h =
                neighbours_at(source_coordinate(p->coordinates, x, p->scale_w, p->out_w, p->in_w), p->in_w);
            const ptrdiff_t left = (ptrdiff_t)h.first * p->channels;
            const ptrdiff_t right = (ptrdiff_t)h.second * p->channels;
            const int8_t *const corner[4] = {top + left, top + right, bottom + left, bottom + right};
            const float weight[4] = {h.first_weight * v.first_weight, h.second_weight * v.first_weight,
                                     h.first_weight * v.second_weight, h.second_weight * v.second_weight};
            blend(p, &range, out_scale, corner, weight, output);
            output += p->channels;
        }
    }
    return N6_OK;
}
