/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_mapping.h"

#include <math.h>
#include <stdbool.h>

/* The image has whole pixels in the input, and whole ones before it; the smaller half of an odd rest. */
static float whole_pad(float input, float content) {
    return floorf((input - floorf(content + 0.5f)) * 0.5f);
}

n6_status_t n6_mapping_of(n6_fit_t fit, float image_width, float image_height, float input_width, float input_height,
                          n6_mapping_t *mapping) {
    /* Written so that NaN is refused. */
    if (!(image_width > 0.0f && image_height > 0.0f && input_width > 0.0f && input_height > 0.0f)) {
        return N6_ERROR_ARGUMENT;
    }
    const float x = input_width / image_width;
    const float y = input_height / image_height;
    if (fit == N6_FIT_STRETCH) {
        const n6_mapping_t stretched = {x, y, 0.0f, 0.0f};
        *mapping = stretched;
        return N6_OK;
    }
    const bool smaller = fit != N6_FIT_CENTRE_CROP;
    const float g = (x < y) == smaller ? x : y;
    mapping->scale_x = g;
    mapping->scale_y = g;
    switch (fit) {
    case N6_FIT_LETTERBOX_CENTRE:
        mapping->pad_x = whole_pad(input_width, g * image_width);
        mapping->pad_y = whole_pad(input_height, g * image_height);
        break;
    case N6_FIT_CENTRE_CROP:
        mapping->pad_x = (input_width - g * image_width) * 0.5f;
        mapping->pad_y = (input_height - g * image_height) * 0.5f;
        break;
    case N6_FIT_STRETCH:
    case N6_FIT_LETTERBOX_TOP_LEFT:
    default:
        mapping->pad_x = 0.0f;
        mapping->pad_y = 0.0f;
        break;
    }
    return N6_OK;
}

void n6_mapping_to_input(const n6_mapping_t *mapping, const float image[2], float input[2]) {
    input[0] = mapping->scale_x * image[0] + mapping->pad_x;
    input[1] = mapping->scale_y * image[1] + mapping->pad_y;
}

void n6_mapping_to_image(const n6_mapping_t *mapping, const float input[2], float image[2]) {
    image[0] = (input[0] - mapping->pad_x) / mapping->scale_x;
    image[1] = (input[1] - mapping->pad_y) / mapping->scale_y;
}
