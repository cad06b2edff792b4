/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_point_maps.h"

#include <math.h>
#include <stddef.h>

/* For integers the codes are compared: int8 codes as unsigned ones after their sign bit is turned. */
static void peak_of_bytes(const uint8_t *map, uint8_t turn, const n6_grid_t *grid, uint32_t *row, uint32_t *column) {
    uint8_t best = map[0] ^ turn;
    for (uint32_t r = 0; r < grid->height; r++) {
        const uint8_t *line = &map[(ptrdiff_t)r * grid->row_stride];
        for (uint32_t c = 0; c < grid->width; c++) {
            const uint8_t v = line[(ptrdiff_t)c * grid->column_stride] ^ turn;
            if (v > best) {
                best = v;
                *row = r;
                *column = c;
            }
        }
    }
}

static void peak_of_words(const int32_t *map, const n6_grid_t *grid, uint32_t *row, uint32_t *column) {
    int32_t best = map[0];
    for (uint32_t r = 0; r < grid->height; r++) {
        for (uint32_t c = 0; c < grid->width; c++) {
            const int32_t v = map[(ptrdiff_t)r * grid->row_stride + (ptrdiff_t)c * grid->column_stride];
            if (v > best) {
                best = v;
                *row = r;
                *column = c;
            }
        }
    }
}

static void peak_of_floats(const float *map, const n6_grid_t *grid, uint32_t *row, uint32_t *column) {
    float best = -INFINITY;
    for (uint32_t r = 0; r < grid->height; r++) {
        const float *line = &map[(ptrdiff_t)r * grid->row_stride];
        for (uint32_t c = 0; c < grid->width; c++) {
            const float v = line[(ptrdiff_t)c * grid->column_stride];
            if (v > best) {
                best = v;
                *row = r;
                *column = c;
            }
        }
    }
}

void n6_point_map_peak(const n6_grid_t *grid, uint32_t channel, uint32_t *row, uint32_t *column) {
    const n6_tensor_t *tensor = grid->tensor;
    const ptrdiff_t first = (ptrdiff_t)channel * grid->channel_stride;
    *row = 0;
    *column = 0;
    switch (tensor->type) {
    case N6_INT8:
        peak_of_bytes((const uint8_t *)tensor->data + first, 0x80u, grid, row, column);
        break;
    case N6_UINT8:
        peak_of_bytes((const uint8_t *)tensor->data + first, 0u, grid, row, column);
        break;
    case N6_INT32:
        peak_of_words((const int32_t *)tensor->data + first, grid, row, column);
        break;
    case N6_FLOAT32:
    default:
        peak_of_floats((const float *)tensor->data + first, grid, row, column);
        break;
    }
}

/* A quarter of a cell towards the larger of two neighbours. */
static float quarter(float before, float after) {
    return after > before ? 0.25f : after < before ? -0.25f : 0.0f;
}

void n6_heatmap_point(const n6_grid_t *grid, uint32_t channel, float xy[2], float *score) {
    uint32_t r;
    uint32_t c;
    n6_point_map_peak(grid, channel, &r, &c);
    xy[0] = (float)c + 0.5f;
    xy[1] = (float)r + 0.5f;
    if (c > 0u && c + 1u < grid->width && r > 0u && r + 1u < grid->height) {
        xy[0] += quarter(n6_grid_real(grid, channel, r, c - 1u), n6_grid_real(grid, channel, r, c + 1u));
        xy[1] += quarter(n6_grid_real(grid, channel, r - 1u, c), n6_grid_real(grid, channel, r + 1u, c));
    }
    *score = n6_grid_real(grid, channel, r, c);
}

static bool fits(const n6_grid_t *grid, uint32_t channels, const n6_grid_t *cls) {
    return grid->channels == channels && grid->height == cls->height && grid->width == cls->width;
}

n6_status_t n6_pipnet_points(const n6_pipnet_neighbours_t *neighbours, const n6_grid_t *cls, const n6_grid_t *x,
                             const n6_grid_t *y, const n6_grid_t *nb_x, const n6_grid_t *nb_y, float *xy, float *own,
                             float *score) {
    const uint32_t count = neighbours->landmarks;
    const uint32_t slots = neighbours->neighbours;
    if (cls->height == 0u || cls->width == 0u || cls->channels != count || !fits(x, count, cls) ||
        !fits(y, count, cls) || !fits(nb_x, count * slots, cls) || !fits(nb_y, count * slots, cls)) {
        return N6_ERROR_ARGUMENT;
    }
    const float width = (float)cls->width;
    const float height = (float)cls->height;
    for (uint32_t j = 0; j < count; j++) {
        xy[2u * j] = 0.0f;
        xy[2u * j + 1u] = 0.0f;
    }
    /* Each landmark gives its own prediction and adds one to everybody in whose list it stands. */
    for (uint32_t i = 0; i < count; i++) {
        uint32_t r;
        uint32_t c;
        n6_point_map_peak(cls, i, &r, &c);
        const float own_x = ((float)c + n6_grid_real(x, i, r, c)) / width;
        const float own_y = ((float)r + n6_grid_real(y, i, r, c)) / height;
        if (own != NULL) {
            own[2u * i] = own_x;
            own[2u * i + 1u] = own_y;
        }
        if (score != NULL) {
            score[i] = n6_grid_real(cls, i, r, c);
        }
        xy[2u * i] += own_x;
        xy[2u * i + 1u] += own_y;
        for (uint32_t at = 0; at < count * neighbours->max_len; at++) {
            if (neighbours->landmark[at] != i) {
                continue;
            }
            const uint32_t channel = i * slots + neighbours->slot[at];
            const uint32_t j = at / neighbours->max_len;
            if (channel >= nb_x->channels) {
                return N6_ERROR_ARGUMENT;
            }
            xy[2u * j] += ((float)c + n6_grid_real(nb_x, channel, r, c)) / width;
            xy[2u * j + 1u] += ((float)r + n6_grid_real(nb_y, channel, r, c)) / height;
        }
    }
    const float predictions = (float)(neighbours->max_len + 1u);
    for (uint32_t j = 0; j < 2u * count; j++) {
        xy[j] /= predictions;
    }
    return N6_OK;
}
