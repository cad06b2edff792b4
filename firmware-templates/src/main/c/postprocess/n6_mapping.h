/* SPDX-License-Identifier: Apache-2.0 */
#ifndef N6_MAPPING_H
#define N6_MAPPING_H

/* From image to network input and back, for the ways in which an image is fitted into the input.
 *
 *   stretch             x' = x * W / Wi                      y' = y * H / Hi
 *   letterbox, centred  g = min(W / Wi, H / Hi)              x' = g * x + floor((W - round(g * Wi)) / 2)
 *   letterbox, top left the same g                           x' = g * x
 *   centre crop         g = max(W / Wi, H / Hi)              x' = g * x + (W - g * Wi) / 2, which is <= 0
 *
 * Coordinates are continuous, origin at the outer corner of the first pixel. Where the resized image was rounded to whole
 * pixels, the caller fills the structure with the factors and the padding that were applied. */

#include "n6_status.h"

typedef enum {
    N6_FIT_STRETCH = 0,
    N6_FIT_LETTERBOX_CENTRE = 1,
    N6_FIT_LETTERBOX_TOP_LEFT = 2,
    N6_FIT_CENTRE_CROP = 3
} n6_fit_t;

typedef struct {
    float scale_x, scale_y; /* input pixels per image pixel */
    float pad_x, pad_y;     /* input pixels left of and above the image */
} n6_mapping_t;

/* Sizes in pixels, all above 0. */
n6_status_t n6_mapping_of(n6_fit_t fit, float image_width, float image_height, float input_width, float input_height,
                          n6_mapping_t *mapping);

/* image: x, y in image pixels; input: x, y in input pixels. */
void n6_mapping_to_input(const n6_mapping_t *mapping, const float image[2], float input[2]);
void n6_mapping_to_image(const n6_mapping_t *mapping, const float input[2], float image[2]);

#endif
