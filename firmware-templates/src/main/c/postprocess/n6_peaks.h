/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_PEAKS_H
#define N6_PEAKS_H

/* Local maxima of heat maps: what a 3x3 maximum pooling and a comparison with its input find, looked up only around cells
 * that pass the score threshold. Stored values are compared, never real ones. */

#include <stdbool.h>

#include "n6_view.h"

/* Whether none of the cell's up to eight neighbours holds a greater value. Equal neighbours leave it a peak, so a plateau has
 * several; what lies outside the grid and NaN are greater than nothing. */
bool n6_grid_is_peak(const n6_grid_t *grid, uint32_t channel, uint32_t row, uint32_t column);

#endif
