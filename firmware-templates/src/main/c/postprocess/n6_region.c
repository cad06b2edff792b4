/* SPDX-License-Identifier: Apache-2.0 */
#include "n6_region.h"

#include <math.h>

#define PI 3.14159274f
#define TWO_PI 6.28318548f

static float folded(float angle) {
    return angle - TWO_PI * floorf((angle + PI) / TWO_PI);
}

n6_region_t n6_region_of_box(const float box[4], const float a[2], const float b[2], float image_width,
                             float image_height, const n6_region_rule_t *rule) {
    const float dx = b[0] * image_width - a[0] * image_width;
    const float dy = b[1] * image_height - a[1] * image_height;
    float width = box[2];
    float height = box[3];
    if (rule->square_long) {
        const float w = width * image_width;
        const float h = height * image_height;
        const float side = w > h ? w : h;
        width = side / image_width;
        height = side / image_height;
    }
    const n6_region_t region = {
        .cx = box[0] + box[2] * 0.5f,
        .cy = box[1] + box[3] * 0.5f,
        .width = width * rule->scale,
        .height = height * rule->scale,
        .rotation = folded(-atan2f(-dy, dx)),
    };
    return region;
}

void n6_region_bounds(const float *points, uint32_t count, uint32_t stride, bool from_zero, float box[4]) {
    float left = INFINITY;
    float top = INFINITY;
    float right = from_zero ? 0.0f : -INFINITY;
    float bottom = right;
    for (uint32_t i = 0; i < count; i++) {
        const float x = points[i * stride];
        const float y = points[i * stride + 1u];
        left = x < left ? x : left;
        right = x > right ? x : right;
        top = y < top ? y : top;
        bottom = y > bottom ? y : bottom;
    }
    box[0] = left;
    box[1] = top;
    box[2] = right - left;
    box[3] = bottom - top;
}

n6_region_t n6_region_keeping_aspect(const n6_region_t *region, float image_width, float image_height,
                                     float input_width, float input_height, float padding[4]) {
    n6_region_t grown = *region;
    const float width = region->width * image_width;
    const float height = region->height * image_height;
    const float input_aspect = input_height / input_width;
    const float aspect = height / width;
    float horizontal = 0.0f;
    float vertical = 0.0f;
    if (input_aspect > aspect) {
        grown.height = width * input_aspect / image_height;
        vertical = (1.0f - aspect / input_aspect) * 0.5f;
    } else {
        grown.width = height / input_aspect / image_width;
        horizontal = (1.0f - input_aspect / aspect) * 0.5f;
    }
    padding[0] = horizontal;
    padding[1] = vertical;
    padding[2] = horizontal;
    padding[3] = vertical;
    return grown;
}

void n6_region_matrix(const n6_region_t *region, float image_width, float image_height, float matrix[6]) {
    const float a = region->width * image_width;
    const float b = region->height * image_height;
    const float c = cosf(region->rotation);
    const float s = sinf(region->rotation);
    matrix[0] = a * c / image_width;
    matrix[1] = -b * s / image_width;
    matrix[2] = region->cx - 0.5f * (matrix[0] + matrix[1]);
    matrix[3] = a * s / image_height;
    matrix[4] = b * c / image_height;
    matrix[5] = region->cy - 0.5f * (matrix[3] + matrix[4]);
}

float n6_region_depth(const float matrix[6]) {
    return sqrtf(matrix[0] * matrix[0] + matrix[3] * matrix[3]);
}

void n6_region_project(const float matrix[6], float depth, const float point[3], float image[3]) {
    const float u = point[0];
    const float v = point[1];
    image[0] = matrix[0] * u + matrix[1] * v + matrix[2];
    image[1] = matrix[3] * u + matrix[4] * v + matrix[5];
    image[2] = point[2] * depth;
}

void n6_region_project_normalised(const n6_region_t *region, const float point[3], float image[3]) {
    const float u = point[0] - 0.5f;
    const float v = point[1] - 0.5f;
    const float c = cosf(region->rotation);
    const float s = sinf(region->rotation);
    image[0] = (c * u - s * v) * region->width + region->cx;
    image[1] = (s * u + c * v) * region->height + region->cy;
    image[2] = point[2] * region->width;
}
