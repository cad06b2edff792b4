/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_POINT_MAPS_H
#define N6_POINT_MAPS_H

/* Landmarks from maps with one channel a point: FAN's heat maps and PIPNet's cells. The largest value of a map is found on
 * stored values (codes of an integer tensor); equal ones: the first, row by row. NaN is never the largest. */

#include <stdint.h>

#include "n6_view.h"

/* Cell with the largest stored value of a channel; row 0, column 0 where all are equal or NaN. */
void n6_point_map_peak(const n6_grid_t *grid, uint32_t channel, uint32_t *row, uint32_t *column);

/* FAN (1adrianb/face-alignment 608505f): the cell's centre, moved by a quarter of a cell towards the larger neighbour on each
 * axis where the cell is not at an edge of the map. xy in cells of the map; score is the real value of the maximum. */
void n6_heatmap_point(const n6_grid_t *grid, uint32_t channel, float xy[2], float *score);

/* PIPNet (jhb86253817/PIPNet b9eab58, arXiv:2003.03771): which landmarks have landmark j among their nearest neighbours in
 * the mean face. Entry l of j: landmark[max_len * j + l] and its neighbour slot[max_len * j + l]; shorter lists are repeated
 * to max_len. Made on the host from the mean face. */
typedef struct {
    uint32_t landmarks, neighbours, max_len;
    const uint8_t *landmark;
    const uint8_t *slot;
} n6_pipnet_neighbours_t;

/* cls, x, y: [L, h, w]; nb_x, nb_y: [L * K, h, w] with channel landmark * K + slot. Written as parts of the crop:
 * xy[2 * L] is the mean of the own prediction and of max_len predictions by neighbours; where own is not null, own[2 * L] the
 * own prediction; where score is not null, score[L] the largest real value of each class map, which is no probability. */
n6_status_t n6_pipnet_points(const n6_pipnet_neighbours_t *neighbours, const n6_grid_t *cls, const n6_grid_t *x,
                             const n6_grid_t *y, const n6_grid_t *nb_x, const n6_grid_t *nb_y, float *xy, float *own,
                             float *score);

#endif
