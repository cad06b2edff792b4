/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_PRIORS_H
#define N6_PRIORS_H

/* Priors (anchors, default boxes): the places and sizes that rows of a box output start from. They are calculated when they
 * are needed, from grids, and so cost no memory; a table serves where no rule is known. Flat index: level by level, row by
 * row, cell by cell, the priors of a cell in turn. */

#include <stdbool.h>
#include <stdint.h>

typedef struct {
    float x, y, width, height; /* centre and size, in pixels of the network input */
} n6_prior_t;

/* Priors that repeat in every cell of a grid. */
typedef struct {
    uint32_t grid_width, grid_height;
    float step_x, step_y; /* size of a cell in pixels */
    uint32_t cell_count;
    const n6_prior_t *cell; /* cell_count priors of one cell: centre in cells from its corner, 0.5 = middle; size in pixels */
} n6_prior_level_t;

typedef struct {
    uint32_t level_count;
    const n6_prior_level_t *levels; /* finest first */
    uint32_t table_count;
    const n6_prior_t *table; /* where there are no levels */
    bool clip;               /* centre and size are clamped to 0 .. width and 0 .. height */
    float width, height;
} n6_priors_t;

uint32_t n6_priors_count(const n6_priors_t *priors);

/* The prior with a flat index below the count. */
n6_prior_t n6_priors_at(const n6_priors_t *priors, uint32_t index);

#endif
